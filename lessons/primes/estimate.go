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

// warnIfLong says how long a run will take with so many processors, if that is longer than a few minutes.
func (o Options) warnIfLong(say *narrate.Narrator, method string, processors int) {
	n := float64(o.Limit)
	if n < 1e6 {
		return
	}
	var takes time.Duration
	switch method {
	case "trial": // of n numbers, a prime p costs p divisions
		const tried = 1 << 20
		var prime bool
		takes, _ = timed(func() error { prime = isPrime(tried | 7); return nil }) // it is one
		if prime {
			takes = scale(takes, n*n/(2*math.Log(n))/tried)
		}
	case "sieve":
		const tried = 1e8
		s := sieve.New(tried, cacheBytes())
		worker := s.NewWorker()
		takes, _ = timed(func() error { worker.Class(0); return nil })
		takes = scale(takes, float64(sieve.Classes(tried))*n/tried*math.Log(math.Log(n))/math.Log(math.Log(tried)))
	case "combinatorial":
		const tried = 1e10
		takes, _ = timed(func() error { combinatorial.Sum(tried); return nil })
		takes = scale(takes, math.Pow(n/tried, 0.7))
		processors = 1
	}
	if takes /= time.Duration(processors); takes > long {
		say.Warn("primes.long", "This will take about {estimate}. Ctrl-C ends it.", "estimate", takes.Round(time.Second).String())
	}
}

// scale is how long many times as much takes.
func scale(takes time.Duration, times float64) time.Duration {
	return time.Duration(min(float64(takes)*times, math.MaxInt64/2))
}
