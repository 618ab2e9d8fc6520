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
func seeAnatomy(s *stage.Stage, pid int) {
	cmdline := s.Proc(pid, "cmdline")
	s.See("cmdline", cmdline, "Its command line: {bytes} bytes.", "bytes", len(cmdline.Text))
	maps := s.Proc(pid, "maps")
	s.See("maps", maps, "Its memory map: {lines} entries.", "lines", strings.Count(maps.Text, "\n"))
	dead := s.Stat(pid)
	s.See("memory", dead, "Its memory: {rss} pages, in an address space of {vsize} bytes.",
		"rss", dead.ResidentPages, "vsize", dead.VirtualBytes)
	status := s.Status(pid)
	seeFiles(s, pid, status)

	s.Say("entry", "What is left is an entry in the process table. It still says, for example:")
	s.See("name", dead, "Its name is {comm}, its parent is {ppid}.")
	var uid int
	_, err := fmt.Sscan(status.Get("Uid"), &uid)
	s.Mustf(err, "read Uid in %s", status.Source)
	s.See("owner", status, "Its user ID is {uid}.", "uid", uid)
	switches, err := status.Count("voluntary_ctxt_switches")
	s.Must(err)
	s.See("switches", status,
		"Voluntary context switches of its first thread: {count}. (It gave up the processor, for example to wait.)",
		"count", switches)
	kept, _, err := kernel.PeekStatus(pid)
	s.Must(err)
	s.See("status", kernel.Call("waitid", pid, "WNOWAIT"),
		"Its exit status is kept for the parent: {status}. (With WNOWAIT, waitid looks at it and leaves the zombie in place.)",
		"status", kept.ExitStatus())
}

// seeFiles shows how many files it has open.
func seeFiles(s *stage.Stage, pid int, status kernel.Status) {
	folder := kernel.Proc(pid, "fd")
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrPermission) {
		// Without memory there is no owner either: /proc shows a zombie's fd as root's. Its status
		// is open to all.
		size, err := status.Count("FDSize")
		s.Must(err)
		s.See("fdsize", status, "Its table of open files has {size} slots (FDSize).",
			"size", size)
		return
	}
	s.Must(err)
	s.See("files", kernel.Source(folder), "Its open files: {count}.", "count", len(files))
}

// seeLimit shows a limit, and how much of it is used, if that can be known here.
func seeLimit(s *stage.Stage, limit kernel.Limit) {
	if limit.Unlimited {
		s.See("unlimited", limit, "{limit} does not limit you here.")
		return
	}
	s.See("limit", limit, "{limit} is {max}.")
	if counted := limit.Counted(); counted != "" {
		s.See("used", counted, "Of {limit}, {used} are in use.",
			"limit", limit.Name, "used", limit.Used)
	}
}

// psCommand shows the children of a parent.
func psCommand(parent, _ int) string {
	return fmt.Sprintf("ps -o pid,ppid,stat,comm --ppid %d", parent)
}
