package chat

import (
	"net"

	"golang.org/x/sys/unix"
)

// raiseBuffers asks for large buffers, and returns what was granted, in bytes.
func raiseBuffers(conn *net.UDPConn) (granted [2]int, err error) {
	_ = conn.SetReadBuffer(bufferBytes)
	_ = conn.SetWriteBuffer(bufferBytes)
	raw, err := conn.SyscallConn()
	if err != nil {
		return granted, err
	}
	controlled := raw.Control(func(fd uintptr) {
		if granted[0], err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF); err == nil {
			granted[1], err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF)
		}
	})
	if controlled != nil {
		return granted, controlled
	}
	return granted, err
}
