package process

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
)

// startInOwnGroup starts a command in a process group of its own.
func startInOwnGroup(cmd *exec.Cmd, _ bool) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd.Start()
}

// isChild reports whether there is a child of ours with this PID that we have not reaped.
func isChild(pid int) bool {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	return err == nil && int(info.Eproc.Ppid) == os.Getpid()
}

// StatusSource names the call by which the status of a Process is collected.
func StatusSource(pid int) kernel.Source { return kernel.Call("wait4", pid) }
