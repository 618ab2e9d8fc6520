package watch

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// sleepyCallHere names those that only this architecture has.
func sleepyCallHere(number int) string {
	switch number {
	case unix.SYS_POLL:
		return "poll"
	case unix.SYS_SELECT:
		return "select"
	case unix.SYS_EPOLL_WAIT:
		return "epoll_wait"
	case unix.SYS_PAUSE:
		return "pause"
	}
	return fmt.Sprintf("system call %d", number)
}
