// Package cookie proves that somebody receives at an address, and stores nothing for that: a cookie
// is an HMAC over the address, as in DTLS (RFC 9147) and QUIC's retry (RFC 9000).
package cookie

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"

	"mtp/lessons/chat/wire"
)

// period is how long cookies are made alike; each is good until the end of the next period.
const period = 2 * time.Minute

// Jar makes cookies, and knows its own.
type Jar struct{ key [32]byte }

// New returns a jar with a key that nobody else has.
func New() *Jar {
	j := new(Jar)
	_, _ = rand.Read(j.key[:]) // it never fails
	return j
}

// Make makes a cookie for an address and a name.
func (j *Jar) Make(to netip.AddrPort, name []byte, now time.Time) wire.Cookie {
	return j.at(to, name, now.UnixNano()/int64(period))
}

// Knows reports whether a cookie was made for this address and this name not long ago.
func (j *Jar) Knows(c wire.Cookie, from netip.AddrPort, name []byte, now time.Time) bool {
	if c == (wire.Cookie{}) {
		return false
	}
	clock := now.UnixNano() / int64(period)
	current, last := j.at(from, name, clock), j.at(from, name, clock-1)
	return hmac.Equal(c[:], current[:]) || hmac.Equal(c[:], last[:])
}

func (j *Jar) at(addr netip.AddrPort, name []byte, clock int64) (c wire.Cookie) {
	mac := hmac.New(sha256.New, j.key[:])
	ip := addr.Addr().As16()
	fixed := make([]byte, 0, 32)
	fixed = append(fixed, ip[:]...)
	fixed = binary.BigEndian.AppendUint16(fixed, addr.Port())
	fixed = binary.BigEndian.AppendUint64(fixed, uint64(clock))
	_, _ = mac.Write(fixed)
	_, _ = mac.Write(name)
	copy(c[:], mac.Sum(nil))
	return c
}
