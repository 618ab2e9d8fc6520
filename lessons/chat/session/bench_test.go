package session_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/session"
)

// BenchmarkDeliver is what the room's part of a line to each of 100 members costs, and theirs, when
// many lines wait: without a kernel.
func BenchmarkDeliver(b *testing.B) {
	const members, burst = 100, 1000
	sessions := map[netip.AddrPort]*session.Session{}
	var all []*session.Session
	type datagram struct {
		to   netip.AddrPort
		data []byte
	}
	var down, up []datagram
	keep := func(to netip.AddrPort, _ int, data []byte) {
		down = append(down, datagram{to, append([]byte(nil), data...)})
	}
	r := room.New(room.Wire{
		Reply: keep, Send: keep, Tell: func(room.Event) {},
		Relay: func(room.Table, int, []byte) {},
	}, time.Hour, 1_000_000_000)
	heard := 0
	exchange := func() {
		for len(up)+len(down) > 0 {
			for _, d := range up {
				r.Receive(d.to, d.data)
			}
			up = up[:0]
			r.Flush()
			for _, d := range down {
				sessions[d.to].Receive(time.Now(), d.data)
			}
			down = down[:0]
			for _, s := range all {
				s.Flush(time.Now())
			}
		}
	}
	for i := range members {
		addr := addrOf(1000 + i)
		s := session.New(fmt.Sprintf("m%d", i), nil,
			func(data []byte) { up = append(up, datagram{addr, append([]byte(nil), data...)}) },
			func(e session.Event) {
				if e.Kind == session.Heard {
					heard++
				}
			})
		sessions[addr] = s
		all = append(all, s)
		s.Enter(time.Now())
		exchange()
	}
	line := []byte("a line of a usual length, as people type them")
	heard = 0
	for b.Loop() {
		for range burst {
			all[0].Say(time.Now(), line)
		}
		exchange()
		for all[0].Pending() > 0 {
			for _, s := range all {
				s.Tick(time.Now())
			}
			exchange()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(heard), "ns/line")
}
