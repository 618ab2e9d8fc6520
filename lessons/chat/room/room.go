// Package room is the chat room: who is in it, and what each datagram makes it do. It knows no socket, no process and no
// terminal: datagrams come in through Receive, and go out through the functions of a Wire.
package room

import (
	"bytes"
	"net/netip"
	"time"

	"mtp/lessons/chat/visible"
)

// Limits, with their defaults.
const (
	MaxMembers  = 1000
	maxPerIP    = 16 // loopback excepted
	DefaultRate = 20 // messages a second of a member; two and a half times as many at once
)

// Wire is what the room needs of the world. Data is valid during the call only.
type Wire struct {
	Reply func(to netip.AddrPort, data []byte)
	Relay func(data []byte, except int) // to all members but the one in this slot; NoSlot is nobody's
	Enter func(slot int, addr netip.AddrPort)
	Leave func(slot int)
	Tell  func(Event)
}

// NoSlot is no member's.
const NoSlot = -1

// Event is what has happened in the room.
type Event struct {
	Kind    Kind
	Addr    netip.AddrPort
	Name    string
	Text    []byte // valid during the call only
	Reason  Reason // of a refusal
	Members int    // in the room, now
}

// Kind is the kind of an event. The list is closed.
type Kind string

// The kinds.
const (
	Entered  Kind = "entered"
	Again    Kind = "entered_again" // the same member, from the same address
	Spoke    Kind = "spoke"
	Left     Kind = "left"
	Vanished Kind = "vanished" // its address answers no more
	Idle     Kind = "idle"     // it has said nothing for too long
	Refused  Kind = "refused"
)

// Room is a chat room. It belongs to one goroutine.
type Room struct {
	wire    Wire
	idle    time.Duration
	rate    float64
	members []*member // by slot; nil where there is none
	free    []int
	byAddr  map[netip.AddrPort]*member
	byKey   map[string]*member
	perIP   map[netip.Addr]int
	out     []byte
	refused map[Reason]int
}

type member struct {
	slot   int
	addr   netip.AddrPort
	name   string
	key    string
	heard  time.Time
	credit float64 // how many messages it may send at once
	warned bool    // that it is too fast, since it was last not
}

// New returns an empty room. A member who has said nothing for so long loses its place, and one who says more than so many messages a
// second is not heard.
func New(wire Wire, idle time.Duration, rate int) *Room {
	return &Room{
		wire: wire, idle: idle, rate: float64(rate), byAddr: map[netip.AddrPort]*member{}, byKey: map[string]*member{}, perIP: map[netip.Addr]int{},
		refused: map[Reason]int{},
	}
}

// Members is how many there are.
func (r *Room) Members() int { return len(r.byAddr) }

// Refused is how many datagrams were refused, by reason.
func (r *Room) Refused() map[Reason]int { return r.refused }

// Receive does what a datagram asks for, or refuses it. It never fails.
func (r *Room) Receive(from netip.AddrPort, raw []byte) {
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if from.Port() == 0 {
		r.refuse(from, "", NoPort)
		return
	}
	d, reason := parse(raw)
	if reason != None {
		r.refuse(from, "", reason)
		return
	}
	if d.verb == enter {
		r.enter(from, string(d.name))
		return
	}
	m := r.byAddr[from]
	if m == nil || m.name != string(d.name) { // who knows a name can't speak for its member from elsewhere
		r.refuse(from, "", Stranger)
		return
	}
	if d.verb == quit {
		r.remove(m, Left)
		r.wire.Reply(from, []byte(Exit))
		return
	}
	r.speak(m, d.text)
}

// Say lets the administrator speak.
func (r *Room) Say(text []byte) (ok bool) {
	if len(text) == 0 || len(text) > maxText {
		return false
	}
	r.out = append(append(r.out[:0], admin...), ':')
	r.out = visible.Append(r.out, text)
	r.wire.Relay(r.out, NoSlot)
	return true
}

// Unreachable says that nobody receives at this address any more (ICMP): the name is free at once.
func (r *Room) Unreachable(addr netip.AddrPort) {
	if m := r.byAddr[netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())]; m != nil {
		r.remove(m, Vanished)
	}
}

// Expire removes the members who have said nothing for too long. It is to be called now and then.
func (r *Room) Expire() {
	for _, m := range r.members {
		if m != nil && time.Since(m.heard) >= r.idle {
			r.remove(m, Idle)
		}
	}
}

// enter lets somebody in. Who is in already under the same name is told so again: the answer may have been lost.
func (r *Room) enter(from netip.AddrPort, name string) {
	key, ok := fold(name)
	switch m := r.byAddr[from]; {
	case m != nil && m.name == name:
		m.heard = time.Now()
		r.wire.Reply(from, []byte(Welcome))
		r.wire.Tell(Event{Kind: Again, Addr: from, Name: name, Members: r.Members()})
		return
	case m != nil:
		r.refuse(from, name, OtherName)
	case !ok:
		r.refuse(from, name, BadName)
	case r.byKey[key] != nil:
		r.refuse(from, name, NameTaken)
	case r.Members() == MaxMembers, !from.Addr().IsLoopback() && r.perIP[from.Addr()] == maxPerIP:
		r.refuse(from, name, Full)
		return // a full room answers nobody
	default:
		r.admit(from, name, key)
		return
	}
	r.wire.Reply(from, []byte(Taken))
}

func (r *Room) admit(from netip.AddrPort, name, key string) {
	m := &member{addr: from, name: name, key: key, heard: time.Now(), credit: r.burst()}
	if last := len(r.free) - 1; last >= 0 {
		m.slot = r.free[last]
		r.free = r.free[:last]
		r.members[m.slot] = m
	} else {
		m.slot = len(r.members)
		r.members = append(r.members, m)
	}
	r.byAddr[from], r.byKey[key] = m, m
	r.perIP[from.Addr()]++
	r.wire.Enter(m.slot, from)
	r.wire.Reply(from, []byte(Welcome))
	r.announce(entered, m)
	r.wire.Tell(Event{Kind: Entered, Addr: from, Name: name, Members: r.Members()})
}

// burst is how many messages a member may send at once.
func (r *Room) burst() float64 { return 2.5 * r.rate }

// speak relays what a member says, unless it says too much.
func (r *Room) speak(m *member, text []byte) {
	now := time.Now()
	m.credit = min(m.credit+now.Sub(m.heard).Seconds()*r.rate, r.burst())
	m.heard = now
	if m.credit < 1 {
		r.refuse(m.addr, m.name, Fast)
		if !m.warned {
			m.warned = true
			r.wire.Reply(m.addr, []byte(tooFast))
		}
		return
	}
	m.credit--
	m.warned = m.warned && m.credit < r.burst()/2
	r.out = append(append(r.out[:0], m.name...), ':')
	said := len(r.out)
	r.out = visible.Append(r.out, text)
	switch {
	case len(r.out) == said: // nothing is left of it
		r.refuse(m.addr, m.name, NoText)
	case len(r.out) > MaxBytes:
		r.refuse(m.addr, m.name, TooLong)
	default:
		r.wire.Relay(r.out, m.slot)
		r.wire.Tell(Event{Kind: Spoke, Addr: m.addr, Name: m.name, Text: r.out[said:], Members: r.Members()})
	}
}

// remove takes a member out and tells the others.
func (r *Room) remove(m *member, why Kind) {
	delete(r.byAddr, m.addr)
	delete(r.byKey, m.key)
	if r.perIP[m.addr.Addr()]--; r.perIP[m.addr.Addr()] == 0 {
		delete(r.perIP, m.addr.Addr())
	}
	r.members[m.slot] = nil
	r.free = append(r.free, m.slot)
	r.wire.Leave(m.slot)
	r.announce(left, m)
	r.wire.Tell(Event{Kind: why, Addr: m.addr, Name: m.name, Members: r.Members()})
}

// announce tells the others of a member.
func (r *Room) announce(sentence string, m *member) {
	before, after, _ := bytes.Cut([]byte(sentence), []byte("%s"))
	r.out = append(append(append(r.out[:0], before...), m.name...), after...)
	r.wire.Relay(r.out, m.slot)
}

// refuse counts a datagram that does nothing.
func (r *Room) refuse(from netip.AddrPort, name string, why Reason) {
	r.refused[why]++
	r.wire.Tell(Event{Kind: Refused, Addr: from, Name: name, Reason: why, Members: r.Members()})
}
