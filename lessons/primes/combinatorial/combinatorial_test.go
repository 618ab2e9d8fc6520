package combinatorial

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"mtp/lessons/primes/sieve"
	"mtp/lessons/primes/total"
)

func bySieve(limit uint64) total.Total {
	s := sieve.New(limit, 32<<10)
	sum := s.Given()
	w := s.NewWorker()
	for n := range sieve.Classes(limit) {
		sum.Add(w.Class(n))
	}
	return sum
}

func TestSmallLimits(t *testing.T) {
	t.Parallel()
	for limit := range uint64(2000) {
		if got, want := Sum(limit), bySieve(limit); got != want {
			t.Fatalf("%d: %v, want %v", limit, got, want)
		}
	}
}

// Two methods that share nothing but their definition agree.
func TestAgreesWithTheSieve(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		limit := random.Uint64N(1 << (10 + random.UintN(18)))
		if raceEnabled && limit > 1<<22 {
			continue
		}
		if got, want := Sum(limit), bySieve(limit); got != want {
			t.Errorf("%d: %v, want %v", limit, got, want)
		}
	}
}

// The sums are OEIS A046731's, the counts A006880's.
func TestPublished(t *testing.T) {
	t.Parallel()
	for limit, want := range map[uint64]string{
		1e1: "4 17", 1e2: "25 1060", 1e3: "168 76127", 1e4: "1229 5736396",
		1e5: "9592 454396537", 1e6: "78498 37550402023", 1e7: "664579 3203324994356",
		1e8: "5761455 279209790387276", 1e9: "50847534 24739512092254535",
		1e10: "455052511 2220822432581729238", 1e11: "4118054813 201467077743744681014",
		1e12: "37607912018 18435588552550705911377", 1e13: "346065536839 1699246443377779418889494",
	} {
		if raceEnabled && limit > 1e10 {
			continue
		}
		if got := Sum(limit).String(); got != want {
			t.Errorf("%d: %s, want %s", limit, got, want)
		}
	}
}

func BenchmarkSum(b *testing.B) {
	for _, limit := range []uint64{1e7, 1e8, 1e10, 1e12, 1e14} {
		b.Run(fmt.Sprintf("%.0e", float64(limit)), func(b *testing.B) {
			for b.Loop() {
				Sum(limit)
			}
		})
	}
}
