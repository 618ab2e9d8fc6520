package sieve

import "mtp/lessons/primes/integer"

// Ordered finds the primes of one interval after the other, in order.
type Ordered struct {
	base []uint64
	odds []bool // composite, for the odd numbers of an interval
}

// NewOrdered returns a sieve for intervals up to a limit.
func NewOrdered(limit uint64) *Ordered {
	return &Ordered{base: upTo(integer.Sqrt(limit))}
}

// Primes calls yield for each prime above from, up to to, in order.
func (o *Ordered) Primes(from, to uint64, yield func(prime uint64)) {
	if from < 2 && to >= 2 {
		yield(2)
	}
	first := max(from+1, 3) | 1 // the first odd number
	if first > to {
		return
	}
	size := (to-first)/2 + 1
	if uint64(len(o.odds)) < size {
		o.odds = make([]bool, size)
	}
	odds := o.odds[:size]
	clear(odds)
	for _, p := range o.base[min(1, len(o.base)):] {
		if p*p > to {
			break
		}
		multiple := max(p*p, (first+p-1)/p*p)
		if multiple%2 == 0 {
			multiple += p
		}
		for i := (multiple - first) / 2; i < size; i += p {
			odds[i] = true
		}
	}
	for i, composite := range odds {
		if !composite {
			yield(first + 2*uint64(i))
		}
	}
}
