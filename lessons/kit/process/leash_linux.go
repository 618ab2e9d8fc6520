package process

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
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

// reapAdopted reaps a descendant that has ended and come to us meanwhile, if it has: we may be a
// subreaper, or PID 1.
func reapAdopted(pid int) { _, _ = unix.Wait4(pid, nil, 0, nil) }

// startInOwnGroup starts a command in a process group of its own. A Ctrl-Z that arrives between
// fork and setpgid would stop the child before anything holds it, so it starts with SIGTSTP
// blocked. A child of the narrating mtp, moreover, dies with it (PR_SET_PDEATHSIG(2const)).
func startInOwnGroup(cmd *exec.Cmd, ofNarrator bool) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if ofNarrator {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	runtime.LockOSThread() // a signal mask belongs to a thread
	defer runtime.UnlockOSThread()
	stop := unix.Sigset_t{Val: [16]uint64{1 << (syscall.SIGTSTP - 1)}}
	var before unix.Sigset_t
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &stop, &before); err != nil {
		return err
	}
	defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil) }()
	return cmd.Start()
}

// tie asks the kernel to kill this process when the leash is let go of, for a stopped process can't
// end itself. A partner, which has a terminal to leave as it was, is continued instead.
func tie(held *os.File, partner bool) {
	if partner {
		signalAtEnd(held, unix.SIGCONT)
	} else {
		signalAtEnd(held, unix.SIGKILL)
	}
}

// continueWithout has this process continued, should it be stopped, when a child has ended, however
// that came: the child inherits the only write end of a pipe. What is returned is to be called when
// the child has started, or could not.
func continueWithout(cmd *exec.Cmd) (started func()) {
	read, write, err := os.Pipe()
	if err != nil {
		return func() {} // whoever continues it finds out
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, write)
	return func() {
		signalAtEnd(read, unix.SIGCONT)
		read.Close()
		write.Close()
	}
}

// signalAtEnd asks the kernel for a signal to this process when nobody can write to the pipe any
// more: signal-driven I/O (fcntl(2), F_SETSIG).
func signalAtEnd(held *os.File, sig syscall.Signal) {
	// The signal and its receiver belong to the open file description, so each process needs one of
	// its own.
	path := fmt.Sprintf("/proc/self/fd/%d", held.Fd())
	own, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return // whoever reads the leash is there still
	}
	_, _ = unix.FcntlInt(uintptr(own), unix.F_SETOWN, os.Getpid())
	_, _ = unix.FcntlInt(uintptr(own), unix.F_SETSIG, int(sig))
	_, _ = unix.FcntlInt(uintptr(own), unix.F_SETFL, unix.O_ASYNC|unix.O_NONBLOCK)
}

// isChild reports whether there is a child of ours with this PID that we have not reaped.
func isChild(pid int) bool {
	const options = unix.WEXITED | unix.WNOHANG | unix.WNOWAIT
	return unix.Waitid(unix.P_PID, pid, nil, options, nil) == nil
}
