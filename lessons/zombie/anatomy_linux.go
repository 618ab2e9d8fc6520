package zombie

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// seeAnatomy shows what the kernel has taken back from a zombie, and what it keeps.
func seeAnatomy(s *stage.Stage, dead kernel.Stat) {
	pid := dead.PID
	cmdline := s.Proc(pid, "cmdline")
	s.See("cmdline", cmdline, "Its command line: {bytes} bytes.", "bytes", len(cmdline.Text))

	maps := s.Proc(pid, "maps")
	s.See("maps", maps, "Its memory map: {lines} entries.", "lines", strings.Count(maps.Text, "\n"))
	s.See("memory", dead, "Its memory: {rss} pages, in an address space of {vsize} bytes.",
		"rss", dead.ResidentPages, "vsize", dead.VirtualBytes)

	folder := kernel.Proc(pid, "fd")
	switch files, err := os.ReadDir(folder); {
	case errors.Is(err, fs.ErrPermission):
		// Without memory there is no owner either: /proc shows a zombie's fd as root's. Its status
		// is open to all.
		status := s.Status(pid)
		s.See("fdsize", status, "Its table of open files has {size} slots (FDSize).",
			"size", status.Get("FDSize"))
	default:
		s.Must(err)
		s.See("files", kernel.Source(folder), "Its open files: {count}.", "count", len(files))
	}

	status, _, err := kernel.PeekStatus(pid)
	s.Must(err)
	s.See("status", kernel.Call("waitid", pid, "WNOWAIT"),
		"Its exit status is kept for the parent: {status}. (WNOWAIT looks at it and leaves the zombie in place.)",
		"status", status.ExitStatus())
}

// psCommand shows the children of a parent.
func psCommand(parent, _ int) string {
	return fmt.Sprintf("ps -o pid,ppid,stat,comm --ppid %d", parent)
}
