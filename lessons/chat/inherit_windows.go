package chat

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"

	"golang.org/x/sys/windows"

	"mtp/lessons/kit/process"
)

// passSocket lets a child inherit the socket, and nothing else.
func passSocket(
	child *exec.Cmd, conn *net.UDPConn, _ ...*os.File,
) (release func(), err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	return func() {}, raw.Control(func(fd uintptr) { process.GiveHandle(child, fd) })
}

// inheritedSocket is the other side of passSocket. Package net can't take over a socket, so it
// is read as Windows has it.
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
