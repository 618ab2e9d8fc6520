// Package sieve sums the primes up to a limit with a segmented sieve of Eratosthenes on a wheel.
//
// The numbers that share no factor with the wheel W (30, 210, …) fall into residue classes: r, W+r,
// 2W+r, … A class is an array of bits, of which bit k stands for Wk+r, and in it the multiples of a
// prime p are exactly p bits apart. So each class is sieved by itself, in segments that fit into
// the first-level cache, and classes can be done in any order and by any process: the order does
// not matter for a sum. The smallest primes are struck by AND-ing patterns that were made before.
// See also https://github.com/kimwalisch/primesieve, which sieves in the order of the numbers.
package sieve

import (
	"unsafe"

	"mtp/lessons/primes/bitset"
	"mtp/lessons/primes/integer"
	"mtp/lessons/primes/total"
)

// MaxLimit is the largest limit that is of any use here: it takes hours.
const MaxLimit = 100_000_000_000_000

// Sieve is what all classes have in common. It is not changed after New.
type Sieve struct {
	limit    uint64
	wheel    uint64
	residues []uint32 // of the classes
	given    []uint64 // primes that are no class's to find: the sieving ones strike themselves, too
	segment  uint64   // its length in bits, a multiple of 512
	patterns []pattern
	blank    []uint64 // no pattern
	primes   primes
	atBegin  []run // how they are struck in a class's first segment
	later    []run // and in the others
}

// primes are those that no pattern has, in order.
type primes struct {
	p       []uint32
	minus   []uint32 // -1/W modulo p
	shoup   []uint32 // minus * 2^32 / p, for Shoup's multiplication
	segment []uint32 // the segment's length modulo p
}

// lastPattern is the last prime that is struck by a pattern.
const lastPattern = 113

// New prepares a sieve for the primes up to the limit, with segments for a first-level data cache
// of so many bytes.
func New(limit uint64, cache int) *Sieve {
	s := &Sieve{limit: limit, wheel: wheelFor(limit)}
	// Bits in seven eighths of it: some room is for the primes.
	longestSegment := uint64(max(cache, 16<<10)) * 7
	s.residues = residues(s.wheel, limit)
	root := integer.Sqrt(limit)
	length := limit/s.wheel + 1
	segments := (length + longestSegment - 1) / longestSegment
	s.segment = ((length+segments-1)/segments + 511) &^ 511

	base := upTo(max(root, lastPattern))
	var patterned []uint64
	for _, p := range base {
		if p <= limit && (p < s.wheel || p <= lastPattern) {
			s.given = append(s.given, p)
		}
		switch {
		case s.wheel%p == 0:
		case p <= lastPattern:
			patterned = append(patterned, p)
		default:
			minus := p - inverse(s.wheel%p, p)
			s.primes.p = append(s.primes.p, uint32(p))
			s.primes.minus = append(s.primes.minus, uint32(minus))
			s.primes.shoup = append(s.primes.shoup, uint32(minus<<32/p))
			s.primes.segment = append(s.primes.segment, uint32(s.segment%p))
		}
	}
	s.patterns = s.makePatterns(patterned)
	s.blank = make([]uint64, s.segment/64)
	for i := range s.blank {
		s.blank[i] = ^uint64(0)
	}
	s.atBegin, s.later = s.runs(true), s.runs(false)
	return s
}

// run is a few primes that are struck alike.
type run struct {
	from, to int    // their indices
	skip     uint64 // how many of a prime's multiples in the segment are left out
	trips    int    // how many there are for certain, after that; or notYet
	bytes    bool   // they are struck byte by byte
}

// notYet are the trips of primes whose square is behind the segment.
const notYet = -1

// runs cuts the primes into runs. Below its square a prime has no multiple that a smaller one has
// not, too. So in a class's first segment ⌊p/W⌋ of its multiples can be left out; one of them is
// the prime itself, if it is above W.
func (s *Sieve) runs(first bool) (runs []run) {
	alike := func(p uint32) run {
		r := run{bytes: p < lastByBytes}
		if first {
			r.skip = uint64(p) / s.wheel
		}
		if !r.bytes {
			r.trips = max(int(s.segment/uint64(p))-int(r.skip), notYet)
		}
		if r.trips == notYet {
			r.skip = 0
		}
		return r
	}
	for i, p := range s.primes.p {
		r := alike(p)
		if last := len(runs) - 1; last >= 0 {
			same := runs[last]
			same.from, same.to = 0, 0
			if same == r && runs[last].to-runs[last].from < maxStarts {
				runs[last].to++
				continue
			}
		}
		r.from, r.to = i, i+1
		runs = append(runs, r)
	}
	return runs
}

const (
	// maxStarts is how many primes are begun at once: few enough not to push the segment out of the
	// cache.
	maxStarts = 512
	// lastByBytes is where primes begin to be struck bit by bit.
	lastByBytes = 8000
)

// wheelFor chooses the wheel: a larger one has fewer bits, and more classes to begin.
func wheelFor(limit uint64) uint64 {
	switch {
	case limit < 3_000_000:
		return 30
	case limit < 500_000_000:
		return 210
	case limit < 5_000_000_000:
		return 2310
	}
	return 30030
}

// Classes is how many classes there are for a limit: parts of the work that can be done in any
// order.
func Classes(limit uint64) int { return len(residues(wheelFor(limit), limit)) }

// residues are those of the classes: they share no factor with the wheel.
func residues(wheel, limit uint64) (list []uint32) {
	shares := make([]bool, wheel)
	for _, p := range []uint64{2, 3, 5, 7, 11, 13} {
		for m := p; wheel%p == 0 && m < wheel; m += p {
			shares[m] = true
		}
	}
	for r := uint64(1); r < wheel && r <= limit; r++ {
		if !shares[r] {
			list = append(list, uint32(r))
		}
	}
	return list
}

// Given returns the total of those primes that no class finds.
func (s *Sieve) Given() (t total.Total) {
	if s.limit < 2 {
		return t
	}
	for _, p := range s.given {
		t.Add(total.Of(1, p))
	}
	return t
}

// Worker sieves classes, one after the other.
type Worker struct {
	*Sieve
	words  []uint64 // a segment
	starts []uint32 // where some primes strike first, in bits from the segment's begin
	nexts  []uint32 // where each prime strikes the next segment
}

// NewWorker returns a worker with memory of its own.
func (s *Sieve) NewWorker() *Worker {
	return &Worker{
		Sieve: s, words: make([]uint64, s.segment/64+padding),
		starts: make([]uint32, maxStarts), nexts: make([]uint32, len(s.primes.p)),
	}
}

// padding is how many words behind the segment may be struck in vain: by three of four bytes, of
// which the first is inside.
const padding = 3*lastByBytes/64 + 1

// Class sieves the nth class and returns the total of the primes in it.
func (w *Worker) Class(n int) total.Total {
	r := uint64(w.residues[n])
	length := (w.limit-r)/w.wheel + 1
	var count, sum uint64
	for from := uint64(0); from < length; from += w.segment {
		size := min(w.segment, length-from)
		end := from + w.segment
		at := place{r: r, first: from == 0, more: end < length, end: end * w.wheel}
		w.layPatterns(r, from/64)
		w.strike(at)
		segment := w.words[:(size+63)/64]
		if size%64 != 0 {
			segment[len(segment)-1] &= 1<<(size%64) - 1
		}
		if r == 1 && from == 0 {
			segment[0] &^= 1 // 1 is no prime
		}
		c, places := bitset.Tally(segment)
		count += c
		sum += from*c + places
	}
	return total.Affine(w.wheel, sum, r, count)
}

// strike strikes the multiples of all primes that no pattern has, as far as their squares are not
// behind the segment.
func (w *Worker) strike(at place) {
	base, runs := unsafe.Pointer(&w.words[0]), w.later
	if at.first {
		runs = w.atBegin
	}
	for i := range runs {
		r := &runs[i]
		p := w.primes.p[r.from:r.to]
		starts := w.begin(at, r)
		switch {
		case r.trips == notYet || uint64(p[0])*uint64(p[0]) > at.end:
			if !at.more {
				return
			}
		case r.bytes:
			strikeByBytes(base, uintptr(w.segment/8), p, starts)
		default:
			strikeByBits(base, w.segment, p, starts, r.trips)
		}
	}
}

// place is where a segment stands: in the class of which residue, whether at its begin, whether
// there are more behind, and which number is behind its end.
type place struct {
	r           uint64
	first, more bool
	end         uint64
}

// begin finds where the primes strike a segment first, in bits from its begin. It has no branch
// that could only be guessed.
func (w *Worker) begin(at place, r *run) []uint32 {
	from, to, skip := r.from, r.to, uint32(r.skip)
	p, starts := w.primes.p[from:to], w.starts[:to-from]
	if at.first {
		minus, shoup := w.primes.minus[from:to][:len(p)], w.primes.shoup[from:to][:len(p)]
		for i := range starts {
			quotient := at.r * uint64(shoup[i]) >> 32
			k := uint32(at.r*uint64(minus[i]) - quotient*uint64(p[i])) // -r/W modulo p, or p more
			k -= p[i]
			starts[i] = k + p[i]&uint32(int32(k)>>31)
		}
	} else {
		copy(starts, w.nexts[from:to])
	}
	if at.more {
		segment, nexts := w.primes.segment[from:to][:len(p)], w.nexts[from:to][:len(p)]
		for i := range starts {
			k := starts[i] - segment[i]
			nexts[i] = k + p[i]&uint32(int32(k)>>31)
		}
	}
	if skip > 0 {
		for i := range starts {
			starts[i] += skip * p[i]
		}
	}
	return starts
}

// strikeByBytes strikes the multiples of the smaller primes. Eight of them are p bytes apart, so
// that each of eight sequences has one bit to clear, always the same, in every pth byte. (Byte k/8
// has bit k: the machine must be little-endian.)
func strikeByBytes(base unsafe.Pointer, end uintptr, p, starts []uint32) {
	starts = starts[:len(p)]
	for i := range p {
		strikeFour(base, end, uintptr(p[i]), uintptr(starts[i]))
		strikeFour(base, end, uintptr(p[i]), uintptr(starts[i])+4*uintptr(p[i]))
	}
}

// strikeFour strikes four of the eight sequences, from bit k.
//
//go:noinline
func strikeFour(base unsafe.Pointer, end, p, k uintptr) {
	k1, k2, k3 := k+p, k+2*p, k+3*p
	m0, m1, m2, m3 := allBut[k&7], allBut[k1&7], allBut[k2&7], allBut[k3&7]
	b := k >> 3
	base1, base2 := unsafe.Add(base, k1>>3-b), unsafe.Add(base, k2>>3-b)
	base3 := unsafe.Add(base, k3>>3-b)
	for ; b < end; b += p {
		*(*byte)(unsafe.Add(base, b)) &= m0
		*(*byte)(unsafe.Add(base1, b)) &= m1
		*(*byte)(unsafe.Add(base2, b)) &= m2
		*(*byte)(unsafe.Add(base3, b)) &= m3
	}
}

// allBut are bytes with one bit clear.
var allBut = [8]byte{0xfe, 0xfd, 0xfb, 0xf7, 0xef, 0xdf, 0xbf, 0x7f}

// strikeByBits strikes the multiples of larger primes. Each strikes a segment ⌊segment/p⌋ times, or
// once more; those with the same quotient are done together, in loops of a constant number of
// trips, and the one more is always done, behind the segment's end if need be: so no branch depends
// on where a prime begins. (Two strikes in a trip; with four, Go's compiler runs out of registers.)
func strikeByBits(base unsafe.Pointer, segment uint64, p, starts []uint32, trips int) {
	starts = starts[:len(p)]
	for i := range p {
		p, k := uint64(p[i]), uint64(starts[i])
		n := trips
		for ; n >= 2; n -= 2 {
			strike(base, k)
			strike(base, k+p)
			k += 2 * p
		}
		if n > 0 {
			strike(base, k)
			k += p
		}
		over := int64(k - segment)
		strike(base, segment+uint64(over&(over>>63)))
	}
}

// strike clears bit k.
func strike(base unsafe.Pointer, k uint64) {
	word := (*uint64)(unsafe.Add(base, k>>6<<3))
	*word &^= 1 << (k & 63)
}

// upTo returns the primes up to a small limit.
func upTo(limit uint64) (primes []uint64) {
	composite := make([]bool, limit+1)
	for n := uint64(2); n <= limit; n++ {
		if composite[n] {
			continue
		}
		primes = append(primes, n)
		for m := n * n; m <= limit; m += n {
			composite[m] = true
		}
	}
	return primes
}

// inverse is 1/a modulo p, with which it shares no factor, by Euclid's algorithm.
func inverse(a, p uint64) uint64 {
	x, y := int64(1), int64(0)
	for m := p; a > 1; {
		q := a / m
		a, m = m, a%m
		x, y = y, x-int64(q)*y
	}
	if x < 0 {
		x += int64(p)
	}
	return uint64(x)
}
