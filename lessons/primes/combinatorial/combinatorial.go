// Package combinatorial adds up the primes up to a limit without finding them.
//
// Let S(v, p) be the sum of the odd numbers from 3 to v that are primes or have no prime factor up
// to p, and P(v) that of the odd primes. Then, with p' the prime before p,
//
//	S(v, p) = S(v, p') - p (S(v/p, p') - P(p'))  for p² ≤ v,
//
// and S(n, √n) = P(n). Only the values v = ⌊n/i⌋ ever matter (Lucy_Hedgehog's method, Project
// Euler, problem 10), and of the large ones those whose i is "rough": free of the primes done so
// far. The primes up to the fourth root of n are done in that way; the products of larger ones,
// which then are the only ones left to be taken away, are added up directly. (So far it is min_25's
// prime counting.) Moreover, as soon as n/ip < p², what p takes away from S(n/i, p') is sums of
// primes alone: p (P(n/ip) - P(p')). If i is a prime, nobody asks for that value before the end; so
// this is left to the end, too. There the terms of large i come in runs with the same P(n/ip) and
// are added up run by run, like the easy leaves of Lagarias, Miller and Odlyzko's prime counting.
package combinatorial

import (
	"mtp/lessons/primes/integer"
	"mtp/lessons/primes/total"
)

// MaxLimit is the largest limit: up to it, quotients in floating point are exact, and a few
// gigabytes of memory suffice.
const MaxLimit = 5_000_000_000_000_000

// Sum returns how many primes there are up to the limit, and their sum.
func Sum(limit uint64) total.Total {
	if limit < 9 {
		counts := [...]uint64{0, 0, 1, 2, 2, 3, 3, 4, 4}
		sums := [...]uint64{0, 0, 2, 5, 5, 10, 10, 17, 17}
		return total.Of(counts[limit], sums[limit])
	}
	t := newTable(limit)
	t.sieve()
	t.addProducts()
	t.result.Add(total.Of(1, 2))
	return t.result
}

// table is S(v, p) for all v that matter, after the primes up to p.
type table struct {
	limit  uint64
	root   uint64
	final  *odds    // P(v) for v up to √n
	primes []uint32 // the odd ones up to √n
	smalls *odds    // S(v, p) for v up to √n
	roughs []uint32 // 1, the roughs up to the cut, and the composite ones above it
	cut    uint64
	larges []total.Total // by the same index as roughs
	done   partial       // the odd primes done
	result total.Total   // P(n), once all has been added
}

func newTable(limit uint64) *table {
	root := integer.Sqrt(limit)
	t := &table{limit: limit, root: root, final: newOdds(root), smalls: newOdds(root), cut: root}
	for p := uint64(3); p*p <= root; p += 2 {
		if t.final.has(p) {
			t.final.strike(p)
		}
	}
	t.final.sumUp(0)
	size := (root + 1) / 2
	t.roughs, t.larges = make([]uint32, size), make([]total.Total, size)
	// The odd numbers up to v are (v+1)/2, and add up to its square; 1 does not count.
	for k := range t.roughs {
		i := 2*uint64(k) + 1
		t.roughs[k] = uint32(i)
		odds := (limit/i + 1) / 2
		t.larges[k] = total.Total{Count: odds - 1, Sum: integer.Product(odds, odds)}
		t.larges[k].Sum.Sub(integer.Of(1))
		if k > 0 && t.final.has(i) {
			t.primes = append(t.primes, uint32(i))
		}
	}
	return t
}

// sieve applies the recurrence for the primes up to the fourth root of n.
func (t *table) sieve() {
	struck := newOdds(t.root)
	for _, prime := range t.primes {
		p := uint64(prime)
		if p*p > t.root {
			break
		}
		struck.strike(p)
		struck.clear(p)
		t.sieveLarges(p, struck)
		t.smalls.strike(p)
		t.smalls.sumUp(p * p)
		t.done.sum += p
		t.done.count++
	}
	t.result.Add(t.larges[0])
	for k, i := range t.roughs[1:] {
		t.leave(i, t.larges[1+k])
	}
}

// sieveLarges applies the recurrence for p to the large values, and drops those that are not rough
// any more, or that are left to the end.
func (t *table) sieveLarges(p uint64, left *odds) {
	quotient := float64(t.limit / p)
	cut := min(t.cut, t.limit/p/p/p)
	done, kept := t.done, 0
	larges := t.larges[:len(t.roughs)]
	for k, i := range t.roughs {
		if i > 1 && !left.has(uint64(i)) {
			continue
		}
		value := larges[k]
		if uint64(i) > cut && t.final.has(uint64(i)) {
			t.leave(i, value)
			continue
		}
		if d := uint64(i) * p; d <= t.root {
			other := &larges[t.position(d)]
			sum := other.Sum
			sum.Sub(integer.Of(done.sum))
			value.Sum.Sub(sum.Times(p))
			value.Count -= other.Count - done.count
		} else {
			other := t.smalls.upTo(uint64(quotient / float64(i)))
			value.Sum.Sub(integer.Product(p, other.sum-done.sum))
			value.Count -= other.count - done.count
		}
		larges[kept], t.roughs[kept] = value, i
		kept++
	}
	t.roughs, t.larges, t.cut = t.roughs[:kept], larges[:kept], cut
}

// position is where the composite rough d is among the roughs: above the cut there are no primes.
func (t *table) position(d uint64) uint64 {
	position := t.smalls.countTo(d) - t.done.count
	if d > t.cut {
		position -= t.final.countTo(d) - t.final.countTo(t.cut)
	}
	return position
}

// leave takes the products of a prime above the fourth root away, for which its value was computed;
// those of the other primes are added by addProducts.
func (t *table) leave(prime uint32, value total.Total) {
	before := t.final.upTo(uint64(prime) - 2)
	value.Sum.Sub(integer.Of(before.sum))
	t.result.Sum.Sub(value.Sum.Times(uint64(prime)))
	t.result.Count -= value.Count - before.count
}

// addProducts adds what was left out for each prime i > ⁴√n: q (P(n/iq) - P(q')) for the primes q
// from where n/iq < q² on, up to i.
func (t *table) addProducts() {
	fourth := integer.Sqrt(t.root)
	for _, prime := range t.primes {
		q := uint64(prime)
		from, to := max(q, fourth, t.limit/q/q/q), min(t.root, t.limit/q/q)
		if q > to {
			break
		}
		if from >= to {
			continue
		}
		products := t.products(t.limit/q, from, to, t.final.upTo(q-2))
		t.result.Sum.Add(products.Sum.Times(q))
		t.result.Count += products.Count
	}
}

// products adds up i (P(m/i) - before) over the primes i above from, up to to.
func (t *table) products(m, from, to uint64, before partial) (added total.Total) {
	add := func(factor, sum, numbers, count uint64) {
		added.Sum.Add(integer.Product(factor, sum))
		added.Count += numbers * count
	}
	middle := min(max(from, integer.Sqrt(m)), to)
	quotient := float64(m)
	for _, i := range t.between(from, middle) {
		p := t.final.upTo(uint64(quotient / float64(i)))
		add(uint64(i), p.sum-before.sum, 1, p.count-before.count)
	}
	if middle == to {
		return added
	}
	// The other i, by the primes r that P(m/i) adds up: i r ≤ m.
	all, low, few := t.final.upTo(to), t.final.upTo(middle), t.final.upTo(m/to)
	add(all.sum-low.sum, few.sum-before.sum, all.count-low.count, few.count-before.count)
	for _, r := range t.between(m/to, m/middle) {
		p := t.final.upTo(uint64(quotient / float64(r)))
		add(uint64(r), p.sum-low.sum, 1, p.count-low.count)
	}
	return added
}

// between are the odd primes above from, up to to.
func (t *table) between(from, to uint64) []uint32 {
	if to <= from {
		return nil
	}
	return t.primes[t.final.countTo(from):t.final.countTo(to)]
}
