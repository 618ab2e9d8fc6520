package sieve

import (
	"fmt"
	"testing"

	"mtp/lessons/primes/total"
)

// sumUpTo sieves all classes.
func sumUpTo(limit uint64) total.Total {
	s := New(limit, 48<<10)
	sum := s.Given()
	w := s.NewWorker()
	for n := range len(s.residues) {
		sum.Add(w.Class(n))
	}
	return sum
}

func TestSmall(t *testing.T) {
	t.Parallel()
	var want total.Total
	primes := upTo(20000)
	for limit := uint64(0); limit < 20000; limit++ {
		if len(primes) > 0 && primes[0] == limit {
			want.Add(total.Of(1, limit))
			primes = primes[1:]
		}
		if limit > 3000 && limit%97 != 0 {
			continue
		}
		if got := sumUpTo(limit); got != want {
			t.Fatalf("%d: %v, want %v", limit, got, want)
		}
	}
}

func TestPublished(t *testing.T) {
	t.Parallel()
	for limit, want := range map[uint64]string{
		1e5: "9592 454396537", 1e6: "78498 37550402023", 1e7: "664579 3203324994356", 1e8: "5761455 279209790387276",
		1e9: "50847534 24739512092254535",
	} {
		if got := sumUpTo(limit).String(); got != want {
			t.Errorf("%d: %s, want %s", limit, got, want)
		}
	}
}

func BenchmarkSieve(b *testing.B) {
	for _, limit := range []uint64{1e6, 1e7, 1e8, 1e9, 1e10} {
		b.Run(fmt.Sprintf("%.0e", float64(limit)), func(b *testing.B) {
			for b.Loop() {
				sumUpTo(limit)
			}
		})
	}
}
