package primes

import (
	"math"
	"time"

	"mtp/lessons/kit/narrate"
	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/sieve"
)

// long is what takes so long that one wants to know before.
const long = 2 * time.Minute

// warnIfLong says how long all runs will take, if that is longer than a few minutes.
func (o Options) warnIfLong(say *narrate.Narrator, method string, runs []int, processors int) {
	if method == "combinatorial" {
		processors = 1
	}
	var takes time.Duration
	one := estimate(method, float64(o.Limit))
	for _, procs := range runs {
		takes += one / time.Duration(min(procs, processors))
	}
	if takes > long {
		say.Warn("primes.long", "This will take about {estimate}. Ctrl-C ends it.", "estimate", takes.Round(time.Second).String())
	}
}

// estimate is how long one process takes up to n, from a small part of the work.
func estimate(method string, n float64) time.Duration {
	if n < 1e6 {
		return 0
	}
	switch method {
	case "trial": // of n numbers, a prime p costs p divisions
		const tried = 1 << 20
		var prime bool
		takes := fastest(func() { prime = isPrime(tried | 7) }) // it is one
		if prime {
			return scale(takes, n*n/(2*math.Log(n))/tried)
		}
	case "sieve":
		const tried = 1e8
		worker := sieve.New(tried, cacheBytes()).NewWorker()
		return scale(fastest(func() { worker.Class(0) }), float64(sieve.Classes(tried))*n/tried*math.Log(math.Log(n))/math.Log(math.Log(tried)))
	case "combinatorial":
		const tried = 1e10
		return scale(fastest(func() { combinatorial.Sum(tried) }), math.Pow(n/tried, 0.7))
	case "print":
		s := sieve.NewOrdered(uint64(n))
		return scale(fastest(func() { s.Primes(uint64(n)-interval, uint64(n), func(uint64) {}) }), 2*n/interval) // and as long to write them
	}
	return 0
}

// fastest is how long something takes, undisturbed.
func fastest(work func()) time.Duration {
	best := time.Duration(math.MaxInt64)
	for range 3 {
		takes, _ := timed(func() error { work(); return nil })
		best = min(best, takes)
	}
	return best
}

// scale is how long many times as much takes.
func scale(takes time.Duration, times float64) time.Duration {
	return time.Duration(min(float64(takes)*times, math.MaxInt64/2048))
}
