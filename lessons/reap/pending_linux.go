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
	s.See("sigchld.pending", status,
		"Signals pending for {pid} (ShdPnd): {mask}. SIGCHLD, number {number}, has one bit there, {bit}: it is pending or it is not, and is not counted.",
		"pid", pid, "mask", fmt.Sprintf("%#x", pending),
		"number", int(syscall.SIGCHLD), "bit", fmt.Sprintf("%#x", bit))
}
