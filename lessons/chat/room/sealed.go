package room

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"mtp/lessons/chat/seal"
	"mtp/lessons/chat/wire"
)

// maxHalfOpen is how many may have sent the first message of a handshake, and nothing under its
// keys.
const (
	maxHalfOpen      = 64
	halfOpenPatience = 10 * time.Second
)

// halfOpen is somebody who holds the secret, or repeats what one has sent who does. That it is not
// the latter shows with the first datagram under the keys.
type halfOpen struct {
	from     netip.AddrPort
	entry    wire.Datagram // what was sealed in the first message
	id       wire.ID
	up, down uint64
	keys     *seal.Keys
	question []byte
	answer   []byte
	since    time.Time
}

// SealWith seals the room: only those who hold the secret enter, and nothing is said in the clear.
func (r *Room) SealWith(secret seal.Secret) {
	r.secret, r.plain = &secret, PlainNowhere
}

// enterSealed takes the first message of a handshake, and answers it.
func (r *Room) enterSealed(from netip.AddrPort, d wire.Datagram, now time.Time) {
	for _, h := range r.halfOpen {
		if h.from == from && bytes.Equal(h.question, d.Text) {
			r.wire.Reply(from, NoSlot, h.answer)
			return
		}
	}
	message, ok := d.Unseal(nil)
	if !ok {
		r.refuse(from, "", BadSeal)
		return
	}
	prologue := slices.Concat(d.Nonce[:], d.Cookie[:])
	admission, payload, err := seal.Admit(*r.secret, prologue, message)
	if err != nil {
		r.refuse(from, "", BadSeal)
		return
	}
	entry, ok := wire.Parse(payload)
	if !ok || entry.Verb != wire.Enter || entry.Nonce != d.Nonce {
		r.refuse(from, "", BadSeal)
		return
	}
	entry.Name = bytes.Clone(entry.Name)
	m, why := r.mayEnter(from, entry)
	switch {
	case why != None:
	case len(r.halfOpen) >= maxHalfOpen:
		why = Full
	case m == nil && !r.entries.allow(&Member{Addr: from}, r.Members(), now):
		why = Crowding
	}
	h := &halfOpen{
		from: from, entry: entry, id: newID(), question: bytes.Clone(d.Text), since: now,
	}
	switch {
	case why == Full, why == Crowding, why == NoSession:
		r.refuse(from, string(entry.Name), why)
		return
	case why != None:
		r.refuse(from, string(entry.Name), why)
		payload = []byte(wire.No)
	case m != nil:
		h.id, h.up, h.down = m.id, m.up.Next(), m.down.First()
		payload = wire.AppendWelcome(nil, r.welcome(d.Nonce, h.id, h.up, h.down))
	default:
		h.up, h.down = r.starts(entry)
		payload = wire.AppendWelcome(nil, r.welcome(d.Nonce, h.id, h.up, h.down))
	}
	answer, keys, err := admission.Finish(payload)
	if err != nil {
		r.refuse(from, "", BadSeal)
		return
	}
	h.keys = keys
	h.answer = wire.AppendWelcome(nil, wire.Datagram{
		Version: wire.Sealed, Nonce: d.Nonce, Text: wire.AppendText(nil, answer),
	})
	if why == None {
		r.halfOpen[h.id] = h
	}
	r.wire.Reply(from, NoSlot, h.answer)
}

// open opens a sealed datagram. The first one under new keys lets a member in, or in again.
func (r *Room) open(
	from netip.AddrPort, m *Member, d wire.Datagram, now time.Time,
) (*Member, wire.Datagram, bool) {
	sealed, ok := d.Unseal(nil)
	if !ok {
		r.refuse(from, "", BadSeal)
		return nil, d, false
	}
	h := r.halfOpen[d.Session]
	if h == nil && m == nil {
		return nil, d, true // there is no such session
	}
	if h != nil && h.from == from {
		if text, err := h.keys.Open(nil, h.id[:], d.Seq, sealed); err == nil {
			delete(r.halfOpen, h.id)
			if m = r.confirm(h, m, now); m == nil {
				return nil, d, false
			}
			return r.inside(from, m, text)
		}
	}
	if m == nil {
		r.refuse(from, "", BadSeal)
		return nil, d, false
	}
	if m.Addr != from {
		return nil, d, true // it has to show the cookie of where it is now
	}
	text, err := m.keys.Open(nil, m.id[:], d.Seq, sealed)
	if err != nil {
		r.refuse(from, "", BadSeal)
		return nil, d, false
	}
	return r.inside(from, m, text)
}

// inside parses what was sealed.
func (r *Room) inside(
	from netip.AddrPort, m *Member, text []byte,
) (*Member, wire.Datagram, bool) {
	r.show(Shown{Addr: from, Inner: text})
	d, ok := wire.Parse(text)
	if !ok || d.Verb != wire.Up && d.Verb != wire.Acked && d.Verb != wire.Quit {
		r.refuse(from, m.name, BadVerb)
		return nil, d, false
	}
	d.Session = m.id
	return m, d, true
}

// confirm lets a member in that has shown that it has the keys.
func (r *Room) confirm(h *halfOpen, m *Member, now time.Time) *Member {
	if m != nil { // that was in already
		m.keys = h.keys
		r.again(m, h.from, now)
		m.ackNow = true
		return m
	}
	if already, why := r.mayEnter(h.from, h.entry); why != None || already != nil {
		r.refuse(h.from, string(h.entry.Name), cond(why == None, NameTaken, why))
		return nil
	}
	m = r.seat(h.from, h.entry, h.id, h.up, h.down, now)
	m.keys = h.keys
	m.ackNow = true // by which the member sees that it is in
	return m
}

func (r *Room) expireHalfOpen() {
	for id, h := range r.halfOpen {
		if time.Since(h.since) > halfOpenPatience {
			delete(r.halfOpen, id)
		}
	}
}
