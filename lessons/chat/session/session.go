// Package session is a member's end of the mtp wire: it enters a room, says lines until they are
// acknowledged, and takes each line of the room once and in order. It knows no socket, no process
// and no terminal: datagrams come in through Receive and go out through a function, and it is to be
// called when its time has come.
package session

import (
	"bytes"
	"crypto/rand"
	"slices"
	"time"

	"mtp/lessons/chat/reliable"
	"mtp/lessons/chat/seal"
	"mtp/lessons/chat/wire"
)

// The times of a session.
const (
	firstAsk  = 300 * time.Millisecond // before it is known that the room speaks this wire
	laterAsk  = 100 * time.Millisecond
	slowest   = time.Second
	patient   = 3 // how often it asks before it asks more rarely
	keepAlive = 5 * time.Second
	quitEach  = 100 * time.Millisecond
)

// heldBytes is how much of what comes past a gap is kept.
const heldBytes = 1 << 18

// Event is what has happened in a session.
type Event struct {
	Kind  Kind
	Line  []byte // valid during the call only
	Own   bool   // it is a line that was said here
	Count uint64 // of lines
	First uint64 // line
	Inner []byte // what was sealed
}

// Kind is the kind of an event. The list is closed.
type Kind byte

// The kinds.
const (
	Entered  Kind = iota + 1
	Returned      // in the same session, or in another of the same room: nothing is lost
	Anew          // in another room, which knows nothing of the one before
	Heard         // a line
	Missed        // so many lines have not come, and will not
	Repeated      // lines were sent once more
	Unknown       // the room does not know the session
	Refused       // a name
	Left
	Ended  // the room has
	Taken  // so many lines that were said here, from First on: the room has acknowledged them
	Opened // a sealed datagram from the room
	Sealed // one to the room
)

// Session is one member's. It belongs to one goroutine.
type Session struct {
	// Busy reports whether no line can be taken for now; nil: that never is. A line that is not
	// taken is not acknowledged, so the room says it again. After that Resume is to be called.
	Busy func() bool

	name   string
	secret *seal.Secret
	send   func(data []byte)
	tell   func(Event)

	nonce  wire.Nonce
	cookie wire.Cookie
	id     wire.ID
	log    wire.Log
	keys   *seal.Keys

	asking   bool      // to enter
	asked    time.Time // when last
	tries    int       // since somebody has answered
	entry    *seal.Entry
	question []byte // that asks, sealed
	proved   bool   // a sealed room has said something under the keys

	leaving, over bool
	quits         time.Time // when it said so last

	up     reliable.Sender
	lines  [][]byte // that were said, and not acknowledged; up.First is the number of the first
	base   uint64
	down   reliable.Receiver
	held   reliable.Budget
	ackDue time.Time
	ackNow bool
	fresh  bool      // something was acknowledged, so more may be sent
	taken  int       // datagrams since the last acknowledgement
	said   time.Time // anything
	heard  time.Time // anything

	inner, datagram []byte // what goes out
}

// New returns a session that has not begun. With a secret it enters sealed rooms only. What send
// and tell are given is valid during the call.
func New(name string, secret *seal.Secret, send func(data []byte), tell func(Event)) *Session {
	s := &Session{name: name, secret: secret, send: send, tell: tell, base: 1}
	s.held.Left = heldBytes
	_, _ = rand.Read(s.nonce[:]) // it never fails
	s.up = reliable.NewSender(1)
	s.down = reliable.NewReceiver(1, heldBytes, &s.held)
	return s
}

// In reports whether the member is in.
func (s *Session) In() bool { return s.id != wire.ID{} && !s.over }

// Entered reports whether the room has answered that the member is in.
func (s *Session) Entered() bool { return s.In() && !s.asking }

// Pending is how many lines were said and not acknowledged.
func (s *Session) Pending() int { return len(s.lines) }

// Silence is how long nothing has come from the room.
func (s *Session) Silence(now time.Time) time.Duration { return now.Sub(s.heard) }

// Repeats is how many datagrams with lines were sent again.
func (s *Session) Repeats() uint64 { return s.up.Repeats }

// Doubled is how many lines came more than once.
func (s *Session) Doubled() uint64 { return s.down.Doubled }

// Enter asks to be let in, for the first time or again.
func (s *Session) Enter(now time.Time) {
	s.asking, s.tries, s.heard = true, 0, now
	s.cookie, s.entry, s.question = wire.Cookie{}, nil, nil
	s.ask(now)
}

// Say says a line, as soon as it can.
func (s *Session) Say(now time.Time, line []byte) {
	s.lines = append(s.lines, bytes.Clone(line))
	s.pump(now)
}

// Resume takes the lines that have come meanwhile.
func (s *Session) Resume(now time.Time) {
	if s.In() && s.down.Ready() {
		s.down.Release(s.deliver)
		s.ackNow = true
		s.pump(now)
	}
}

// Farewell is what says that the member has left, for whoever is there when it can't say so itself.
// There is none in a sealed room: each datagram has a number there, which only the member knows.
func (s *Session) Farewell() []byte {
	if !s.In() || s.keys != nil {
		return nil
	}
	return wire.AppendQuit(nil, s.id)
}

// Leave says that the member leaves, until the room has heard it.
func (s *Session) Leave(now time.Time) {
	s.leaving, s.quits = true, now
	s.out(now, wire.AppendQuit(s.inner[:0], s.inside()))
}

// Due is when Tick is to be called; zero: not before something comes.
func (s *Session) Due() (due time.Time) {
	sooner := func(at time.Time) {
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	if s.over {
		return due
	}
	if s.asking {
		sooner(s.asked.Add(s.patience()))
	}
	if !s.In() {
		return due
	}
	if s.leaving {
		sooner(s.quits.Add(quitEach))
		return due
	}
	sooner(s.said.Add(keepAlive))
	if at := s.up.Due(); !at.IsZero() {
		sooner(at)
	}
	if !s.ackDue.IsZero() {
		sooner(s.ackDue)
	}
	if s.keys != nil && !s.proved {
		sooner(s.said.Add(quitEach))
	}
	return due
}

// Tick does what is due.
func (s *Session) Tick(now time.Time) {
	if s.over {
		return
	}
	if s.asking && !now.Before(s.asked.Add(s.patience())) {
		s.tries++
		s.ask(now)
	}
	if !s.In() {
		return
	}
	if s.leaving {
		if !now.Before(s.quits.Add(quitEach)) {
			s.Leave(now)
		}
		return
	}
	s.pump(now)
}

// patience is how long a question waits for its answer.
func (s *Session) patience() time.Duration {
	first := laterAsk
	if s.cookie == (wire.Cookie{}) && !s.In() {
		first = firstAsk
	}
	return min(first<<min(max(s.tries-patient, 0), 4), slowest)
}

func (s *Session) ask(now time.Time) {
	s.asked = now
	if s.question != nil {
		s.send(s.question)
		return
	}
	d := wire.Datagram{
		Name: []byte(s.name), Version: wire.Version, Nonce: s.nonce, Cookie: s.cookie,
		Log: s.log, Heard: s.down.Next() - 1, Next: s.up.First(),
	}
	if s.secret == nil {
		s.send(wire.AppendEnter(s.datagram[:0], d))
		return
	}
	outer := wire.Datagram{
		Name: []byte(wire.NoName), Version: wire.Sealed, Nonce: s.nonce, Cookie: s.cookie,
	}
	if s.cookie != (wire.Cookie{}) {
		entry, message, err := seal.Enter(*s.secret, prologue(outer), wire.AppendEnter(nil, d))
		if err != nil {
			return
		}
		s.entry, outer.Text = entry, wire.AppendText(nil, message)
		s.question = wire.AppendEnter(nil, outer)
		s.send(s.question)
		return
	}
	s.send(wire.AppendEnter(s.datagram[:0], outer))
}

// prologue is what both sides of a handshake have seen before it.
func prologue(d wire.Datagram) []byte { return slices.Concat(d.Nonce[:], d.Cookie[:]) }

// Receive takes a datagram. It reports whether that was one of the mtp wire for this session; any
// other may be one of the plain wire.
func (s *Session) Receive(now time.Time, raw []byte) (taken bool) {
	d, ok := wire.Parse(raw)
	if !ok || s.over {
		return ok
	}
	switch d.Verb {
	case wire.Try:
		if s.asking && d.Nonce == s.nonce && s.cookie != d.Cookie {
			if s.cookie == (wire.Cookie{}) && s.tries == 0 {
				s.up.Measured(now.Sub(s.asked))
			}
			s.cookie, s.tries, s.entry, s.question = d.Cookie, 0, nil, nil
			s.ask(now)
		}
		return true
	case wire.Welcome:
		if d.Nonce == s.nonce {
			s.welcome(now, d)
		}
		return true
	case wire.Reset:
		s.reset(now, d)
		return true
	}
	if d.Session != s.id || !s.In() {
		return true
	}
	if (d.Verb == wire.Seal) != (s.keys != nil) {
		return true // in a sealed room only what is sealed counts
	}
	if d.Verb == wire.Seal {
		sealed, ok := d.Unseal(nil)
		if !ok {
			return true
		}
		text, err := s.keys.Open(nil, s.id[:], d.Seq, sealed)
		if err != nil {
			return true
		}
		s.tell(Event{Kind: Opened, Inner: text})
		if d, ok = wire.Parse(text); !ok || d.Verb == wire.Seal {
			return true
		}
		s.proved = true
	}
	s.heard = now
	s.take(now, d)
	return true
}

// reset enters again, when the room does not know the session. That may be forged: until the room
// has let it in again, the session goes on.
func (s *Session) reset(now time.Time, d wire.Datagram) {
	if d.Session != s.id || !s.In() || s.asking {
		return
	}
	if s.leaving {
		s.over = true
		s.tell(Event{Kind: Left})
		return
	}
	s.tell(Event{Kind: Unknown})
	s.Enter(now)
}

// welcome takes the room's answer to who asks to enter.
func (s *Session) welcome(now time.Time, d wire.Datagram) {
	if !s.asking || (d.Version == wire.Sealed) != (s.secret != nil) {
		return
	}
	var keys *seal.Keys
	if s.secret != nil {
		sealed, ok := d.Unseal(nil)
		if !ok || s.entry == nil {
			return
		}
		text, fresh, err := s.entry.Finish(sealed)
		if err != nil {
			return
		}
		s.entry = nil
		if string(text) == wire.No {
			s.asking = false
			s.tell(Event{Kind: Refused})
			return
		}
		if d, ok = wire.Parse(text); !ok || d.Verb != wire.Welcome || d.Version != wire.Version {
			return
		}
		keys = fresh
	}
	s.asking, s.heard, s.question = false, now, nil
	kind := Returned
	switch {
	case s.log == wire.Log{}:
		kind = Entered
		s.begin(d)
	case d.Session == s.id:
	case d.Log == s.log:
		s.resume(d)
	default:
		kind = Anew
		s.begin(d)
	}
	s.id, s.log, s.keys, s.proved = d.Session, d.Log, keys, false
	s.ackNow = true
	s.tell(Event{Kind: kind, Count: uint64(len(s.lines))})
	s.pump(now)
}

// begin begins with a room's log.
func (s *Session) begin(d wire.Datagram) {
	s.down.Drop()
	s.down = reliable.NewReceiver(d.Heard+1, heldBytes, &s.held)
	s.resume(d)
}

// resume goes on with what the room has not acknowledged.
func (s *Session) resume(d wire.Datagram) {
	s.down.Drop()
	s.confirm(d.Next)
	s.up = s.up.Restart(max(d.Next, s.base))
}

// confirm drops the lines before one: the room has them.
func (s *Session) confirm(next uint64) {
	if next > s.base {
		first, count := s.base, min(next-s.base, uint64(len(s.lines)))
		s.lines = slices.Delete(s.lines, 0, int(count))
		s.base = next
		if count > 0 {
			s.tell(Event{Kind: Taken, First: first, Count: count})
		}
	}
}

// take does what the room says.
func (s *Session) take(now time.Time, d wire.Datagram) {
	if d.Acks && d.Ack.Cum < s.base+uint64(len(s.lines)) {
		s.fresh = s.up.Ack(now, d.Ack) || s.fresh
		s.confirm(min(s.up.First(), d.Ack.Cum+1)) // of those past a gap it may let go
	}
	switch d.Verb {
	case wire.Down:
		if d.From > s.down.Next() {
			if missed := s.down.Skip(d.From, s.deliver); missed > 0 {
				s.tell(Event{Kind: Missed, Count: missed})
			}
		}
		gap := s.down.Gap()
		fresh := s.down.Take(d.Seq, d.Lines, s.deliver)
		s.taken++
		if !fresh || gap || s.down.Gap() || s.taken >= ackEvery {
			s.ackNow = true
		} else if s.ackDue.IsZero() {
			s.ackDue = now.Add(reliable.AckDelay)
		}
	case wire.Exit:
		s.over = true
		kind := Ended
		if s.leaving {
			kind = Left
		}
		s.tell(Event{Kind: kind})
	}
}

// Flush sends what has come of what was received. It is to be called when nothing more has come for
// now: one acknowledgement may be for many datagrams.
func (s *Session) Flush(now time.Time) {
	if !s.leaving && (s.ackNow || s.fresh) {
		s.fresh = false
		s.pump(now)
	}
}

// ackEvery is how many datagrams one acknowledgement is for, at most.
const ackEvery = 8

func (s *Session) deliver(_ uint64, line []byte) bool {
	if s.Busy != nil && s.Busy() {
		return false
	}
	who, _, spoken := bytes.Cut(line, []byte(":"))
	s.tell(Event{Kind: Heard, Line: line, Own: spoken && string(who) == s.name})
	return true
}

// pump sends what is to be sent now.
func (s *Session) pump(now time.Time) {
	if !s.In() {
		return
	}
	for {
		first, count, due := s.up.Repeat(now)
		if !due {
			break
		}
		s.tell(Event{Kind: Repeated, First: first, Count: uint64(count)})
		s.sendLines(now, first, s.lines[first-s.base:][:count])
	}
	for s.up.Open() {
		first := s.up.Next()
		waiting := s.lines[first-s.base:]
		if len(waiting) == 0 {
			break
		}
		count := fitting(waiting, s.room())
		s.up.Send(now, count)
		s.sendLines(now, first, waiting[:count])
	}
	due := !s.ackDue.IsZero() && !now.Before(s.ackDue)
	prove := s.keys != nil && !s.proved && !now.Before(s.said.Add(quitEach))
	if s.ackNow || due || prove || !now.Before(s.said.Add(keepAlive)) {
		s.out(now, wire.AppendAck(s.inner[:0], s.inside(), s.down.Ack(maxDigits)))
		s.acked()
	}
}

// maxDigits are those of the bitmap of an acknowledgement that goes alone.
const maxDigits = 512

// fitting is how many lines fit into so many bytes: at least one.
func fitting(lines [][]byte, room int) (count int) {
	for _, line := range lines {
		room -= len(line) + 1
		if count > 0 && room < -1 {
			break
		}
		count++
	}
	return count
}

// room is how many bytes the lines of a datagram may have, and a newline after each.
func (s *Session) room() int {
	if s.secret != nil {
		return wire.SealedLineBytes
	}
	return wire.LineBytes
}

// fewDigits are those of the bitmap of an acknowledgement that goes with lines.
const fewDigits = 32

func (s *Session) sendLines(now time.Time, first uint64, lines [][]byte) {
	ack := s.down.Ack(fewDigits)
	s.inner = wire.AppendLines(s.inner[:0], wire.Up, s.inside(), first, &ack, 0)
	for i, line := range lines {
		if i > 0 {
			s.inner = append(s.inner, '\n')
		}
		s.inner = append(s.inner, line...)
	}
	s.acked()
	s.out(now, s.inner)
}

func (s *Session) acked() { s.ackNow, s.ackDue, s.taken = false, time.Time{}, 0 }

// inside is the session as a datagram names it: sealed ones do so around it.
func (s *Session) inside() wire.ID {
	if s.keys != nil {
		return wire.ID{}
	}
	return s.id
}

// out sends a datagram of the session.
func (s *Session) out(now time.Time, inner []byte) {
	s.said = now
	s.inner = inner
	if s.keys == nil {
		s.send(inner)
		return
	}
	s.tell(Event{Kind: Sealed, Inner: inner})
	counter, sealed, err := s.keys.Seal(nil, s.id[:], inner)
	if err != nil {
		s.Enter(now) // for new keys
		return
	}
	s.datagram = wire.AppendSeal(s.datagram[:0], s.id, counter, sealed)
	s.send(s.datagram)
}
