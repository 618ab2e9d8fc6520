package room

import (
	"net/netip"
	"slices"
	"time"
)

// MaxMembers is how many may be in a room.
const MaxMembers = 1000

// maxPerIP is how many of them may have the same IP address; loopback may have any number.
const maxPerIP = 16

// NoSlot is no member's.
const NoSlot = -1

// Member is somebody in the room. What is exported stays as it is while it is there; only a peer
// may move to another address.
type Member struct {
	Addr netip.AddrPort
	Slot int // its place in the Table

	name      string
	key       string // the name, as fold returns it
	since     time.Time
	heard     time.Time
	spoke     bool
	allowance bucket // of messages
	warned    bool   // that it is too fast, since it was last not
	claim     *claim // nil: its address needs no proof, or has been proved

	*peer // nil: it is on the plain wire
}

// Table has who is in the room, by slot; nil where a slot is free. A table is never changed: when
// somebody enters or leaves, the room makes another. So a sender, whichever thread it is in, may go
// on with the one that it was given.
type Table []*Member

// members are those in the room: the table, and what finds somebody in it.
type members struct {
	table  Table
	plain  Table // those on the plain wire whose addresses can be relied on, in the same slots
	peers  int   // how many are not
	byAddr map[netip.AddrPort]*Member
	byKey  map[string]*Member
	perIP  map[netip.Addr]int
}

func newMembers() members {
	return members{
		byAddr: map[netip.AddrPort]*Member{},
		byKey:  map[string]*Member{},
		perIP:  map[netip.Addr]int{},
	}
}

// add gives a member the first free slot.
func (l *members) add(m *Member) {
	l.table = slices.Clone(l.table)
	m.Slot = slices.Index(l.table, nil)
	if m.Slot < 0 {
		m.Slot = len(l.table)
		l.table = append(l.table, nil)
	}
	l.table[m.Slot] = m
	if m.peer != nil {
		l.peers++
	}
	l.choosePlain()
	l.byAddr[m.Addr], l.byKey[m.key] = m, m
	l.perIP[m.Addr.Addr()]++
}

// remove takes a member out, and the free slots at the end with it.
func (l *members) remove(m *Member) {
	l.table = slices.Clone(l.table)
	l.table[m.Slot] = nil
	for last := len(l.table) - 1; last >= 0 && l.table[last] == nil; last-- {
		l.table = l.table[:last]
	}
	if m.peer != nil {
		l.peers--
	}
	l.choosePlain()
	l.leave(m)
	delete(l.byKey, m.key)
}

// move moves a member to another address.
func (l *members) move(m *Member, to netip.AddrPort) {
	l.leave(m)
	m.Addr = to
	l.byAddr[to] = m
	l.perIP[to.Addr()]++
}

// leave frees a member's address.
func (l *members) leave(m *Member) {
	delete(l.byAddr, m.Addr)
	if l.perIP[m.Addr.Addr()]--; l.perIP[m.Addr.Addr()] == 0 {
		delete(l.perIP, m.Addr.Addr())
	}
}

// choosePlain makes the table of those to whom lines are relayed on the plain wire.
func (l *members) choosePlain() {
	isOther := func(m *Member) bool { return m != nil && (m.peer != nil || m.claim != nil) }
	if !slices.ContainsFunc(l.table, isOther) {
		l.plain = l.table
		return
	}
	l.plain = slices.Clone(l.table)
	for slot, m := range l.plain {
		if isOther(m) {
			l.plain[slot] = nil
		}
	}
}

// hasPlain reports whether anybody is on the plain wire.
func (l *members) hasPlain() bool { return len(l.byAddr) > l.peers }
