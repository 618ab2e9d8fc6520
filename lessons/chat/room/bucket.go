package room

import (
	"hash/maphash"
	"net/netip"
	"time"
)

// bucket limits how often something may happen: it holds what may happen at once, and fills with
// time. The zero bucket is full.
type bucket struct {
	credit float64
	at     time.Time // when that was so
}

// earn adds what has been earned since. It reports whether there is something to spend.
func (b *bucket) earn(now time.Time, rate, most float64) (has bool) {
	if b.at.IsZero() {
		b.credit = most
	} else {
		b.credit = min(b.credit+now.Sub(b.at).Seconds()*rate, most)
	}
	b.at = now
	return b.credit >= 1
}

// spend takes what something costs, if there is anything.
func (b *bucket) spend(now time.Time, cost, rate, most float64) bool {
	if !b.earn(now, rate, most) {
		return false
	}
	b.credit -= cost
	return true
}

// How many may enter a second, and at once: from this machine, from one site elsewhere, and under
// addresses that are claims. As each is announced to all others, the sum of those announcements is
// limited, too: 400 members may fill a room without a pause, and 1000 in some seconds.
const (
	nearbyEntries, nearbyAtOnce        = 100, MaxMembers
	siteEntries, siteAtOnce            = 8, 4 * maxPerIP
	claimEntries, claimsAtOnce         = 100, MaxMembers
	announcements, announcementsAtOnce = 50_000, 100_000
)

// entries limits how many enter. It is as large as it is, whoever asks: sites share its buckets,
// and those that have proved their addresses have their own.
type entries struct {
	seed               maphash.Seed
	nearby, claims     bucket
	sites              [1024]bucket
	ofNearby, ofClaims bucket // announcements
	ofProved           bucket
}

// allow reports whether one more may enter, into a room of so many.
func (e *entries) allow(m *Member, members int, now time.Time) bool {
	cost := float64(members + 1)
	switch {
	case m.claim != nil: // it is announced when it speaks
		return e.claims.spend(now, 1, claimEntries, claimsAtOnce)
	case m.Addr.Addr().IsLoopback():
		return e.ofNearby.earn(now, announcements, announcementsAtOnce) &&
			e.nearby.spend(now, 1, nearbyEntries, nearbyAtOnce) &&
			e.ofNearby.spend(now, cost, announcements, announcementsAtOnce)
	}
	place := maphash.Comparable(e.seed, site(m.Addr.Addr())) % uint64(len(e.sites))
	return e.ofProved.earn(now, announcements, announcementsAtOnce) &&
		e.sites[place].spend(now, 1, siteEntries, siteAtOnce) &&
		e.ofProved.spend(now, cost, announcements, announcementsAtOnce)
}

// allowAnnouncement reports whether somebody may be announced whose address is a claim.
func (e *entries) allowAnnouncement(members int, now time.Time) bool {
	return e.ofClaims.spend(now, float64(members+1), announcements, announcementsAtOnce)
}

// site is what one person may have at least: an IPv4 address, or 64 bits of an IPv6 one.
func site(addr netip.Addr) netip.Prefix {
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	prefix, _ := addr.Prefix(bits) // they fit
	return prefix
}
