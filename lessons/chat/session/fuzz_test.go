package session_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/session"
)

// Whatever comes from either side, in a session that is known or not, neither side fails, hangs, or
// sends more than a datagram holds. ID in the script stands for the session.
func FuzzSession(f *testing.F) {
	f.Add("M ID 1 0 0\nhi\x00D ID 3 0 0 2\nbob:x\x00A ID 1 4\x00R ID\x00Q ID")
	f.Add("D ID 900\na\x00D ID 950\nb\x00D ID 1000 0 0 4503599627370000\nc") // far ahead
	f.Add("M ID 3\nlate\x00M ID 1\na\nb\x00M ID 2 9 ff\nb\nc\x00D ID 2\n:\x00EXIT ID")
	f.Fuzz(func(t *testing.T, script string) {
		if strings.Count(script, "\x00") > 50 {
			t.Skip("that is long")
		}
		addr := addrOf(1)
		var up, down [][]byte
		keep := func(to *[][]byte, data []byte) {
			if len(data) > 1200 {
				t.Fatalf("%d bytes", len(data))
			}
			*to = append(*to, bytes.Clone(data))
		}
		send := func(_ netip.AddrPort, _ int, data []byte) { keep(&down, data) }
		r := room.New(room.Wire{
			Reply: send, Send: send, Tell: func(room.Event) {},
			Relay: func(room.Table, int, []byte) {},
		}, time.Hour, 1000)
		s := session.New("ann", nil, func(data []byte) { keep(&up, data) }, func(session.Event) {})
		id := ""
		exchange := func() {
			for rounds := 0; len(up)+len(down) > 0 && rounds < 50; rounds++ {
				for _, data := range up {
					r.Receive(addr, data)
				}
				up = nil
				r.Flush()
				for _, data := range down {
					if after, is := strings.CutPrefix(string(data), "OK mtp/1 "); is && id == "" {
						id = strings.Fields(after)[1]
					}
					s.Receive(time.Now(), data)
				}
				down = nil
				s.Flush(time.Now())
			}
		}
		s.Enter(time.Now())
		exchange()
		for text := range strings.SplitSeq(script, "\x00") {
			data := []byte(strings.ReplaceAll(text, "ID", id))
			r.Receive(addr, data)
			r.Flush()
			s.Receive(time.Now(), data)
			s.Say(time.Now(), []byte("a line"))
			s.Flush(time.Now())
			s.Tick(time.Now())
			exchange()
		}
	})
}
