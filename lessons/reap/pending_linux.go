package reap

import (
	"fmt"
	"syscall"

	"mtp/lessons/kit/stage"
)

// seePending shows that of five signals one bit is left.
func seePending(s *stage.Stage, pid int) {
	status := s.Status(pid)
	pending, err := status.Mask("ShdPnd")
	s.Must(err)
	const bit = 1 << (syscall.SIGCHLD - 1)
	if pending&bit == 0 {
		s.Must(fmt.Errorf("no SIGCHLD is pending for %d", pid))
	}
	s.See("sigchld.pending", status,
		"Pending for {pid}: ShdPnd is {mask}. Each signal has one bit there; that of SIGCHLD, signal {number}, is {bit}. It is set, or it is not: nothing counts how many came.",
		"pid", pid, "mask", fmt.Sprintf("%#x", pending),
		"number", int(syscall.SIGCHLD), "bit", fmt.Sprintf("%#x", bit))
}
