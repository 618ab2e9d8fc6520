package zombie

import (
	"fmt"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
)

// psCommand shows one process: ps has no --ppid here.
func psCommand(_, pid int) string {
	return fmt.Sprintf("ps -o pid,ppid,stat,comm -p %d", pid)
}

// anatomy says what macOS tells of a zombie, which is little.
func anatomy(say *narrate.Narrator, st kernel.Stat) error {
	say.See("zombie.entry", st.Source, "Its entry in the process table: PID {pid}, parent {ppid}, state {state}. Memory and files are gone; macOS has no /proc to show it.",
		"pid", st.PID, "ppid", st.PPID, "state", st.State)
	return nil
}
