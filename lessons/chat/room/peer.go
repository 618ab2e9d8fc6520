package room

import (
	"crypto/rand"
	"net/netip"
	"slices"
	"time"

	"mtp/lessons/chat/reliable"
	"mtp/lessons/chat/seal"
	"mtp/lessons/chat/wire"
)

// The times of the mtp wire, and what is kept for a member.
const (
	peerPatience = 30 * time.Second // it says something every 5 s
	keepAlive    = 5 * time.Second
	releaseEach  = 50 * time.Millisecond           // lines that had to wait
	ackEvery     = 8                               // datagrams
	heldBytes    = reliable.Window * wire.MaxBytes // past a gap
	allHeldBytes = 2 << 20                         // of all members
	maxDigits    = 512                             // of the bitmap of a lone acknowledgement
	fewDigits    = 32                              // of one that goes with lines
)

// peer is what the room knows of a member on the mtp wire: what is on its way in both directions.
type peer struct {
	id      wire.ID
	nonce   wire.Nonce
	up      reliable.Receiver
	down    reliable.Sender
	from    uint64     // lines before it are gone, which the member is to be told; 0: none are
	keys    *seal.Keys // in a sealed room
	said    time.Time  // anything, to it
	ackDue  time.Time
	ownDue  time.Time // when it is told its own lines, should no other come
	ackNow  bool
	touched bool
	taken   int // datagrams since the last acknowledgement
}

func (m *Member) version() string {
	switch {
	case m.peer == nil:
		return ""
	case m.keys != nil:
		return wire.Sealed
	}
	return wire.Version
}

// patience is how long a member may be silent.
func (r *Room) patience(m *Member) time.Duration {
	switch {
	case m.peer != nil:
		return peerPatience
	case m.claim != nil:
		return min(r.idle, claimPatience)
	}
	return r.idle
}

// maxLine is how many bytes a line may have.
func (r *Room) maxLine() int {
	if r.secret != nil {
		return wire.SealedLineBytes
	}
	return MaxBytes
}

// receivePeer does what a datagram of the mtp wire asks for. It reports whether it was one that a
// room is sent.
func (r *Room) receivePeer(from netip.AddrPort, raw []byte) (taken bool) {
	if len(raw) < 2 || raw[0] == speak { // most are that, on the plain wire
		return false
	}
	d, ok := wire.Parse(raw)
	if !ok {
		return false
	}
	switch d.Verb {
	case wire.Enter:
		r.enterPeer(from, raw, d)
		return true
	case wire.Up, wire.Acked, wire.Quit, wire.Seal:
		if d.Session == (wire.ID{}) {
			return false
		}
		r.peerSays(from, raw, d)
		return true
	}
	return false
}

// enterPeer lets a member in that has shown the cookie of its address. Nothing is stored for
// anybody else, and nobody else is told more bytes than it has sent.
func (r *Room) enterPeer(from netip.AddrPort, raw []byte, d wire.Datagram) {
	now := time.Now()
	switch sealed := d.Version == wire.Sealed; {
	case sealed && r.secret == nil:
		r.refuse(from, "", Sealing)
		if len(Taken) <= len(raw) {
			r.wire.Reply(from, NoSlot, []byte(Taken)) // it learns that the room is not sealed
		}
		return
	case !sealed && r.secret != nil:
		r.refuse(from, "", NotSealed)
		return
	}
	if !r.jar.Knows(d.Cookie, from, d.Name, now) {
		if len(raw) < wire.TryBytes {
			r.refuse(from, "", NoCookie)
			return
		}
		r.inner = wire.AppendTry(r.inner[:0], d.Nonce, r.jar.Make(from, d.Name, now))
		r.wire.Reply(from, NoSlot, r.inner)
		return
	}
	if r.secret != nil {
		r.enterSealed(from, d, now)
		return
	}
	m, why := r.mayEnter(from, d)
	if why == None && m == nil && !r.entries.allow(&Member{Addr: from}, r.Members(), now) {
		why = Crowding
	}
	switch {
	case why == Full, why == Crowding, why == NoSession: // a full room answers nobody
		r.refuse(from, string(d.Name), why)
		return
	case why != None:
		r.refuse(from, string(d.Name), why)
		r.wire.Reply(from, NoSlot, []byte(Taken))
		return
	}
	if m == nil {
		m = r.newPeer(from, d, newID(), now)
	} else {
		r.again(m, from, now)
	}
	r.inner = wire.AppendWelcome(r.inner[:0], r.welcome(d.Nonce, m.id, m.up.Next(), m.down.First()))
	r.sendPeer(m, r.inner, now)
}

func newID() (id wire.ID) {
	_, _ = rand.Read(id[:]) // it never fails
	return id
}

func (r *Room) welcome(nonce wire.Nonce, id wire.ID, next, first uint64) wire.Datagram {
	return wire.Datagram{
		Version: wire.Version, Nonce: nonce, Session: id,
		Log: r.log.id, Next: next, Heard: first - 1,
	}
}

// mayEnter tells whether a member may enter; if it is in already, which one that is.
func (r *Room) mayEnter(from netip.AddrPort, d wire.Datagram) (m *Member, why Reason) {
	name := string(d.Name)
	key, ok := fold(name)
	m = r.members.byKey[key]
	there := r.members.byAddr[from]
	again := m != nil && m.peer != nil && m.nonce == d.Nonce && m.name == name
	switch {
	case !ok:
		return nil, BadName
	case there != nil && (there != m || !again):
		return nil, OtherName
	case again:
		return m, None
	case r.gone.has(d.Nonce): // it is a late repeat of one who has left
		return nil, NoSession
	case m != nil:
		return nil, NameTaken
	}
	return nil, r.maySit(from)
}

// starts are the numbers of the first line that a member is to say, and of the first that it is
// told: where it was, if it was here before.
func (r *Room) starts(d wire.Datagram) (up, down uint64) {
	up, down = max(d.Next, 1), r.log.next
	if said, is := r.streams[stream{string(d.Name), d.Nonce}]; is {
		up = said + 1
	}
	if d.Log == r.log.id && d.Heard < r.log.next {
		down = d.Heard + 1
	}
	return up, down
}

// newPeer lets a member in.
func (r *Room) newPeer(from netip.AddrPort, d wire.Datagram, id wire.ID, now time.Time) *Member {
	up, down := r.starts(d)
	m := r.seat(from, d, id, up, down, now)
	if own := r.log.next - 1; down == own { // it need not be told of itself
		m.down = reliable.NewSender(own + 1)
	}
	return m
}

func (r *Room) seat(
	from netip.AddrPort, d wire.Datagram, id wire.ID, up, down uint64, now time.Time,
) *Member {
	name := string(d.Name)
	key, _ := fold(name)
	m := &Member{
		Addr: from, name: name, key: key, since: now, heard: now, spoke: true,
		peer: &peer{
			id: id, nonce: d.Nonce, said: now,
			up: reliable.NewReceiver(up, heldBytes, &r.held), down: reliable.NewSender(down),
		},
	}
	r.peers[id] = m
	r.logging = true
	r.admit(m)
	r.touch(m)
	return m
}

// again sees to a member that has asked to enter once more: from where it is, or from another
// address.
func (r *Room) again(m *Member, from netip.AddrPort, now time.Time) {
	m.heard = now
	if m.Addr != from {
		r.members.move(m, from)
		r.tell(Moved, m)
	} else {
		r.tell(Again, m)
	}
	r.touch(m)
}

// peerSays does what a session's datagram says.
func (r *Room) peerSays(from netip.AddrPort, raw []byte, d wire.Datagram) {
	now := time.Now()
	if (d.Verb == wire.Seal) != (r.secret != nil) {
		r.refuse(from, "", cond(r.secret != nil, NotSealed, Sealing))
		return
	}
	m := r.peers[d.Session]
	if r.secret != nil {
		var ok bool
		if m, d, ok = r.open(from, m, d, now); !ok {
			return
		}
	}
	if m == nil || m.Addr != from {
		if d.Verb != wire.Quit { // of one that has left and has not heard so
			r.refuse(from, "", NoSession)
		}
		if reset := wire.AppendReset(r.inner[:0], d.Session); len(reset) <= len(raw) {
			r.inner = reset
			r.wire.Reply(from, NoSlot, reset)
		}
		return
	}
	m.heard = now
	r.earn(m, now)
	if d.Acks && m.down.Ack(now, d.Ack) {
		r.touch(m)
	}
	if m.from > 0 && d.Acks && d.Ack.Cum+1 >= m.from {
		m.from = 0
	}
	switch d.Verb {
	case wire.Up:
		r.hear(m, d, now)
	case wire.Quit:
		r.inner = wire.AppendExit(r.inner[:0], m.inside())
		r.sendPeer(m, r.inner, now)
		r.remove(m, Left)
	}
}

func cond(is bool, a, b Reason) Reason {
	if is {
		return a
	}
	return b
}

// hear takes lines that a member says. Those that are more than it may say are left alone, and not
// acknowledged, so they come again.
func (r *Room) hear(m *Member, d wire.Datagram, now time.Time) {
	gap := m.up.Gap()
	fresh := m.up.Take(d.Seq, d.Lines, r.takes(m))
	if m.taken++; !fresh || gap || m.up.Gap() || m.taken >= ackEvery {
		m.ackNow = true
	} else if m.ackDue.IsZero() {
		m.ackDue = now.Add(reliable.AckDelay)
	}
	r.touch(m)
}

// takes returns what takes a line, unless it is more than the member may say.
func (r *Room) takes(m *Member) func(seq uint64, line []byte) bool {
	return func(seq uint64, line []byte) bool {
		if m.allowance.credit < 1 {
			r.delayed++
			return false
		}
		m.allowance.credit--
		r.relay(m, line, m.nonce, seq)
		return true
	}
}

// release takes lines that had to wait.
func (r *Room) release(now time.Time) {
	for _, m := range r.members.table {
		if m == nil || m.peer == nil || !m.up.Ready() {
			continue
		}
		if r.earn(m, now) {
			next := m.up.Next()
			m.up.Release(r.takes(m))
			m.ackNow = m.ackNow || m.up.Next() > next
		}
	}
}

func (r *Room) touch(m *Member) {
	if !m.touched {
		m.touched = true
		r.touched = append(r.touched, m)
	}
}

// Flush sends what waits to be sent: what is said in between travels together. It is to be called
// when nothing more has come for now, and when Due has come.
func (r *Room) Flush() {
	now := time.Now()
	isDue := !r.due.IsZero() && !now.Before(r.due)
	if isDue && r.members.peers > 0 {
		r.release(now)
	}
	if r.journal != nil {
		if err := r.journal.Commit(); err != nil {
			r.journal = nil
			r.wire.Tell(Event{Kind: Unkept, Error: err, Members: r.Members()})
		}
	}
	if r.members.peers == 0 {
		r.grown, r.touched, r.due = false, nil, time.Time{}
		return
	}
	all := r.grown || isDue
	if all {
		r.due = time.Time{}
		for _, m := range r.members.table {
			if m != nil && m.peer != nil {
				r.serve(m, now)
			}
		}
	}
	for _, m := range r.touched {
		if m.touched = false; !all && r.peers[m.id] == m {
			r.serve(m, now)
		}
	}
	clear(r.touched)
	r.grown, r.touched = false, r.touched[:0]
}

// Due is when Flush is to be called, if nothing comes before; zero: it need not be.
func (r *Room) Due() time.Time { return r.due }

// serve sends a member what is to be sent to it now.
func (r *Room) serve(m *Member, now time.Time) {
	sent := false
	for {
		first, count, due := m.down.Repeat(now)
		if !due {
			break
		}
		if first < r.log.first {
			r.fallOff(m)
			continue
		}
		r.repeats++
		r.show(Shown{Out: true, Addr: m.Addr, Repeat: true, First: first, Count: count})
		r.sendLines(m, first, count, now)
		sent = true
	}
	if m.down.Next() < r.log.first {
		r.fallOff(m)
	}
	for m.down.Open() && m.down.Next() < r.log.next {
		first := m.down.Next()
		count, own := r.fitting(m, first)
		if own && first+uint64(count) == r.log.next && (m.ownDue.IsZero() || now.Before(m.ownDue)) {
			if m.ownDue.IsZero() {
				m.ownDue = now.Add(reliable.AckDelay)
			}
			break
		}
		m.down.Send(now, count)
		r.sendLines(m, first, count, now)
		sent, m.ownDue = true, time.Time{}
	}
	ackDue := !m.ackDue.IsZero() && !now.Before(m.ackDue)
	if !sent && (m.ackNow || ackDue || !now.Before(m.said.Add(keepAlive))) {
		r.inner = wire.AppendAck(r.inner[:0], m.inside(), m.up.Ack(maxDigits))
		r.sendPeer(m, r.inner, now)
		m.acked()
	}
	r.sooner(m.said.Add(keepAlive))
	if m.up.Ready() {
		r.sooner(now.Add(releaseEach))
	}
	for _, at := range []time.Time{m.down.Due(), m.ackDue, m.ownDue} {
		if !at.IsZero() {
			r.sooner(at)
		}
	}
}

func (r *Room) sooner(at time.Time) {
	if r.due.IsZero() || at.Before(r.due) {
		r.due = at
	}
}

// fallOff goes on with the oldest line that there is. The member is told what it misses.
func (r *Room) fallOff(m *Member) {
	m.down.Forget(r.log.first)
	m.from = r.log.first
}

func (p *peer) acked() { p.ackNow, p.ackDue, p.taken = false, time.Time{}, 0 }

// inside is the session as a datagram names it: sealed ones do so around it.
func (p *peer) inside() wire.ID {
	if p.keys != nil {
		return wire.ID{}
	}
	return p.id
}

// fitting is how many lines from one on fit into a datagram, and whether all are the member's own.
func (r *Room) fitting(m *Member, first uint64) (count int, own bool) {
	room := wire.LineBytes
	if m.keys != nil {
		room = wire.SealedLineBytes
	}
	own = true
	for number := first; number < r.log.next; number++ {
		line := r.log.at(number)
		if room -= len(line.text) + 1; count > 0 && room < -1 {
			break
		}
		own = own && line.by == m
		count++
	}
	return count, own
}

func (r *Room) sendLines(m *Member, first uint64, count int, now time.Time) {
	ack := m.up.Ack(fewDigits)
	r.inner = wire.AppendLines(r.inner[:0], wire.Down, m.inside(), first, &ack, m.from)
	for i := range uint64(count) {
		if i > 0 {
			r.inner = append(r.inner, '\n')
		}
		r.inner = append(r.inner, r.log.at(first+i).text...)
	}
	m.acked()
	r.sendPeer(m, r.inner, now)
}

// sendPeer sends a member a datagram, sealed in a sealed room.
func (r *Room) sendPeer(m *Member, inner []byte, now time.Time) {
	m.said = now
	if m.keys == nil {
		r.wire.Send(m.Addr, m.Slot, inner)
		return
	}
	r.show(Shown{Out: true, Addr: m.Addr, Inner: inner})
	counter, sealed, err := m.keys.Seal(r.sealed[:0], m.id[:], inner)
	if r.sealed = sealed; err != nil {
		return // it has to enter again
	}
	r.datagram = wire.AppendSeal(r.datagram[:0], m.id, counter, sealed)
	r.wire.Send(m.Addr, m.Slot, r.datagram)
}

func (r *Room) show(s Shown) {
	if r.wire.Show != nil {
		r.wire.Show(s)
	}
}

// endPeers tells the members on the mtp wire that the room ends. Nobody is there afterwards to say
// it again, so it is said several times.
func (r *Room) endPeers() {
	const times = 3
	for range times {
		for _, m := range r.members.table {
			if m != nil && m.peer != nil {
				r.inner = wire.AppendExit(r.inner[:0], m.inside())
				r.sendPeer(m, r.inner, time.Now())
			}
		}
	}
}

// Unsent is how many members have not acknowledged all that they were told.
func (r *Room) Unsent() (members int) {
	for _, m := range r.members.table {
		if m != nil && m.peer != nil && (!m.down.Idle() || m.down.Next() < r.log.next) {
			members++
		}
	}
	return members
}

// Repeats is how many datagrams with lines were sent once more, and Delayed how many lines were not
// acknowledged at once, because their member said too much.
func (r *Room) Repeats() uint64 { return r.repeats }

// Delayed is how many times a line was not taken yet.
func (r *Room) Delayed() uint64 { return r.delayed }

// dismiss forgets a member's session. When it has not left itself, it may come back, and its lines
// are not taken twice.
func (r *Room) dismiss(m *Member, why Kind) {
	if m.peer == nil {
		return
	}
	delete(r.peers, m.id)
	m.up.Drop()
	if why == Left {
		r.gone.add(m.nonce)
		delete(r.streams, stream{m.name, m.nonce})
		return
	}
	const most = 4 * MaxMembers
	for from := range r.streams {
		if len(r.streams) < most {
			break
		}
		delete(r.streams, from)
	}
	r.streams[stream{m.name, m.nonce}] = m.up.Next() - 1
}

// goneNonces are those of the last who have left: a late repeat does not let one in again.
type goneNonces struct {
	ring [1024]wire.Nonce
	next int
}

func (g *goneNonces) add(n wire.Nonce) {
	g.ring[g.next] = n
	g.next = (g.next + 1) % len(g.ring)
}

func (g *goneNonces) has(n wire.Nonce) bool { return slices.Contains(g.ring[:], n) }
