package chat

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/chat/wire"
)

// raiseBuffers asks for large buffers, and for the ICMP errors that datagrams cause; it returns
// what was granted, in bytes as getsockopt(2) says it (the kernel doubles what is asked for).
func raiseBuffers(conn *net.UDPConn) (granted [2]int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return granted, err
	}
	options := []struct{ force, usual int }{
		{unix.SO_RCVBUFFORCE, unix.SO_RCVBUF}, {unix.SO_SNDBUFFORCE, unix.SO_SNDBUF},
	}
	controlled := raw.Control(func(fd uintptr) {
		socket := int(fd)
		for i, option := range options {
			if unix.SetsockoptInt(socket, unix.SOL_SOCKET, option.force, bufferBytes) != nil {
				// That needs CAP_NET_ADMIN; up to a limit everybody may ask.
				_ = unix.SetsockoptInt(socket, unix.SOL_SOCKET, option.usual, bufferBytes)
			}
			granted[i], err = unix.GetsockoptInt(socket, unix.SOL_SOCKET, option.usual)
			if err != nil {
				return
			}
		}
		_ = unix.SetsockoptInt(socket, unix.IPPROTO_IP, unix.IP_RECVERR, 1)
		_ = unix.SetsockoptInt(socket, unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1)
	})
	return granted, errors.Join(controlled, err)
}

// outlet sends through a socket, without Go's poller: a datagram is one system call.
type outlet struct {
	fd      int
	v6      bool
	refused atomic.Bool // an ICMP error has come
}

func (o *outlet) close() { _ = unix.Close(o.fd) }

// send sends a datagram. An error that an earlier one has caused is noted, and does not count.
func (o *outlet) send(data []byte, to netip.AddrPort) error {
	var raw unix.RawSockaddrInet6
	size := o.address(&raw, to)
	for range 16 {
		_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(o.fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)), unix.MSG_DONTWAIT,
			uintptr(unsafe.Pointer(&raw)), size)
		switch errno {
		case 0:
			return nil
		case unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EHOSTDOWN, unix.EACCES,
			unix.EPROTO, unix.ENOPROTOOPT, unix.EOPNOTSUPP:
			o.refused.Store(true) // what ICMP has said of an earlier one, to anybody
		case unix.EAGAIN: // the buffer is full
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(o.fd), Events: unix.POLLOUT}}, 100)
		case unix.EINTR:
		default:
			return errno
		}
	}
	return unix.EAGAIN
}

// address writes an address as the kernel wants it, in the socket's family, and returns its size.
func (o *outlet) address(raw *unix.RawSockaddrInet6, of netip.AddrPort) (size uintptr) {
	port := of.Port()<<8 | of.Port()>>8 // in network byte order
	if o.v6 {
		*raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: of.Addr().As16()}
		return unix.SizeofSockaddrInet6
	}
	*(*unix.RawSockaddrInet4)(unsafe.Pointer(raw)) = unix.RawSockaddrInet4{
		Family: unix.AF_INET, Port: port, Addr: of.Addr().As4(),
	}
	return unix.SizeofSockaddrInet4
}

// unreachable reads the socket's error queue: the addresses to which datagrams could not be
// delivered (ip(7), IP_RECVERR).
func (o *outlet) unreachable() (addrs []netip.AddrPort) {
	for {
		data, control := make([]byte, 1), make([]byte, 512)
		_, n, _, to, err := unix.Recvmsg(o.fd, data, control, unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
		if err != nil {
			return addrs
		}
		messages, err := unix.ParseSocketControlMessage(control[:n])
		if err != nil || len(messages) == 0 || !isRefusal(messages[0].Data) {
			continue // the host can't be reached now: that may pass
		}
		switch a := to.(type) {
		case *unix.SockaddrInet4:
			addrs = append(addrs, netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)))
		case *unix.SockaddrInet6:
			addr := netip.AddrFrom16(a.Addr).Unmap()
			addrs = append(addrs, netip.AddrPortFrom(addr, uint16(a.Port)))
		}
	}
}

// isRefusal reports whether a struct sock_extended_err, which begins with the errno, is of a port
// that nobody listens at.
func isRefusal(extended []byte) bool {
	return len(extended) >= 4 &&
		syscall.Errno(binary.NativeEndian.Uint32(extended)) == unix.ECONNREFUSED
}

// receiveDrops is how many datagrams the kernel has dropped because the socket's buffer was full
// (SO_MEMINFO).
func (o *outlet) receiveDrops() (drops uint32, err error) {
	const vars, dropped = 9, 8 // SK_MEMINFO_VARS and SK_MEMINFO_DROPS in <linux/sock_diag.h>
	var info [vars]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(o.fd), unix.SOL_SOCKET,
		unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0, errno
	}
	return info[dropped], nil
}

// inlet reads datagrams from a socket, as many at once as there are.
type inlet struct {
	fd      int
	headers [batch]mmsghdr
	pieces  [batch]unix.Iovec
	names   [batch]unix.RawSockaddrInet6
	data    [batch][wire.MaxBytes + 1]byte // the last byte shows that a datagram was longer
}

func newInlet(fd int) *inlet {
	in := &inlet{fd: fd}
	for i := range in.headers {
		in.pieces[i].Base = &in.data[i][0]
		in.pieces[i].SetLen(len(in.data[i]))
		h := &in.headers[i].header
		h.Name = (*byte)(unsafe.Pointer(&in.names[i]))
		h.Namelen = uint32(unsafe.Sizeof(in.names[i]))
		h.Iov = &in.pieces[i]
		h.SetIovlen(1)
	}
	return in
}

const batch = 64

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
	_      uint32
}

// read waits for datagrams, for a quarter of a second at most, and hands them over. ICMP errors are
// returned as ECONNREFUSED.
func (in *inlet) read(handle func(from netip.AddrPort, data []byte)) error {
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(in.fd),
		uintptr(unsafe.Pointer(&in.headers)), batch, unix.MSG_WAITFORONE, 0, 0)
	if errno == unix.EAGAIN || errno == unix.EINTR {
		return nil
	}
	if errno != 0 {
		return errno
	}
	for i := range int(n) {
		handle(addrOf(&in.names[i]), in.data[i][:in.headers[i].length])
		in.headers[i].header.Namelen = uint32(unsafe.Sizeof(in.names[i])) // the kernel has set it
	}
	return nil
}

func addrOf(raw *unix.RawSockaddrInet6) netip.AddrPort {
	port := raw.Port<<8 | raw.Port>>8
	if raw.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(raw.Addr).Unmap(), port)
}

// openRaw takes over a socket, and returns both ways through it. It blocks from now on, and its
// descriptor is not an os.File: that would be with Go's poller, which would wake up for each
// datagram as well.
func openRaw(conn *net.UDPConn) (in *inlet, out *outlet, err error) {
	out = &outlet{v6: conn.LocalAddr().(*net.UDPAddr).IP.To4() == nil}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	controlled := raw.Control(func(fd uintptr) {
		out.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	if err := errors.Join(controlled, err); err != nil {
		return nil, nil, err
	}
	wake := unix.Timeval{Usec: 250_000} // to see whether it is over
	err = errors.Join(
		conn.Close(),
		unix.SetNonblock(out.fd, false),
		unix.SetsockoptTimeval(out.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wake),
	)
	if err != nil {
		out.close()
		return nil, nil, err
	}
	return newInlet(out.fd), out, nil
}
