package zombie

import (
	"fmt"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// seeAnatomy shows what macOS tells of a zombie, which is little.
func seeAnatomy(s *stage.Stage, dead kernel.Stat) {
	s.See("entry", dead,
		"Its entry in the process table: PID {pid}, parent {ppid}, state {state}. Memory and files are gone; macOS has no /proc to show it.")
}

// psCommand shows one process: ps has no --ppid here.
func psCommand(_, pid int) string {
	return fmt.Sprintf("ps -o pid,ppid,stat,comm -p %d", pid)
}
