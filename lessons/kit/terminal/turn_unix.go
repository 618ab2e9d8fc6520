//go:build unix

package terminal

import (
	"errors"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// foreground reports whether this process may read the terminal.
func foreground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// background reports whether a shell, or another program, has the terminal for now.
func background(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group != unix.Getpgrp()
}

// AwaitTurn waits until there is something to read from the terminal, and this process may read it:
// to a process in the background the kernel answers a read with SIGTTIN, which stops it.
func AwaitTurn(terminal *os.File) {
	for {
		typed := []unix.PollFd{{Fd: int32(terminal.Fd()), Events: unix.POLLIN}}
		n, err := unix.Poll(typed, -1)
		if err != nil && !errors.Is(err, unix.EINTR) || n > 0 && !background(terminal) {
			return
		}
		if background(terminal) {
			// Nothing tells a process that it has come to the foreground.
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// flush drops what was typed and not yet read.
func flush(terminal *os.File) { flushInput(int(terminal.Fd())) }

// takes reports whether an output takes something within a time, or is broken, which a write says
// at once.
func takes(out *os.File, within time.Duration) bool {
	for over := time.Now().Add(within); ; {
		writable := []unix.PollFd{{Fd: int32(out.Fd()), Events: unix.POLLOUT}}
		n, err := unix.Poll(writable, int(max(time.Until(over), 0).Milliseconds()))
		if !errors.Is(err, unix.EINTR) { // Go's runtime sends itself signals
			return n != 0
		}
	}
}

// isRaw reports whether a terminal is as an editor of mtp has it. A shell's leaves the output as it
// is.
func isRaw(terminal *os.File) bool {
	now, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
	return err == nil && now.Lflag&unix.ICANON == 0 && now.Oflag&unix.OPOST == 0
}

// mayChange lets a process in the background change the terminal.
func mayChange() { signal.Ignore(unix.SIGTTOU) }

// unbuffer has the terminal hand over each key as it is typed, without echo (termios(3), ICANON and
// ECHO), and returns what sets it back.
func unbuffer(terminal *os.File) (restore func()) {
	fd := int(terminal.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return func() {}
	}
	keys := *before
	keys.Lflag &^= unix.ICANON | unix.ECHO
	keys.Cc[unix.VMIN], keys.Cc[unix.VTIME] = 1, 0
	_ = unix.IoctlSetTermios(fd, setTermios, &keys)
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, before) }
}

// obeysEscapes is true of terminals: TERM=dumb says it of those that do not.
func obeysEscapes(*os.File) bool { return true }
