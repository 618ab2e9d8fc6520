// Package plan cuts the work into units, which can be done in any order and by any process.
package plan

import (
	"math"

	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/sieve"
	"mtp/lessons/primes/total"
)

// The methods.
const (
	Auto          = "auto" // trial division, or the sieve where that would take too long
	Trial         = "trial"
	Sieve         = "sieve"
	Combinatorial = "combinatorial"
)

// LastTrial is up to where auto takes trial division.
const LastTrial = 200_000

// Plan is the work.
type Plan struct {
	Method string // not Auto
	Limit  uint64
	Units  int
	Static bool // the units are equal parts of the range, as in the course; else equally much work
}

// wantedUnits is how many units there are, if there can be so many: few enough to fit into the
// smallest pipe, by four bytes each.
const wantedUnits = 256

// New cuts the work for so many processes.
func New(method string, limit uint64, static bool, procs int) Plan {
	p := Plan{Method: method, Limit: limit, Units: wantedUnits, Static: static}
	if static {
		p.Units = procs
	}
	switch method {
	case Sieve:
		classes := sieve.Classes(limit)
		if !static {
			p.Units = max(classes/16, 1) // a class takes about a tenth of a millisecond
		}
		p.Units = max(min(p.Units, classes, 1024), 1)
	case Combinatorial:
		p.Units = 1
	}
	return p
}

// Range is what the nth unit of a trial division has to try: the numbers above one, up to another.
func (p Plan) Range(n int) (above, upTo uint64) { return p.cut(n), p.cut(n + 1) }

// cut is how far the first n units get.
func (p Plan) cut(n int) uint64 {
	part := float64(n) / float64(p.Units)
	if !p.Static {
		part = math.Sqrt(part) // the work grows with the square
	}
	return uint64(part * float64(p.Limit))
}

// Share is how much of the work the nth unit is.
func (p Plan) Share(n int) float64 {
	if p.Method != Trial || !p.Static {
		return 1 / float64(p.Units)
	}
	part := func(n int) float64 { return float64(n) / float64(p.Units) }
	return part(n+1)*part(n+1) - part(n)*part(n)
}

// Faster returns what does the nth unit by a method that is faster than trial division.
func (p Plan) Faster() func(n int) total.Total {
	if p.Method == Combinatorial {
		return func(int) total.Total { return combinatorial.Sum(p.Limit) }
	}
	s := sieve.New(p.Limit, sieve.CacheBytes())
	worker, classes := s.NewWorker(), sieve.Classes(p.Limit)
	return func(n int) (sum total.Total) {
		if n == 0 {
			sum = s.Given()
		}
		for class := n * classes / p.Units; class < (n+1)*classes/p.Units; class++ {
			sum.Add(worker.Class(class))
		}
		return sum
	}
}
