package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)

func flushInput(fd int) {
	const fread = 1 // FREAD in <sys/fcntl.h>
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, fread)
}

// DropOutput drops what a terminal was given and has not shown.
func DropOutput(terminal *os.File) {
	const fwrite = 2 // FWRITE
	_ = unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCFLUSH, fwrite)
}
