package reap

import (
	"fmt"
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
)

// seePending shows that of five signals one bit is left.
func seePending(say *narrate.Narrator, pid int) error {
	status, err := kernel.ReadStatus(pid)
	if err != nil {
		return err
	}
	pending, err := status.Mask("ShdPnd")
	if err != nil {
		return err
	}
	say.See("reap.sigchld.pending", kernel.Proc(pid, "status"), "Signals pending for {pid} (ShdPnd): {mask}. SIGCHLD, number {number}, has one bit there, {bit}: it is pending or it is not, and is not counted.",
		"pid", pid, "mask", fmt.Sprintf("%#x", pending), "number", int(syscall.SIGCHLD), "bit", fmt.Sprintf("%#x", 1<<(syscall.SIGCHLD-1)))
	return nil
}
