package primes

import (
	"strings"
	"testing"

	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/total"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Limit{
		"0": 0, "1": 1, "100000": 100_000, "100_000": 100_000, "1e10": 1e10, "1E3": 1000, "2.5e3": 2500, "1e18": 1e18, "0x10": 16,
	} {
		var got Limit
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "abc", "-1", "1e30", "1e18000000", "1.5", "1e-3", "Inf", "NaN", "1000000000000000001", "1e18.5", "1 000"} {
		var got Limit
		if err := got.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "from 0 to 1e18") {
			t.Errorf("%q: %d, %v; want an error that says the range", text, got, err)
		}
	}
}

func FuzzLimit(f *testing.F) {
	f.Add("1e10")
	f.Add("1e-999999999999")
	f.Add("100_000")
	f.Fuzz(func(t *testing.T, text string) {
		var limit Limit
		if err := limit.UnmarshalText([]byte(text)); err == nil && limit > mostLimit {
			t.Errorf("%q: %d", text, limit)
		}
	})
}

func FuzzReport(f *testing.F) {
	f.Add("4711 3 4 17")
	f.Add("1 2 3 340282366920938463463374607431768211456")
	f.Fuzz(func(t *testing.T, line string) {
		if r, err := parseReport(line); err == nil && len(strings.Fields(line)) != 4 {
			t.Errorf("%q: %+v", line, r)
		}
	})
}

// In how many units the work is cut, and how, makes no difference to the sum; nor do the shares add up to anything but the whole.
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
					p := newPlan(test.method, limit, static, procs)
					do, sum, share := p.prepare(), total.Total{}, 0.0
					for unit := range p.units {
						sum.Add(do(unit))
						share += p.share(unit)
					}
					if want := combinatorial.Sum(limit); sum != want || share < 0.999 || share > 1.001 {
						t.Errorf("%s up to %d with %d processes, static %v: %v in %d units of %v; want %v", test.method, limit, procs, static, sum, p.units, share, want)
					}
				}
			}
		}
	}
}

// The course's parts are equally long, and cost 1, 3, 5 and 7 sixteenths of the divisions.
func TestStaticPartsAreEquallyLong(t *testing.T) {
	t.Parallel()
	p := newPlan("trial", 100_000, true, 4)
	for n := range 5 {
		if got := p.cut(n); got != uint64(n)*25_000 {
			t.Errorf("part %d ends at %d", n, got)
		}
	}
	if p.share(0) != 1.0/16 || p.share(3) != 7.0/16 {
		t.Errorf("shares %v and %v", p.share(0), p.share(3))
	}
}
