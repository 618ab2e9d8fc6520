// Package room is the chat room: who is in it, and what each datagram makes it do. It knows no
// socket, no process and no terminal: datagrams come in through Receive, and go out, addressed,
// through the functions of a Wire.
package room

import (
	"bytes"
	"hash/maphash"
	"net/netip"
	"time"

	"mtp/lessons/chat/cookie"
	"mtp/lessons/chat/reliable"
	"mtp/lessons/chat/seal"
	"mtp/lessons/chat/visible"
	"mtp/lessons/chat/wire"
)

// DefaultRate is how many messages a second a member may send; two and a half times as many at
// once.
const DefaultRate = 20

// Wire is what the room needs of the world. Data is valid during the call only.
type Wire struct {
	Reply func(to netip.AddrPort, slot int, data []byte) // slot is a member's, or NoSlot
	Relay func(to Table, except int, data []byte)        // to all but the one in this slot
	Tell  func(Event)

	// Send sends to a member on the mtp wire: somebody who has proved to receive at this address.
	// Show, unless it is nil, is told what is inside of a sealed datagram, and of repeats.
	Send func(to netip.AddrPort, slot int, data []byte)
	Show func(Shown)
}

// Shown is what can't be seen of a datagram on the wire.
type Shown struct {
	Out    bool // from the room
	Addr   netip.AddrPort
	Inner  []byte // what is sealed in it; nil: nothing is
	First  uint64 // of the lines that are sent once more
	Count  int    // of those
	Repeat bool
}

// Event is what has happened in the room.
type Event struct {
	Kind    Kind
	Addr    netip.AddrPort
	Name    string
	Text    []byte        // valid during the call only
	Reason  Reason        // of a refusal
	Members int           // in the room, now
	Wire    string        // of who has entered: its version; empty: the plain one
	Error   error         // of the journal
	Silent  time.Duration // how long a member of its kind may be silent
}

// Kind is the kind of an event. The list is closed.
type Kind string

// The kinds.
const (
	Entered   Kind = "entered"
	Again     Kind = "entered_again" // the same member, from the same address
	Spoke     Kind = "spoke"
	Left      Kind = "left"
	Vanished  Kind = "vanished" // its address answers no more
	Idle      Kind = "idle"     // it has said nothing for too long
	Refused   Kind = "refused"
	Moved     Kind = "moved"     // to another address
	Believed  Kind = "believed"  // it has proved the address that it claims
	Displaced Kind = "displaced" // the room was full, and it had not answered yet
	Unkept    Kind = "unkept"    // the journal can't be written any more
)

// Room is a chat room. It belongs to one goroutine.
type Room struct {
	wire    Wire
	idle    time.Duration
	rate    float64
	members members
	out     []byte // the datagram that goes out
	refused map[Reason]int

	log      lineLog
	logging  bool // somebody on the mtp wire has been here, and may come back
	peers    map[wire.ID]*Member
	jar      *cookie.Jar
	touched  []*Member // to whom something may be due
	grown    bool      // the log, since the last Flush
	due      time.Time // when something is, at the earliest
	inner    []byte    // a datagram before it is sealed
	sealed   []byte    // and after
	datagram []byte
	held     reliable.Budget
	repeats  uint64
	delayed  uint64
	journal  Journal
	streams  map[stream]uint64 // how far each entry has come, as the journal has it
	gone     goneNonces
	secret   *seal.Secret
	halfOpen map[wire.ID]*halfOpen
	plain    Plain
	entries  entries
	strays   bucket
}

// Plain is who may be on the plain wire.
type Plain byte

// From where.
const (
	PlainEverywhere Plain = iota
	PlainNearby           // on this machine only
	PlainNowhere
)

// New returns an empty room. A member that has said nothing for so long loses its place, and one
// that says more than so many messages a second is not heard.
func New(w Wire, idle time.Duration, rate int) *Room {
	return &Room{
		wire: w, idle: idle, rate: float64(rate),
		members: newMembers(), refused: map[Reason]int{},
		held: reliable.Budget{Left: allHeldBytes},
		log:  newLog(), peers: map[wire.ID]*Member{}, jar: cookie.New(),
		streams: map[stream]uint64{}, halfOpen: map[wire.ID]*halfOpen{},
		entries: entries{seed: maphash.MakeSeed()},
	}
}

// Only says who may be on the plain wire.
func (r *Room) Only(plain Plain) { r.plain = plain }

// Members is how many there are.
func (r *Room) Members() int { return len(r.members.byAddr) }

// Names are their names.
func (r *Room) Names() []string {
	names := make([]string, 0, r.Members())
	for _, m := range r.members.table {
		if m != nil {
			names = append(names, m.name)
		}
	}
	return names
}

// Refused is how many datagrams were refused, by reason.
func (r *Room) Refused() map[Reason]int { return r.refused }

// Receive does what a datagram asks for, or refuses it. It never fails.
func (r *Room) Receive(from netip.AddrPort, raw []byte) {
	from = bare(from)
	if from.Port() == 0 {
		r.refuse(from, "", NoPort)
		return
	}
	if r.receivePeer(from, raw) {
		return
	}
	d, reason := parse(raw)
	if reason == None && r.notPlain(from) {
		reason = NotPlain
	}
	if reason != None {
		r.refuse(from, "", reason)
		return
	}
	if d.verb == enter {
		r.enter(from, string(d.name), len(raw))
		return
	}
	m := r.members.byAddr[from]
	if m == nil || m.peer != nil || m.name != string(d.name) {
		// Whoever knows a name can't speak for its member from elsewhere.
		r.refuse(from, "", Stranger)
		if m == nil && len(raw) >= len(Exit) { // it may think that it is a member
			r.sendAway(from)
		}
		return
	}
	if m.claim != nil {
		m.claim.owed += len(raw)
	}
	if d.verb == quit {
		r.remove(m, Left)
		r.reply(m, Exit)
		return
	}
	r.speak(m, d.text)
}

// sendAway tells somebody who is no member that this is so. Nobody needs thousands of those a
// second.
func (r *Room) sendAway(to netip.AddrPort) {
	const each, most = 1000, MaxMembers
	if r.strays.spend(time.Now(), 1, each, most) {
		r.wire.Reply(to, NoSlot, []byte(Exit))
	}
}

// bare is an address without IPv6 around an IPv4 one.
func bare(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}

// Say lets the administrator speak.
func (r *Room) Say(text []byte) (ok bool) {
	if len(text) == 0 || len(text) > maxText {
		return false
	}
	r.out = append(append(r.out[:0], Admin...), ':')
	r.out = visible.Append(r.out, text)
	r.publish(Said{Line: r.out}, nil)
	return true
}

// publish tells all a line, or all but the one who said it.
func (r *Room) publish(said Said, by *Member) {
	except := NoSlot
	if by != nil {
		except = by.Slot
	}
	if r.members.hasPlain() {
		r.wire.Relay(r.members.plain, except, said.Line)
	}
	r.keep(said, by)
}

// keep adds a line to the log, for those who are or were on the mtp wire, and for the journal.
func (r *Room) keep(said Said, by *Member) {
	if !r.logging && r.journal == nil {
		return
	}
	said.Number = r.log.next
	said.Line = bytes.Clone(bytes.TrimPrefix(said.Line, []byte("\n")))
	r.log.add(said.Line, by)
	r.grown = true
	if r.journal != nil {
		r.journal.Add(said)
	}
}

// notPlain reports whether the plain wire is closed to an address.
func (r *Room) notPlain(from netip.AddrPort) bool {
	return r.plain == PlainNowhere || r.plain == PlainNearby && !from.Addr().IsLoopback()
}

// End tells all members that this is the end: it is what a member is told when it leaves, so a
// client of the course ends as well.
func (r *Room) End() {
	r.wire.Relay(r.members.plain, NoSlot, []byte(Exit))
	for _, m := range r.members.table {
		if m != nil && m.claim != nil {
			r.reply(m, Exit)
		}
	}
	r.endPeers()
}

// Unreachable says that nobody receives at this address any more (ICMP): the name is free at once,
// on the plain wire. On the mtp wire the member may be on its way to another address.
func (r *Room) Unreachable(addr netip.AddrPort) {
	if m := r.members.byAddr[bare(addr)]; m != nil && m.peer == nil {
		r.remove(m, Vanished)
	}
}

// Expire removes the members that have said nothing for too long. It is to be called now and then.
func (r *Room) Expire() {
	for _, m := range r.members.table {
		if m != nil && time.Since(m.heard) >= r.patience(m) {
			r.expel(m, Idle)
		}
	}
	r.expireHalfOpen()
}

// enter lets somebody in. Whoever is in already under the same name is told so again: the answer
// may have been lost. So many bytes have come.
func (r *Room) enter(from netip.AddrPort, name string, came int) {
	key, ok := fold(name)
	m := r.members.byAddr[from]
	switch {
	case m != nil:
		if m.claim != nil {
			m.claim.owed += came
		}
		if m.name != name || m.peer != nil {
			r.refuse(from, name, OtherName)
			r.reply(m, taken(from, came))
			return
		}
		if m.heard = time.Now(); !r.earn(m, m.heard) {
			return
		}
		m.allowance.credit--
		r.reply(m, Welcome)
		if m.announced() {
			r.tell(Again, m)
		}
		return
	case !ok:
		r.refuse(from, name, BadName)
	case r.members.byKey[key] != nil:
		r.refuse(from, name, NameTaken)
	default:
		now := time.Now()
		m := &Member{Addr: from, name: name, key: key, since: now, heard: now}
		if !from.Addr().IsLoopback() {
			m.claim = newClaim(came)
		}
		if why := r.maySit(from); why != None {
			r.refuse(from, name, why) // a full room answers nobody
		} else if !r.entries.allow(m, r.Members(), now) {
			r.refuse(from, name, Crowding)
		} else {
			r.admit(m)
		}
		return
	}
	r.wire.Reply(from, NoSlot, []byte(taken(from, came)))
}

// taken is what somebody is told who can't have a name: never more bytes than came, where the
// address may be forged.
func taken(from netip.AddrPort, came int) string {
	if !from.Addr().IsLoopback() && came < len(Taken) {
		return wire.No
	}
	return Taken
}

// maySit reports why there is no seat for somebody.
func (r *Room) maySit(from netip.AddrPort) Reason {
	if free, _ := r.members.seatFor(from, time.Now()); !free {
		return Full
	}
	return None
}

// admit lets a member in that may sit.
func (r *Room) admit(m *Member) {
	if _, instead := r.members.seatFor(m.Addr, m.since); instead != nil {
		r.expel(instead, Displaced)
	}
	r.members.add(m)
	if m.peer == nil {
		r.reply(m, Welcome)
	}
	if m.announced() {
		r.announce(entered, m)
		r.tell(Entered, m)
	}
}

// burst is how many messages a member may send at once.
func (r *Room) burst() float64 { return 2.5 * r.rate }

// earn gives a member what it has earned since that was done last. It reports whether it may speak.
func (r *Room) earn(m *Member, now time.Time) (may bool) {
	return m.allowance.earn(now, r.rate, r.burst())
}

// speak relays what a member says, unless it says too much.
func (r *Room) speak(m *Member, text []byte) {
	m.heard = time.Now()
	if !r.earn(m, m.heard) {
		r.refuse(m.Addr, m.name, Fast)
		if !m.warned {
			m.warned = true
			r.reply(m, TooFast)
		}
		return
	}
	m.allowance.credit--
	m.warned = m.warned && m.allowance.credit < r.burst()/2
	if m.claim != nil && !m.spoke {
		if !r.entries.allowAnnouncement(r.Members(), m.heard) {
			r.refuse(m.Addr, m.name, Crowding)
			return
		}
		m.spoke = true
		r.announce(entered, m)
		r.tell(Entered, m)
	}
	m.spoke = true
	if m.claim != nil && r.answers(m, text) {
		return
	}
	r.relay(m, text, wire.Nonce{}, 0)
	r.ask(m)
}

// relay relays what a member says, if it is something.
func (r *Room) relay(m *Member, text []byte, nonce wire.Nonce, seq uint64) {
	r.out = append(append(r.out[:0], m.name...), ':')
	said := len(r.out)
	r.out = visible.Append(r.out, text)
	switch {
	case len(r.out) == said: // nothing is left of it
		r.refuse(m.Addr, m.name, NoText)
	case len(r.out) > r.maxLine():
		r.refuse(m.Addr, m.name, TooLong)
	default:
		r.publish(Said{Name: m.name, Nonce: nonce, Seq: seq, Line: r.out}, m)
		r.wire.Tell(Event{
			Kind: Spoke, Addr: m.Addr, Name: m.name, Text: r.out[said:], Members: r.Members(),
		})
	}
}

// expel takes a member out that has not asked for it, and tells it so.
func (r *Room) expel(m *Member, why Kind) {
	if m.peer == nil {
		r.reply(m, Exit)
	}
	r.remove(m, why)
}

// remove takes a member out and tells the others.
func (r *Room) remove(m *Member, why Kind) {
	r.members.remove(m)
	r.dismiss(m, why)
	if m.announced() {
		r.announce(left, m)
		r.tell(why, m)
	}
}

// announce tells the others of a member.
func (r *Room) announce(sentence string, m *Member) {
	before, after, _ := bytes.Cut([]byte(sentence), []byte("%s"))
	r.out = append(append(append(r.out[:0], before...), m.name...), after...)
	r.publish(Said{Line: r.out}, m)
}

func (r *Room) reply(to *Member, text string) {
	if to.claim.pays(len(text)) {
		r.wire.Reply(to.Addr, to.Slot, []byte(text))
	}
}

// tell tells the world what a member has done.
func (r *Room) tell(what Kind, m *Member) {
	r.wire.Tell(Event{
		Kind: what, Addr: m.Addr, Name: m.name, Members: r.Members(), Wire: m.version(),
		Silent: r.patience(m),
	})
}

// refuse counts a datagram that does nothing.
func (r *Room) refuse(from netip.AddrPort, name string, why Reason) {
	r.refused[why]++
	r.wire.Tell(Event{Kind: Refused, Addr: from, Name: name, Reason: why, Members: r.Members()})
}
