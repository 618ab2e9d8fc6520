package zombie

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
)

// psCommand shows the children of a parent.
func psCommand(parent, _ int) string {
	return fmt.Sprintf("ps -o pid,ppid,stat,comm --ppid %d", parent)
}

// anatomy says what the kernel has taken back from a zombie, and what it keeps.
func anatomy(say *narrate.Narrator, st kernel.Stat) error {
	cmdline, err := os.ReadFile(kernel.Proc(st.PID, "cmdline"))
	if err != nil {
		return err
	}
	say.See("zombie.cmdline", kernel.Proc(st.PID, "cmdline"), "Its command line: {bytes} bytes.", "bytes", len(cmdline))

	maps, err := os.ReadFile(kernel.Proc(st.PID, "maps"))
	if err != nil {
		return err
	}
	say.See("zombie.maps", kernel.Proc(st.PID, "maps"), "Its memory map: {lines} entries.", "lines", strings.Count(string(maps), "\n"))
	say.See("zombie.memory", st.Source, "Its memory: {rss} pages, in an address space of {vsize} bytes.",
		"rss", st.ResidentPages, "vsize", st.VirtualBytes)

	switch files, err := os.ReadDir(kernel.Proc(st.PID, "fd")); {
	case err == nil:
		say.See("zombie.files", kernel.Proc(st.PID, "fd"), "Its open files: {count}.", "count", len(files))
	case errors.Is(err, fs.ErrPermission):
		// Without memory there is no owner either: /proc shows a zombie's fd as root's. Its status is open to all.
		status, err := kernel.ReadStatus(st.PID)
		if err != nil {
			return err
		}
		say.See("zombie.fdsize", kernel.Proc(st.PID, "status"), "Its table of open files has {size} slots (FDSize).", "size", status["FDSize"])
	default:
		return err
	}

	status, _, err := kernel.PeekStatus(st.PID)
	if err != nil {
		return err
	}
	say.See("zombie.status", fmt.Sprintf("waitid(%d, WNOWAIT)", st.PID),
		"Its exit status is kept for the parent: {status}. (WNOWAIT looks at it and leaves the zombie in place.)", "status", status.ExitStatus())
	return nil
}
