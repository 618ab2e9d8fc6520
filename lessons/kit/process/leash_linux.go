package process

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

func openPidfd(pid int) (int, error) { return unix.PidfdOpen(pid, 0) }

// killPidfd kills the process, and reports whether it had not ended before.
func killPidfd(pidfd int) bool {
	ended := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	if n, err := unix.Poll(ended, 0); err != nil || n > 0 {
		return false
	}
	return unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0) == nil
}

func closePidfd(pidfd int) { unix.Close(pidfd) }

// complaints is a file in memory.
func complaints() *os.File {
	fd, err := unix.MemfdCreate("stderr", unix.MFD_CLOEXEC)
	if err != nil {
		return os.Stderr
	}
	return os.NewFile(uintptr(fd), "stderr")
}

// reapAdopted reaps a descendant that has ended and come to us meanwhile, if it has: we may be a subreaper, or PID 1.
func reapAdopted(pid int) { _, _ = unix.Wait4(pid, nil, 0, nil) }

func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// tie asks the kernel to kill this process when the leash is let go of, for a stopped process can't end itself:
// signal-driven I/O (fcntl(2), F_SETSIG), with SIGKILL as the signal. Once that holds, the process may outlive its parent.
func tie(held *os.File, outlive bool) {
	// The signal and its receiver belong to the open file description, so that each process needs one of its own.
	own, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", held.Fd()), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err == nil {
		_, _ = unix.FcntlInt(uintptr(own), unix.F_SETOWN, os.Getpid())
		_, _ = unix.FcntlInt(uintptr(own), unix.F_SETSIG, int(unix.SIGKILL))
		_, _ = unix.FcntlInt(uintptr(own), unix.F_SETFL, unix.O_ASYNC|unix.O_NONBLOCK)
	}
	released := []unix.PollFd{{Fd: int32(held.Fd()), Events: unix.POLLIN}}
	if n, err := unix.Poll(released, 0); err == nil && n > 0 {
		os.Exit(1) // before we asked
	}
	if outlive {
		_ = unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0)
	}
}
