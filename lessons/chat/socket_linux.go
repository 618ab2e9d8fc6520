package chat

import (
	"net"
	"net/netip"
	"os/signal"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// raiseBuffers asks for large buffers, and for the ICMP errors that datagrams cause; it returns what was granted, in bytes as getsockopt(2)
// says it (the kernel doubles what is asked for).
func raiseBuffers(conn *net.UDPConn) (granted [2]int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return granted, err
	}
	controlled := raw.Control(func(fd uintptr) {
		for i, option := range []struct{ force, usual int }{{unix.SO_RCVBUFFORCE, unix.SO_RCVBUF}, {unix.SO_SNDBUFFORCE, unix.SO_SNDBUF}} {
			if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option.force, bufferBytes) != nil { // needs CAP_NET_ADMIN
				_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option.usual, bufferBytes)
			}
			if granted[i], err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, option.usual); err != nil {
				return
			}
		}
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVERR, 1)
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	})
	if controlled != nil {
		return granted, controlled
	}
	return granted, err
}

// unreachable reads the socket's error queue: the addresses to which datagrams could not be delivered (ip(7), IP_RECVERR).
func unreachable(conn *net.UDPConn) (addrs []netip.AddrPort) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil
	}
	_ = raw.Control(func(fd uintptr) {
		for {
			data, control := make([]byte, 1), make([]byte, 512)
			_, _, _, to, err := unix.Recvmsg(int(fd), data, control, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err != nil {
				return
			}
			switch a := to.(type) {
			case *unix.SockaddrInet4:
				addrs = append(addrs, netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)))
			case *unix.SockaddrInet6:
				addrs = append(addrs, netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port)))
			}
		}
	})
	return addrs
}

// receiveDrops is how many datagrams the kernel has dropped because the socket's buffer was full (SO_MEMINFO).
func receiveDrops(conn *net.UDPConn) (drops uint32, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	const vars, dropped = 9, 8 // SK_MEMINFO_VARS and SK_MEMINFO_DROPS in <linux/sock_diag.h>
	var info [vars]uint32
	controlled := raw.Control(func(fd uintptr) {
		size := uint32(unsafe.Sizeof(info))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno != 0 {
			err = errno
		}
	})
	if controlled != nil {
		return 0, controlled
	}
	return info[dropped], err
}

// ignoreTTOU lets a background process change the terminal.
func ignoreTTOU() { signal.Ignore(syscall.SIGTTOU) }
