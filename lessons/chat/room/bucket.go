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

// How many may enter a second, and at once: from this machine, or from one site elsewhere. As each
// is announced to all others, the sum of those announcements is limited, too: 400 members may fill
// a room without a pause, and 1000 in some seconds.
const (
	nearbyEntries, nearbyAtOnce        = 100, MaxMembers
	siteEntries, siteAtOnce            = 8, 4 * maxPerIP
	announcements, announcementsAtOnce = 50_000, 100_000
)

// entries limits how many enter. It is as large as it is, whoever asks: sites share its buckets.
type entries struct {
	seed          maphash.Seed
	nearby        bucket
	sites         [1024]bucket
	announcements [2]bucket // of those from this machine, and from others
}

// allow reports whether one more may enter from an address, into a room of so many.
func (e *entries) allow(from netip.Addr, members int, now time.Time) bool {
	cost := float64(members + 1)
	if from.IsLoopback() {
		return e.nearby.spend(now, 1, nearbyEntries, nearbyAtOnce) &&
			e.announcements[0].spend(now, cost, announcements, announcementsAtOnce)
	}
	place := maphash.Comparable(e.seed, site(from)) % uint64(len(e.sites))
	return e.sites[place].spend(now, 1, siteEntries, siteAtOnce) &&
		e.announcements[1].spend(now, cost, announcements, announcementsAtOnce)
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
