package chat

import (
	"errors"
	"net"
	"net/netip"
	"os/signal"
	"syscall"

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

// unreachable knows nothing: macOS tells ICMP errors to connected sockets only.
func unreachable(*net.UDPConn) []netip.AddrPort { return nil }

// receiveDrops are not told.
func receiveDrops(*net.UDPConn) (uint32, error) { return 0, errors.ErrUnsupported }

// ignoreTTOU lets a background process change the terminal.
func ignoreTTOU() { signal.Ignore(syscall.SIGTTOU) }
