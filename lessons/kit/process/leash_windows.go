package process

import (
	"os"
	"os/exec"
	"syscall"
)

// startInOwnGroup starts a command in a process group of its own.
func startInOwnGroup(cmd *exec.Cmd, _ bool) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	return cmd.Start()
}

// isChild is true: a process's handle keeps its number from being used again.
func isChild(int) bool { return true }

func closeOnExec(fd int) { syscall.CloseOnExec(syscall.Handle(fd)) }

// switches are not told here.
func switches(*os.ProcessState) (voluntary, involuntary int64) { return 0, 0 }
