package terminal

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

func flushInput(fd int) {
	const fread = 1 // FREAD in <sys/fcntl.h>
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, fread)
}
