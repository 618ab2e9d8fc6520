// Package combinatorial adds up the primes up to a limit without finding them.
//
// Let S(v, p) be the sum of the odd numbers from 3 to v that are primes or have no prime factor up to p. Then
//
//	S(v, p) = S(v, p') - p (S(v/p, p') - S(p-1, p')),  for p² ≤ v, with p' the prime before p,
//
// and S(n, √n) is the sum of the odd primes. Only the values v = ⌊n/i⌋ ever matter (Lucy_Hedgehog's method, Project Euler, problem 10).
// After the primes up to the fourth root of n, what is still to be taken away are products of two or three larger primes, which are
// added up directly; and of the large values only those ⌊n/i⌋ are kept whose i is "rough", free of the primes done. These two
// ideas are min_25's, who counts primes with them. The time is O(n^¾ / log n) and the memory O(√n), with small constants.
package combinatorial

import (
	"math"
	"math/bits"

	"mtp/lessons/primes/total"
)

// MaxLimit is the largest limit: up to it, quotients in floating point are exact, and a few gigabytes of memory suffice.
const MaxLimit = 5_000_000_000_000_000

// wide is a number of 128 bits; it wraps around.
type wide struct{ hi, lo uint64 }

func (w *wide) add(o wide) {
	var carry uint64
	w.lo, carry = bits.Add64(w.lo, o.lo, 0)
	w.hi, _ = bits.Add64(w.hi, o.hi, carry)
}

func (w *wide) sub(o wide) {
	var borrow uint64
	w.lo, borrow = bits.Sub64(w.lo, o.lo, 0)
	w.hi, _ = bits.Sub64(w.hi, o.hi, borrow)
}

func (w wide) times(m uint64) wide {
	hi, lo := bits.Mul64(w.lo, m)
	return wide{hi + w.hi*m, lo}
}

func product(a, b uint64) wide {
	hi, lo := bits.Mul64(a, b)
	return wide{hi, lo}
}

// Sum returns how many primes there are up to the limit, and their sum.
func Sum(limit uint64) total.Total {
	if limit < 9 {
		return [...]total.Total{{}, {}, total.Of(1, 2), total.Of(2, 5), total.Of(2, 5), total.Of(3, 10), total.Of(3, 10), total.Of(4, 17), total.Of(4, 17)}[limit]
	}
	t := newTables(limit)
	t.sieve()
	return t.rest()
}

// small is S(v, p) for a v up to √n, and how many numbers it adds up.
type small struct{ sum, count uint64 }

// large is S(⌊n/i⌋, p) for a rough i, and how many numbers it adds up.
type large struct {
	sum   wide
	count uint64
}

// tables are S(v, p) for all v that matter, after the primes up to p.
type tables struct {
	limit  uint64
	root   uint64
	smalls []small  // by v/2, for v odd
	roughs []uint32 // the odd numbers up to the root that no prime done so far divides, and 1
	larges []large  // by the same index as roughs
	done   small    // the odd primes done
}

// half is the index of a value among the odd numbers up to it.
func half(v uint64) uint64 { return (v - 1) >> 1 }

func newTables(limit uint64) *tables {
	root := uint64(math.Sqrt(float64(limit)))
	for root*root > limit {
		root--
	}
	size := (root + 1) / 2
	t := &tables{limit: limit, root: root, smalls: make([]small, size), roughs: make([]uint32, size), larges: make([]large, size)}
	for i := range t.smalls { // the odd numbers from 1 to 2i+1 add up to (i+1)²; 1 does not count
		odds := uint64(i) + 1
		t.smalls[i] = small{odds*odds - 1, odds - 1}
		t.roughs[i] = uint32(2*i + 1)
		odds = (limit/(2*uint64(i)+1) + 1) / 2
		t.larges[i].sum, t.larges[i].count = product(odds, odds), odds-1
		t.larges[i].sum.sub(wide{0, 1})
	}
	return t
}

// sieve takes the products of the odd primes up to the fourth root of the limit away.
func (t *tables) sieve() {
	struck := make([]bool, t.root+1)
	for p := uint64(3); p*p <= t.root; p += 2 {
		if struck[p] {
			continue
		}
		struck[p] = true
		for m := p * p; m <= t.root; m += 2 * p {
			struck[m] = true
		}
		t.sieveLarges(p, struck)
		t.sieveSmalls(p)
		t.done.sum += p
		t.done.count++
	}
}

// sieveLarges applies the recurrence to the large values, and drops those that are not rough any more.
func (t *tables) sieveLarges(p uint64, struck []bool) {
	quotient := float64(t.limit / p)
	done, kept := t.done, 0
	for k, i := range t.roughs {
		if struck[i] {
			continue
		}
		value := t.larges[k]
		var smooth wide
		if d := uint64(i) * p; d <= t.root {
			other := &t.larges[t.smalls[d>>1].count-done.count]
			smooth = other.sum
			value.count -= other.count - done.count
		} else {
			other := &t.smalls[half(uint64(quotient/float64(i)))]
			smooth = wide{0, other.sum}
			value.count -= other.count - done.count
		}
		smooth.sub(wide{0, done.sum})
		value.sum.sub(smooth.times(p))
		t.larges[kept], t.roughs[kept] = value, i
		kept++
	}
	t.roughs, t.larges = t.roughs[:kept], t.larges[:kept]
}

// sieveSmalls applies the recurrence to the small values, from the largest down: those with the same quotient change by the
// same.
func (t *tables) sieveSmalls(p uint64) {
	to := uint64(len(t.smalls))
	for q := (t.root/p - 1) | 1; q >= p; q -= 2 {
		from := q * p >> 1
		less := small{p * (t.smalls[q>>1].sum - t.done.sum), t.smalls[q>>1].count - t.done.count}
		changed := t.smalls[from:to]
		for i := range changed {
			changed[i].sum -= less.sum
			changed[i].count -= less.count
		}
		to = from
	}
}

// rest takes the products of two and three primes above the fourth root away. The roughs are 1 and those primes, now.
//
// For a prime p above the fourth root, S(n/p, p') is larges[p] without the products q r, q ≤ r, of primes from the fourth
// root on with q below p.
func (t *tables) rest() total.Total {
	sum, count := t.larges[0].sum, t.larges[0].count
	before := t.done
	for k := 1; k < len(t.roughs); k++ {
		p := uint64(t.roughs[k])
		without := t.larges[k].sum
		without.sub(wide{0, before.sum})
		sum.sub(without.times(p))
		count -= t.larges[k].count - before.count
		before.sum += p
		before.count++
	}
	before = t.done
	for l := 1; l < len(t.roughs); l++ {
		q := uint64(t.roughs[l])
		m := t.limit / q
		end := t.smalls[half(m/q)].count - t.done.count // the last p with q ≤ m/p
		if m/q < q || int(end) <= l {
			break
		}
		products, counts := t.pairs(float64(m), t.roughs[l+1:end+1], before)
		sum.add(products.times(q))
		count += counts
		before.sum += q
		before.count++
	}
	sum.add(wide{0, 2})
	result := total.Of(count+1, 0)
	result.Add(total.Wide(sum.hi, sum.lo))
	return result
}

// pairs adds up p r for the given p and the primes r that are not below those before, with p r ≤ m.
func (t *tables) pairs(m float64, ps []uint32, before small) (sum wide, count uint64) {
	for _, p := range ps {
		s := &t.smalls[half(uint64(m/float64(p)))]
		sum.add(product(uint64(p), s.sum-before.sum))
		count += s.count - before.count
	}
	return sum, count
}
