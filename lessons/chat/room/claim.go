package room

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// On the plain wire an address of another machine is a claim: anybody can write it into a datagram.
// Until its owner has said the number that was sent there, it is sent no more bytes than came from
// it, so nobody can aim the room at somebody else; and nobody is told of it before it has spoken.
// (What RFC 9000, section 8, does for QUIC; people have to do it by hand here, for the course's
// clients can't.)
type claim struct {
	number string
	owed   int // bytes that have come from there, and have not been answered
}

// claimPatience is how long a claim holds a seat and a name.
const claimPatience = 2 * time.Minute

func newClaim(came int) *claim { return &claim{number: newNumber(), owed: came} }

const numberDigits = 6

func newNumber() string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return fmt.Sprintf("%0*d", numberDigits, binary.NativeEndian.Uint64(random[:])%1_000_000)
}

// pays reports whether an answer may be sent, and takes it as sent.
func (c *claim) pays(bytes int) bool {
	if c == nil {
		return true
	}
	if c.owed < bytes {
		return false
	}
	c.owed -= bytes
	return true
}

// answers sees to what somebody says whose address is a claim. It reports whether that was
// the number.
func (r *Room) answers(m *Member, text []byte) bool {
	if string(text) == m.claim.number {
		m.claim = nil
		r.members.choosePlain()
		r.reply(m, Proved)
		r.tell(Believed, m)
		return true
	}
	if isNumber(string(text)) { // somebody guesses: that takes a second each
		m.claim.number = newNumber()
		m.allowance.credit -= r.rate
	}
	return false
}

// ask sends the number, as soon as what has come from there pays for it.
func (r *Room) ask(m *Member) {
	if m.claim != nil {
		r.reply(m, askBefore+m.claim.number)
	}
}

// ParseAsk recognises what a room asks of those who come from another machine.
func ParseAsk(datagram string) (number string, ok bool) {
	number, ok = strings.CutPrefix(datagram, askBefore)
	return number, ok && isNumber(number)
}

func isNumber(text string) bool {
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	return len(text) == numberDigits &&
		strings.IndexFunc(text, func(r rune) bool { return !isDigit(r) }) < 0
}

// answerTime is how long a seat is kept for somebody who has not answered yet.
const answerTime = 5 * time.Second

// seatFor reports whether somebody may enter, and whose seat has to be given up for it. Where all
// are taken, those who have not answered make way; the last of them first, so whoever fills a room
// takes the seats of its own.
func (l *members) seatFor(from netip.AddrPort, now time.Time) (free bool, instead *Member) {
	crowded := l.perIP[from.Addr()] >= maxPerIP && !from.Addr().IsLoopback()
	if len(l.byAddr) < MaxMembers && !crowded {
		return true, nil
	}
	for _, m := range l.table {
		switch {
		case m == nil, m.answered(), crowded && m.Addr.Addr() != from.Addr(),
			now.Sub(m.since) < answerTime:
		case instead == nil, m.since.After(instead.since):
			instead = m
		}
	}
	return instead != nil, instead
}

// answered reports whether a member has shown to be one: it has proved its address or, on this
// machine, has spoken.
func (m *Member) answered() bool { return m.peer != nil || m.claim == nil && m.spoke }

// announced reports whether the others have been told of a member.
func (m *Member) announced() bool { return m.claim == nil || m.spoke }
