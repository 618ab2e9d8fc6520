package zombie

import (
	"fmt"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// seeAnatomy shows what macOS tells of a zombie, which is little.
func seeAnatomy(s *stage.Stage, pid int) {
	s.See("listed", s.Stat(pid),
		"Its entry in the process table: PID {pid}, parent {ppid}, state {state}. macOS has no /proc, which would show more.")
}

// seeLimit shows a limit. How much of it is used, macOS does not tell.
func seeLimit(s *stage.Stage, limit kernel.Limit) {
	s.See("limit", limit, "{limit} is {max}.")
}

// psCommand shows one process: ps has no --ppid here.
func psCommand(_, pid int) string {
	return fmt.Sprintf("ps -o pid,ppid,stat,comm -p %d", pid)
}
