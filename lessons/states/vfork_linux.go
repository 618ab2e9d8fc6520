package states

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/rawfork"
)

// vforker forks as vfork does, and goes on when its child has ended; then it waits for its input to
// end.
func vforker([]string) error {
	pid, errno := vfork()
	if errno != 0 {
		return fmt.Errorf("clone(CLONE_VFORK): %w", errno)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", pid, err)
	}
	if status.Signaled() { // it was to end by itself
		return fmt.Errorf("%d was killed by a signal: %v", pid, status.Signal())
	}
	process.AwaitLine()
	return nil
}

// vfork is vfork(2) without CLONE_VM: the child has a copy of the memory, so it may do more than
// exec and _exit. It returns when the child has ended.
//
//go:norace
//go:nocheckptr
func vfork() (int, syscall.Errno) {
	parent := uintptr(os.Getpid())
	const flags = unix.CLONE_VFORK | uintptr(syscall.SIGCHLD)
	rawfork.Before()
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, flags, 0, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		rawfork.DieWith(parent)
		rawfork.InChild()
		// This is the child's life: it neither calls exec nor ends, until there is a byte to read.
		readByte()
		rawfork.Exit(0)
	}
	rawfork.InParent()
	return int(pid), errno
}
