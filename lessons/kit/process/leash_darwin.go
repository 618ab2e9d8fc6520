package process

import (
	"os/exec"
	"syscall"
)

// startInOwnGroup starts a command in a process group of its own.
func startInOwnGroup(cmd *exec.Cmd, _ bool) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd.Start()
}
