package chat

import (
	"errors"
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
		for i, option := range []int{unix.SO_RCVBUF, unix.SO_SNDBUF} {
			if err == nil {
				granted[i], err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, option)
			}
		}
	})
	return granted, errors.Join(controlled, err)
}
