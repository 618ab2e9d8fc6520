// Package estimate says beforehand how long it takes to add primes up, or to find them in order.
package estimate

import (
	"math"
	"time"

	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/sieve"
)

// Warn says how long something will take, if that is so long that one wants to know before.
func Warn(s *stage.Stage, takes time.Duration) {
	const long = 2 * time.Minute
	if takes > long {
		s.Warn("long", "This will take about {estimate}. Ctrl-C ends it.",
			"estimate", takes.Round(time.Second).String())
	}
}

// sure is up to where nothing takes long.
const sure = 1e6

// Trial is how long one process takes to try all divisors of all numbers up to a limit.
func Trial(limit uint64, isPrime func(uint32) bool) time.Duration {
	const tried = 1<<20 | 7 // it is a prime
	if limit < sure {
		return 0
	}
	takes := fastest(func() { _ = isPrime(tried) })
	n := float64(limit)
	return scale(takes, n*n/(2*math.Log(n))/tried) // of n numbers, a prime p costs p divisions
}

// Sieve is how long one process takes to sieve all numbers up to a limit.
func Sieve(limit uint64) time.Duration {
	const tried = 1e8
	if limit < sure {
		return 0
	}
	worker := sieve.New(tried, sieve.CacheBytes()).NewWorker()
	takes := fastest(func() { worker.Class(0) }) * time.Duration(sieve.Classes(tried))
	n := float64(limit)
	return scale(takes, n/tried*math.Log(math.Log(n))/math.Log(math.Log(tried)))
}

// Combinatorial is how long it takes to add up the primes without finding them.
func Combinatorial(limit uint64) time.Duration {
	const tried = 1e10
	if limit < sure {
		return 0
	}
	takes := fastest(func() { combinatorial.Sum(tried) })
	return scale(takes, math.Pow(float64(limit)/tried, 0.7))
}

// InOrder is how long one process takes to find the primes in order, by intervals of some length,
// and another to write them.
func InOrder(limit, interval uint64) time.Duration {
	if limit < sure {
		return 0
	}
	s := sieve.NewOrdered(limit)
	takes := fastest(func() { s.Primes(limit-interval, limit, func(uint64) {}) })
	return scale(takes, 2*float64(limit)/float64(interval))
}

// fastest is how long something takes, undisturbed.
func fastest(work func()) time.Duration {
	best := time.Duration(math.MaxInt64)
	for range 3 {
		begun := time.Now()
		work()
		best = min(best, time.Since(begun))
	}
	return best
}

// scale is how long many times as much takes.
func scale(takes time.Duration, times float64) time.Duration {
	return time.Duration(min(float64(takes)*times, math.MaxInt64/2048))
}
