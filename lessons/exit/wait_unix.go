//go:build unix

package exit

import (
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// wait waits for a child. It returns what wait4(2) fills in, and where that was read.
func wait(s *stage.Stage, child *stage.Child) (syscall.WaitStatus, kernel.Source) {
	s.AwaitExit(child.PID) // unlike the wait, Ctrl-C ends this
	var status syscall.WaitStatus
	_, err := syscall.Wait4(child.PID, &status, 0, nil)
	s.Mustf(err, "wait for %d", child.PID)
	return status, kernel.Call("wait4", child.PID)
}

// word is what wait4(2) fills in, as a number.
func word(status syscall.WaitStatus) uint32 { return uint32(status) }
