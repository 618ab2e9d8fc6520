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

// How many may enter a second, and at once: from this machine, from another, and strangers from
// all others together.
const (
	nearbyEntries, nearbyAtOnce     = 100, MaxMembers
	siteEntries, siteAtOnce         = 8, 4 * maxPerIP
	strangerEntries, strangerAtOnce = 100, MaxMembers
)

// entries limits how many enter. It is as large as it is, whoever asks: sites share its buckets.
type entries struct {
	seed      maphash.Seed
	nearby    bucket
	sites     [1024]bucket
	strangers bucket
}

// allow reports whether one more may enter from an address, which is a stranger's if it has not
// been proved.
func (e *entries) allow(from netip.Addr, stranger bool, now time.Time) bool {
	if from.IsLoopback() {
		return spend(now, nearbyEntries, nearbyAtOnce, &e.nearby)
	}
	place := maphash.Comparable(e.seed, site(from)) % uint64(len(e.sites))
	if !spend(now, siteEntries, siteAtOnce, &e.sites[place]) {
		return false
	}
	return !stranger || spend(now, strangerEntries, strangerAtOnce, &e.strangers)
}

func spend(now time.Time, rate, most float64, b *bucket) bool {
	if !b.earn(now, rate, most) {
		return false
	}
	b.credit--
	return true
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
