package primes

import (
	"math"
	"os"
	"strconv"
	"strings"

	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/sieve"
	"mtp/lessons/primes/total"
)

// plan is the work, cut into units that can be done in any order and by any process.
type plan struct {
	method string
	limit  uint64
	units  int
	equal  bool // the units are equal parts of the range, as in the course; else they are equally much work
}

// How many units there are, if there can be so many: few enough to fit into the smallest pipe, by four bytes each.
const wantedUnits = 256

// mostLimits are the largest limits by method.
var mostLimits = map[string]uint64{"trial": 10_000_000, "sieve": sieve.MaxLimit, "combinatorial": combinatorial.MaxLimit}

// lastTrial is up to where auto takes the course's own method.
const lastTrial = 200_000

func newPlan(method string, limit uint64, static bool, procs int) plan {
	p := plan{method: method, limit: limit, units: wantedUnits, equal: static}
	if static {
		p.units = procs
	}
	switch method {
	case "sieve":
		classes := sieve.Classes(limit)
		if !static {
			p.units = max(classes/16, 1) // a class takes about a tenth of a millisecond
		}
		p.units = max(min(p.units, classes, 1024), 1)
	case "combinatorial":
		p.units = 1
	}
	return p
}

// cut is where unit n of a trial division ends: its numbers are above cut(n-1).
func (p plan) cut(n int) uint64 {
	part := float64(n) / float64(p.units)
	if !p.equal {
		part = math.Sqrt(part) // the work grows with the square
	}
	return uint64(part * float64(p.limit))
}

// share is how much of the work unit n is.
func (p plan) share(n int) float64 {
	if p.method != "trial" || !p.equal {
		return 1 / float64(p.units)
	}
	part := func(n int) float64 { return float64(n) / float64(p.units) }
	return part(n+1)*part(n+1) - part(n)*part(n)
}

// prepare returns what does unit n.
func (p plan) prepare() func(n int) total.Total {
	switch p.method {
	case "sieve":
		s := sieve.New(p.limit, cacheBytes())
		worker, classes := s.NewWorker(), sieve.Classes(p.limit)
		return func(n int) (sum total.Total) {
			if n == 0 {
				sum = s.Given()
			}
			for class := n * classes / p.units; class < (n+1)*classes/p.units; class++ {
				sum.Add(worker.Class(class))
			}
			return sum
		}
	case "combinatorial":
		return func(int) total.Total { return combinatorial.Sum(p.limit) }
	}
	return func(n int) (sum total.Total) {
		for number := p.cut(n) + 1; number <= p.cut(n+1); number++ {
			if isPrime(uint32(number)) {
				sum.Add(total.Of(1, number))
			}
		}
		return sum
	}
}

// isPrime is the course's test: it tries every divisor.
func isPrime(n uint32) bool {
	if n < 2 {
		return false
	}
	for divisor := uint32(2); divisor < n; divisor++ {
		if n%divisor == 0 {
			return false
		}
	}
	return true
}

// cacheBytes is the size of the first-level data cache, or a usual one where the system does not tell.
func cacheBytes() int {
	const usual = 32 << 10
	text, err := os.ReadFile("/sys/devices/system/cpu/cpu0/cache/index0/size")
	if err != nil {
		return usual
	}
	kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(string(text)), "K"))
	if err != nil {
		return usual
	}
	return kilobytes << 10
}
