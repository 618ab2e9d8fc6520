package stage

import (
	"fmt"
	"syscall"

	"mtp/lessons/kit/kernel"
)

// Stat reads what the kernel lists of a process.
func (s *Stage) Stat(pid int) kernel.Stat {
	st, err := kernel.ReadStat(pid)
	s.Must(err)
	return st
}

// Descendants reads what the kernel lists of a process and of all below it.
func (s *Stage) Descendants(pid int) []kernel.Stat {
	all, err := kernel.Descendants(pid)
	s.Must(err)
	return all
}

// AwaitExit waits until a process has ended, without reaping it.
func (s *Stage) AwaitExit(pid int) { s.Must(kernel.AwaitExit(s.ctx, pid)) }

// ExitStatus is what a process has exited with. If somebody has killed it, the lesson is over.
func (s *Stage) ExitStatus(pid int, status syscall.WaitStatus) int {
	if !status.Exited() {
		s.Must(fmt.Errorf("%d was killed by a signal: %v", pid, status.Signal()))
	}
	return status.ExitStatus()
}
