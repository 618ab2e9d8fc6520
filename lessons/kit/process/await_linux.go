package process

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// StatusSource names the call by which the status of a Process is collected.
func StatusSource(pid int) string { return fmt.Sprintf("waitid(%d)", pid) }

// awaitEnd returns when a child has ended. It does not block a thread meanwhile: a pidfd is readable then
// (pidfd_open(2)), and Go's poller waits for thousands of them at once. Where that is not possible it returns at once.
func awaitEnd(child *os.Process) {
	pidfd, err := unix.PidfdOpen(child.Pid, unix.PIDFD_NONBLOCK) // only we reap it, so that the PID is still its own
	if err != nil {
		return
	}
	file := os.NewFile(uintptr(pidfd), "pidfd")
	defer file.Close()
	conn, err := file.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Read(func(fd uintptr) bool {
		ended := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(ended, 0)
		return err != nil || n > 0
	})
}
