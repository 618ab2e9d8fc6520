// Package reliable makes of datagrams that may be lost, doubled and overtaken a sequence of lines
// in which none is: acknowledgements and repeats, as TCP has them (RFC 6298, RFC 9002). It knows
// numbers of lines and the time, and no socket.
package reliable

import (
	"slices"
	"time"

	"mtp/lessons/chat/wire"
)

// Window is how many datagrams may be on their way.
const Window = 64

// The times that a repeat waits.
const (
	minRTO   = 100 * time.Millisecond
	maxRTO   = 2 * time.Second
	AckDelay = 10 * time.Millisecond // how long an acknowledgement may wait for company

	// threshold is how many datagrams later one must have come that one counts as lost (RFC 9002).
	threshold = 3

	// Before the timeout of RFC 6298 the oldest two are repeated early, as RFC 8985 and RFC 9002
	// do: a line may be the last for a while, and then nothing comes past the gap.
	maxProbes = 10
	probed    = 2
	maxSilent = maxProbes + 8
)

// parcel is a datagram on its way.
type parcel struct {
	first  uint64 // line
	sent   time.Time
	order  uint64 // which sending that was; before is the first one's
	before uint64
	count  uint32 // lines
	tries  uint16
	acked  bool
	lost   bool // it is to be sent again
}

func (p *parcel) after() uint64 { return p.first + uint64(p.count) }

// Sender has what was sent and not acknowledged yet.
type Sender struct {
	next   uint64   // line to be sent next
	flight []parcel // in the order of lines
	order  uint64   // of the last sending
	beyond uint64   // the order of the last one that is known to have come
	srtt   time.Duration
	rttvar time.Duration
	minRTT time.Duration
	silent int // how often the oldest was repeated since anything was acknowledged

	Repeats uint64 // datagrams that were sent again
}

// NewSender returns a sender whose next line has this number.
func NewSender(next uint64) Sender { return Sender{next: next} }

// Next is the number of the line to be sent next.
func (s *Sender) Next() uint64 { return s.next }

// First is the number of the first line that was not acknowledged; Next if there is none.
func (s *Sender) First() uint64 {
	if len(s.flight) > 0 {
		return s.flight[0].first
	}
	return s.next
}

// Open reports whether another datagram may be sent.
func (s *Sender) Open() bool { return len(s.flight) < Window }

// Idle reports whether all that was sent was acknowledged.
func (s *Sender) Idle() bool { return len(s.flight) == 0 }

// Send notes that a datagram with so many new lines is sent now.
func (s *Sender) Send(now time.Time, count int) {
	s.order++
	s.flight = append(s.flight, parcel{
		first: s.next, count: uint32(count), sent: now, order: s.order, before: s.order, tries: 1,
	})
	s.next += uint64(count)
}

// Ack notes what was acknowledged. It reports whether something was that had not been.
func (s *Sender) Ack(now time.Time, ack wire.Ack) (progress bool) {
	if ack.Cum >= s.next { // of what was never sent
		return false
	}
	var sample time.Time
	for i := range s.flight {
		p := &s.flight[i]
		if p.acked || !covers(ack, p) {
			continue
		}
		p.acked, progress = true, true
		arrived := p.order
		if p.tries > 1 && now.Sub(p.sent) < s.minRTT {
			arrived = p.before // an earlier one has come
		}
		s.beyond = max(s.beyond, arrived)
		if p.tries == 1 && p.sent.After(sample) {
			sample = p.sent
		}
	}
	if !progress {
		return false
	}
	s.silent = 0
	if !sample.IsZero() {
		s.measure(now.Sub(sample))
	}
	gone := slices.IndexFunc(s.flight, func(p parcel) bool { return !p.acked })
	if gone < 0 {
		gone = len(s.flight)
	}
	s.flight = slices.Delete(s.flight, 0, gone)
	for i := range s.flight {
		if p := &s.flight[i]; !p.acked && p.order+threshold <= s.beyond {
			p.lost = true
		}
	}
	return true
}

func covers(ack wire.Ack, p *parcel) bool {
	if p.after() <= ack.Cum+1 {
		return true
	}
	if len(ack.Bitmap) == 0 {
		return false
	}
	for line := p.first; line < p.after(); line++ {
		if !ack.Has(line) {
			return false
		}
	}
	return true
}

// measure takes a round trip into account, as RFC 6298 does.
func (s *Sender) measure(rtt time.Duration) {
	if s.srtt == 0 {
		s.srtt, s.rttvar, s.minRTT = rtt, rtt/2, rtt
		return
	}
	s.rttvar += (max(s.srtt-rtt, rtt-s.srtt) - s.rttvar) / 4
	s.srtt += (rtt - s.srtt) / 8
	s.minRTT = min(s.minRTT, rtt)
}

// Measured takes in a round trip that was measured otherwise, as when somebody enters.
func (s *Sender) Measured(rtt time.Duration) { s.measure(rtt) }

// wait is how long a parcel waits for its acknowledgement, by how many older ones wait.
func (s *Sender) wait(older int) time.Duration {
	if older < probed && s.silent < maxProbes && s.srtt > 0 {
		return min(s.srtt+max(4*s.rttvar, AckDelay)+AckDelay, maxRTO)
	}
	rto := time.Second
	if s.srtt > 0 {
		rto = max(s.srtt+4*s.rttvar, minRTO)
	}
	for silent := s.silent; silent > maxProbes && rto < maxRTO; silent-- {
		rto *= 2
	}
	return min(rto, maxRTO)
}

// Repeat returns the lines of a datagram that is to be sent again now, until there is none; that it
// is sent is noted.
func (s *Sender) Repeat(now time.Time) (first uint64, count int, due bool) {
	older := 0
	for i := range s.flight {
		p := &s.flight[i]
		if p.acked {
			continue
		}
		late := older < s.window() && !now.Before(p.sent.Add(s.wait(older)))
		if p.lost || late {
			if late && older == 0 {
				s.silent = min(s.silent+1, maxSilent)
			}
			s.order++
			p.lost, p.sent, p.order = false, now, s.order
			p.tries = min(p.tries+1, 1<<15)
			s.Repeats++
			return p.first, int(p.count), true
		}
		older++
	}
	return 0, 0, false
}

// window is how many of those on their way are repeated. When nothing is acknowledged it shrinks:
// the network is gone, or the other side takes no more for now.
func (s *Sender) window() int {
	return max(Window>>min(s.silent/2, 6), probed)
}

// Due is when the next repeat is due; zero if nothing is on its way.
func (s *Sender) Due() (due time.Time) {
	older := 0
	for i := range s.flight {
		p := &s.flight[i]
		if p.acked {
			continue
		}
		if p.lost {
			return p.sent
		}
		if older >= s.window() {
			break
		}
		if at := p.sent.Add(s.wait(older)); due.IsZero() || at.Before(due) {
			due = at
		}
		older++
	}
	return due
}

// Forget gives up all lines before one: they can't be sent any more.
func (s *Sender) Forget(before uint64) {
	s.flight = slices.DeleteFunc(s.flight, func(p parcel) bool { return p.after() <= before })
	if len(s.flight) > 0 && s.flight[0].first < before {
		p := &s.flight[0]
		p.count -= uint32(before - p.first)
		p.first = before
	}
	s.next = max(s.next, before)
}

// Restart returns a sender to the same place, with nothing on its way. Its next line has a number.
func (s *Sender) Restart(next uint64) Sender {
	return Sender{
		next: next, srtt: s.srtt, rttvar: s.rttvar, minRTT: s.minRTT, Repeats: s.Repeats,
	}
}
