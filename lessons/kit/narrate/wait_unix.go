//go:build unix

package narrate

import (
	"os"

	"golang.org/x/sys/unix"
)

// foreground reports whether this process may read the terminal.
func foreground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
