package exit

import (
	"errors"
	"os/exec"
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// wait waits for a child. It returns its exit code, and where that was read.
func wait(s *stage.Stage, child *stage.Child) (syscall.WaitStatus, kernel.Source) {
	err := child.Cmd.Wait()
	// How it has ended is what the lesson looks at.
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		s.Mustf(err, "wait for %d", child.PID)
	}
	status := child.Cmd.ProcessState.Sys().(syscall.WaitStatus)
	return status, process.StatusSource(child.PID)
}

// word is the exit code: Windows has no other status.
func word(status syscall.WaitStatus) uint32 { return status.ExitCode }
