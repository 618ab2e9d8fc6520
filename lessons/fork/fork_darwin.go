package fork

import (
	"os"
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// Run starts a child as Go can on macOS: as another program, not as a copy.
func (o Options) Run(s *stage.Stage) {
	s.Title("fork: one process calls it, two return")
	s.Warn("spawn",
		"On macOS a Go program can't fork and go on: its libraries do not survive it. So mtp starts itself once more (fork, then exec at once): the child is a new run of the program, not a copy. Run this lesson on Linux to see the copy, and what --race and --fail show.")
	s.Step("self", "Who am I?")
	self := s.Stat(os.Getpid())
	s.See("pid", self, "My PID is {pid}, my parent's is {ppid}.")
	for range o.Children {
		child := s.Start("child")
		s.See("returned", kernel.In("fork", self.PID),
			"In me, the parent, fork returned {pid}: the child's PID.", "pid", child.PID)
		var status syscall.WaitStatus
		_, err := syscall.Wait4(child.PID, &status, 0, nil)
		s.Mustf(err, "wait for %d", child.PID)
		s.See("status", kernel.Call("wait4", child.PID),
			"Child {pid} exited with status {status}.",
			"pid", child.PID, "status", status.ExitStatus())
	}
	s.Lanes()
	s.So("bits",
		"Only the low 8 bits of an exit status survive: 404\u00a0=\u00a0256\u00a0+\u00a0148.")
}
