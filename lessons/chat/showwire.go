package chat

import (
	"bytes"
	"fmt"
	"net/netip"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/wire"
	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"
)

// With --wire each datagram is shown as it is, and beside it what it means: on the mtp wire that is
// the lesson.

// showWire has a datagram shown.
func (h *host) showWire(arrow string, addr netip.AddrPort, data []byte, its fate) {
	if h.mayTell(wireShown) {
		data = bytes.Clone(data)
		h.later(func() { h.sayWire(arrow, addr, data, its) })
	}
}

func (h *host) sayWire(arrow string, addr netip.AddrPort, data []byte, its fate) {
	fields := []any{"arrow", arrow, "addr", addr.String(), "bytes", quoted(data)}
	switch what := meaning(h.Narrator, data); {
	case its != fateSent:
		h.Say("serve.wire.fate", "{arrow} {addr} {fate}: {bytes}",
			append(fields, "fate", fateWord(h.Narrator, its))...)
	case what.Text != "":
		h.Say("serve.wire.means", "{arrow} {addr} {means}: {bytes}",
			append(fields, "means", what)...)
	default:
		h.Say("serve.wire", "{arrow} {addr} {bytes}", fields...)
	}
}

// showMore has shown what can't be seen on the wire.
func (h *host) showMore(s room.Shown) {
	if h.mayTell(wireShown) {
		s.Inner = bytes.Clone(s.Inner)
		h.later(func() { h.sayMore(s) })
	}
}

func (h *host) sayMore(s room.Shown) {
	arrow := "←"
	if s.Out {
		arrow = "→"
	}
	switch {
	case s.Repeat:
		h.Say("serve.wire.repeat",
			"No acknowledgement in time from {addr}, so once more, lines: {lines}, from number {first}.",
			"addr", s.Addr.String(), "lines", s.Count, "first", s.First)
	default:
		h.Say("serve.wire.inside", "{arrow} {addr} sealed inside, {means}: {bytes}",
			"arrow", arrow, "addr", s.Addr.String(), "means", meaning(h.Narrator, s.Inner),
			"bytes", quoted(s.Inner))
	}
}

// showWire shows a datagram of a member.
func (m *member) showWire(arrow string, data []byte, its fate) {
	if !m.flags.Wire || !m.mayShow() {
		return
	}
	fields := []any{"arrow", arrow, "bytes", quoted(data)}
	switch what := meaning(m.Narrator, data); {
	case its != fateSent:
		m.Say("join.wire.fate", "{arrow} {fate}: {bytes}",
			append(fields, "fate", fateWord(m.Narrator, its))...)
	case what.Text != "":
		m.Say("join.wire.means", "{arrow} {means}: {bytes}", append(fields, "means", what)...)
	case arrow == "→":
		m.Say("join.wire.out", "→ {bytes}", fields[2:]...)
	default:
		m.Say("join.wire.in", "← {bytes}", fields[2:]...)
	}
}

// fateWord is what the bad network has done.
func fateWord(s *stage.Narrator, its fate) event.Word {
	switch its {
	case fateLost:
		return event.Word{Key: "lost", Text: s.Text("fate.lost", "lost on purpose")}
	case fateHeld:
		return event.Word{Key: "held", Text: s.Text("fate.held", "held back on purpose")}
	case fateDoubled:
		return event.Word{Key: "doubled", Text: s.Text("fate.doubled", "sent twice on purpose")}
	case fateSent:
	}
	return event.Word{Key: "sent"}
}

// meaning is what a datagram of the mtp wire says, in a few words; nothing for any other.
func meaning(s *stage.Narrator, data []byte) event.Word {
	d, ok := wire.Parse(data)
	if !ok {
		return event.Word{}
	}
	as := func(text string) event.Word { return event.Word{Key: string(d.Verb), Text: text} }
	switch d.Verb {
	case wire.Enter:
		if d.Cookie == (wire.Cookie{}) {
			return as(s.Text("means.asks", "asks to enter"))
		}
		return as(s.Text("means.shows", "shows the cookie"))
	case wire.Try:
		return as(s.Text("means.try", "here is a cookie: show it, to prove your address"))
	case wire.Welcome:
		return as(s.Text("means.welcome", "you are in"))
	case wire.Up, wire.Down:
		first, last := d.Seq, d.Seq+uint64(d.Count())-1
		if d.From > 0 {
			return as(s.Text("means.gone", "lines {first} to {last}; those before {from} are gone",
				"first", first, "last", last, "from", d.From))
		}
		if first == last {
			return as(s.Text("means.line", "line {first}; I have yours up to {cum}",
				"first", first, "cum", d.Ack.Cum))
		}
		return as(s.Text("means.lines", "lines {first} to {last}; I have yours up to {cum}",
			"first", first, "last", last, "cum", d.Ack.Cum))
	case wire.Acked:
		if len(d.Ack.Bitmap) > 0 {
			return as(s.Text("means.gap", "I have your lines up to {cum}, and some after a gap",
				"cum", d.Ack.Cum))
		}
		return as(s.Text("means.ack", "I have your lines up to {cum}", "cum", d.Ack.Cum))
	case wire.Quit:
		return as(s.Text("means.quit", "I leave"))
	case wire.Exit:
		return as(s.Text("means.exit", "you have left, or the room ends"))
	case wire.Reset:
		return as(s.Text("means.reset", "there is no such session: enter again"))
	case wire.Seal:
		return as(s.Text("means.sealed", "sealed, number {number}", "number", d.Seq))
	case wire.None:
	}
	return event.Word{}
}

func quoted(data []byte) string { return fmt.Sprintf("%q", data) }
