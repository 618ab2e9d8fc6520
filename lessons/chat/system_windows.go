package chat

import (
	"errors"
	"net"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/term"

	"mtp/lessons/kit/terminal"
)

// Errors of sockets. Windows says that a connection was reset where others say that it was refused.
const (
	errInUse   = windows.WSAEADDRINUSE
	errRefused = windows.WSAECONNRESET
	errTooLong = windows.WSAEMSGSIZE
)

// leaveSignals leaves Ctrl-C to the other process, which ends this one.
func leaveSignals() { signal.Ignore(os.Interrupt) }

// interrupt does nothing: a console takes what is written.
func interrupt(int) {}

// watchOver has nothing to do: nothing stops a process here.
func watchOver(int, *terminal.Loan, <-chan struct{}) {}

// notifyResize looks again and again, for no signal tells of a change.
func notifyResize(resized chan<- os.Signal) {
	go func() {
		before, _, _ := term.GetSize(int(os.Stdout.Fd()))
		for range time.Tick(time.Second) {
			if columns, _, _ := term.GetSize(int(os.Stdout.Fd())); columns != before {
				before = columns
				resized <- os.Interrupt
			}
		}
	}()
}

// notifyReport knows no signal that asks for a report.
func notifyReport(chan<- os.Signal) {}

// raiseBuffers asks for large buffers, and returns what was granted, in bytes.
func raiseBuffers(conn *net.UDPConn) (granted [2]int, err error) {
	_ = conn.SetReadBuffer(bufferBytes)
	_ = conn.SetWriteBuffer(bufferBytes)
	raw, err := conn.SyscallConn()
	if err != nil {
		return granted, err
	}
	controlled := raw.Control(func(fd uintptr) {
		socket := windows.Handle(fd)
		for i, option := range []int{windows.SO_RCVBUF, windows.SO_SNDBUF} {
			if err == nil {
				granted[i], err = windows.GetsockoptInt(socket, windows.SOL_SOCKET, option)
			}
		}
	})
	return granted, errors.Join(controlled, err)
}
