//go:build !linux

package chat

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"mtp/lessons/chat/wire"
)

// outlet sends through a socket.
type outlet struct {
	conn    *net.UDPConn
	refused atomic.Bool
}

func (o *outlet) close() { _ = o.conn.Close() }

// unreachable knows nothing: macOS tells ICMP errors to connected sockets only.
func (o *outlet) unreachable() []netip.AddrPort { return nil }

// receiveDrops are not told.
func (o *outlet) receiveDrops() (uint32, error) { return 0, errors.ErrUnsupported }

func (o *outlet) send(data []byte, to netip.AddrPort) error {
	_, err := o.conn.WriteToUDPAddrPort(data, to)
	return err
}

// inlet reads datagrams from a socket.
type inlet struct {
	conn *net.UDPConn
	data [wire.MaxBytes + 1]byte // one byte more shows that a datagram was longer
}

func (in *inlet) read(handle func(from netip.AddrPort, data []byte)) error {
	_ = in.conn.SetReadDeadline(time.Now().Add(250 * time.Millisecond))
	n, from, err := in.conn.ReadFromUDPAddrPort(in.data[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	if errors.Is(err, errTooLong) { // as Windows says; elsewhere it is cut
		n, err = len(in.data), nil
	}
	if err == nil {
		handle(from, in.data[:n])
	}
	return err
}

// openRaw takes over a socket, and returns both ways through it.
func openRaw(conn *net.UDPConn) (in *inlet, out *outlet, err error) {
	return &inlet{conn: conn}, &outlet{conn: conn}, nil
}
