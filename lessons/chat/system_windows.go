package chat

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/term"

	"mtp/lessons/kit/process"
)

// Errors of sockets. Windows says that a connection was reset where others say that it was refused.
const (
	errInUse   = windows.WSAEADDRINUSE
	errRefused = windows.WSAECONNRESET
	errTooLong = windows.WSAEMSGSIZE
)

// openFiles names the place that lists what a process has open.
func openFiles(pid int) string { return fmt.Sprintf("handle.exe -p %d", pid) }

// ignoreTTOU has nothing to do: whoever has the console may change it.
func ignoreTTOU() {}

// ignoreConsole leaves Ctrl-C to the other process, which ends this one.
func ignoreConsole() { signal.Ignore(os.Interrupt) }

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
		if granted[0], err = windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_RCVBUF); err == nil {
			granted[1], err = windows.GetsockoptInt(windows.Handle(fd), windows.SOL_SOCKET, windows.SO_SNDBUF)
		}
	})
	if controlled != nil {
		return granted, controlled
	}
	return granted, err
}

// passSocket lets a child inherit the socket.
func passSocket(child *exec.Cmd, conn *net.UDPConn) (release func(), err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	return func() {}, raw.Control(func(fd uintptr) { process.GiveHandle(child, fd) })
}

// inheritedSocket is the other side of passSocket. The package net can't take a socket over, so that it is read as Windows has it.
func inheritedSocket() (io.ReadCloser, error) {
	handle, err := process.Handle()
	return socket(handle), err
}

type socket windows.Handle

func (s socket) Read(p []byte) (int, error) {
	var n, flags uint32
	buffer := windows.WSABuf{Len: uint32(len(p)), Buf: &p[0]}
	if err := windows.WSARecv(windows.Handle(s), &buffer, 1, &n, &flags, nil, nil); err != nil {
		return int(n), fmt.Errorf("read the socket: %w", err)
	}
	return int(n), nil
}

func (s socket) Close() error { return windows.Closesocket(windows.Handle(s)) }
