package chat

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"mtp/lessons/chat/room"
)

// loopback opens a socket, and returns it with its address.
func loopback(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, netip.MustParseAddrPort(conn.LocalAddr().String())
}

// testSenders are senders through a socket of their own, the second one beside.
func testSenders(t *testing.T) *senders {
	t.Helper()
	conn, _ := loopback(t)
	_, out, err := openRaw(conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(out.close)
	s := newSenders(out)
	if s.beside.jobs == nil { // there is one processor
		s.beside.begin()
	}
	return s
}

// What is said to all and what is said to one arrives in the order in which it was said, whoever
// sends it, while members come and go; and after stop nothing does.
func TestEachMemberGetsEverythingInOrder(t *testing.T) {
	t.Parallel()
	const lines = 60
	s := testSenders(t)
	var table room.Table
	var conns []*net.UDPConn
	for slot := range 2 * manyMembers {
		conn, addr := loopback(t)
		conns = append(conns, conn)
		table = append(table, &room.Member{Addr: addr, Slot: slot})
	}
	few := table[:manyMembers/2]
	for n := range lines {
		line := fmt.Appendf(nil, "%02d", n)
		switch n % 3 {
		case 0:
			s.relay(table, room.NoSlot, line)
		case 1: // few are there, and the others are told one by one
			s.relay(few, room.NoSlot, line)
			for _, m := range table[len(few):] {
				s.reply(m.Addr, m.Slot, line)
			}
		case 2: // one speaks, and is answered
			speaker := n % len(table)
			s.relay(table, speaker, line)
			s.reply(table[speaker].Addr, speaker, line)
		}
	}
	for slot, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		for n := range lines {
			line := make([]byte, 8)
			size, err := conn.Read(line)
			if want := fmt.Sprintf("%02d", n); err != nil || string(line[:size]) != want {
				t.Fatalf("slot %d hears %q, %v; want %q", slot, line[:size], err, want)
			}
		}
	}
	for range lines {
		s.relay(table, room.NoSlot, []byte("last"))
	}
	s.stop()
	sent, failed := s.counts()
	time.Sleep(20 * time.Millisecond)
	if now, _ := s.counts(); now != sent || failed != 0 {
		t.Errorf("%d were sent before stop, %d after it, %d failed", sent, now-sent, failed)
	}
}
