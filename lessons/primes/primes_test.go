package primes

import (
	"strings"
	"testing"
	"time"

	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/plan"
	"mtp/lessons/primes/total"
)

func FuzzReport(f *testing.F) {
	f.Add("4711 3 4 17")
	f.Add("1 2 3 340282366920938463463374607431768211456")
	f.Fuzz(func(t *testing.T, line string) {
		if r, err := parseReport(line); err == nil && len(strings.Fields(line)) != 4 {
			t.Errorf("%q: %+v", line, r)
		}
	})
}

// In how many units the work is cut, and how, makes no difference to the sum; nor do the shares add
// up to anything but the whole.
func TestUnitsAreTheWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method string
		limits []uint64
	}{
		{"trial", []uint64{0, 1, 2, 3, 10, 97, 5000}},
		{"sieve", []uint64{0, 1, 2, 3, 10, 97, 5000, 1e6, 5e6}},
		{"combinatorial", []uint64{0, 1, 2, 3, 10, 97, 5000, 1e9}},
	} {
		for _, limit := range test.limits {
			for _, procs := range []int{1, 4, 10, 1024} {
				for _, static := range []bool{false, true} {
					p := plan.New(test.method, limit, static, procs)
					add, sum, share := adder(p), total.Total{}, 0.0
					for unit := range p.Units {
						sum.Add(add(unit))
						share += p.Share(unit)
					}
					want := combinatorial.Sum(limit)
					if sum != want || share < 0.999 || share > 1.001 {
						t.Errorf("%+v: %v in units of %v; want %v", p, sum, share, want)
					}
				}
			}
		}
	}
}

// What is said of the parts is said of divisions, not of the start of processes.
func TestPartsRise(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		milliseconds []float64
		want         bool
	}{
		{[]float64{30, 75, 119, 160}, true},
		{[]float64{12, 30, 55, 49, 77, 93, 105, 99, 122, 140}, true}, // beside others
		{[]float64{2.1, 2.4, 3.3, 4.4}, false},                       // what it takes to start
		{[]float64{4, 2, 2, 3, 2, 2, 2, 2, 2, 9}, false},
		{[]float64{30, 160, 75, 119}, false},
		{[]float64{100, 101, 102, 160}, false},
	} {
		var parts []usage
		for _, ms := range test.milliseconds {
			parts = append(parts, usage{cpu: time.Duration(ms * float64(time.Millisecond))})
		}
		if rise(parts) != test.want {
			t.Errorf("%v: they rise: %v", test.milliseconds, !test.want)
		}
	}
}
