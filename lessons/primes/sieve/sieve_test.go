package sieve

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/integer"
	"mtp/lessons/primes/total"
)

// sumUpTo sieves all classes, with a cache of so many bytes.
func sumUpTo(limit uint64, cache int) total.Total {
	s := New(limit, cache)
	sum := s.Given()
	w := s.NewWorker()
	for n := range Classes(limit) {
		sum.Add(w.Class(n))
	}
	return sum
}

const usualCache = 48 << 10

func TestSmallLimits(t *testing.T) {
	t.Parallel()
	var want total.Total
	primes := upTo(20000)
	for limit := range uint64(20000) {
		if len(primes) > 0 && primes[0] == limit {
			want.Add(total.Of(1, limit))
			primes = primes[1:]
		}
		if limit > 2000 && limit%97 != 0 {
			continue
		}
		if got := sumUpTo(limit, usualCache); got != want {
			t.Fatalf("%d: %v, want %v", limit, got, want)
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
	} {
		if raceEnabled && limit > 1e7 {
			continue
		}
		if got := sumUpTo(limit, usualCache).String(); got != want {
			t.Errorf("%d: %s, want %s", limit, got, want)
		}
	}
}

// Where the largest wheel begins: all of its classes, by two workers that share the sieve. With the
// smaller cache each class has several segments.
func TestLargestWheel(t *testing.T) {
	t.Parallel()
	limit := uint64(5_000_000_000)
	if raceEnabled { // which makes it take minutes
		limit = 5_000_000
	}
	s := New(limit, 16<<10)
	sums := []total.Total{s.Given(), {}}
	var workers sync.WaitGroup
	for n := range sums {
		workers.Go(func() {
			w := s.NewWorker()
			for class := n; class < Classes(limit); class += len(sums) {
				sums[n].Add(w.Class(class))
			}
		})
	}
	workers.Wait()
	sums[0].Add(sums[1])
	if got, want := sums[0], combinatorial.Sum(limit); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// Larger limits, where all classes would take too long: some of them, beginning with that of the
// limit. 29505444491 is the prime at which the sum outgrows 64 bits; up to the last limit there are
// primes that do not strike every segment.
func TestClassesOfLargerLimits(t *testing.T) {
	t.Parallel()
	for limit, count := range map[uint64]int{
		4_999_999_999:  10, // the last limit of the smaller wheel
		10_000_000_019: 10, 29_505_444_490: 10, 29_505_444_491: 10, 1_000_000_000_039: 1,
	} {
		s := New(limit, usualCache)
		w, byHand := s.NewWorker(), plainly(s.wheel, limit)
		class, _ := slices.BinarySearch(s.residues, uint32(limit%s.wheel))
		if raceEnabled {
			count /= 10 // of the last limit, none
		}
		for range count {
			r := s.residues[class]
			if got, want := w.Class(class), byHand(uint64(r)); got != want {
				t.Errorf("%d, class of %d: %v, want %v", limit, r, got, want)
			}
			class = (class + 577) % len(s.residues)
		}
	}
}

// plainly returns what adds up the primes of the class of a residue, as far as they are above the
// wheel, without any of the sieve's ways.
func plainly(wheel, limit uint64) func(r uint64) total.Total {
	of := func(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
	var primes, inverses []uint64 // those that the wheel has not, and 1/W modulo each
	for _, p := range upTo(integer.Sqrt(limit)) {
		if inverse := of(0).ModInverse(of(wheel), of(p)); inverse != nil {
			primes, inverses = append(primes, p), append(inverses, inverse.Uint64())
		}
	}
	return func(r uint64) (sum total.Total) {
		composite := make([]bool, (limit-r)/wheel+1)
		for i, p := range primes {
			first := (p - r%p) * inverses[i] % p // where Wk+r is a multiple
			for k := first; k < uint64(len(composite)); k += p {
				composite[k] = composite[k] || wheel*k+r != p
			}
		}
		for k := uint64(1); k < uint64(len(composite)); k++ {
			if !composite[k] {
				sum.Add(total.Of(1, wheel*k+r))
			}
		}
		return sum
	}
}

// The other method shares nothing with this one but what a prime is.
func TestAgreesWithTheCombinatorialSum(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	limits := []uint64{
		2_999_999, 3_000_000, 3_000_001, 499_999_999, 500_000_000, // where the wheel changes
		// Squares of the primes where the way of striking changes.
		163 * 163, 167*167 - 1, 167 * 167, 7993*7993 - 1, 7993 * 7993, 8009 * 8009,
		1 << 19 * 30, 1<<19*30 - 1, 344064*210 + 1, 344064*210 - 1, // ends of segments
	}
	for multiple := uint64(1); multiple < 300; multiple *= 7 {
		limits = append(limits, 30030*multiple-1, 30030*multiple, 30030*multiple+1)
	}
	for range 200 {
		limits = append(limits, random.Uint64N(1<<(8+random.UintN(20))))
	}
	if raceEnabled {
		limits = slices.DeleteFunc(limits, func(limit uint64) bool { return limit > 3_000_001 })
	}
	for _, limit := range limits {
		for _, cache := range []int{usualCache, 16 << 10} { // the smaller one has more segments
			if got, want := sumUpTo(limit, cache), combinatorial.Sum(limit); got != want {
				t.Errorf("%d with %d bytes of cache: %v, want %v", limit, cache, got, want)
			}
		}
	}
}

func TestOrdered(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	for _, step := range []uint64{1, 7, 1000, 4096, limit + 1} {
		s := NewOrdered(limit)
		var got []uint64
		for from := uint64(0); from <= limit; from += step {
			s.Primes(from, min(from+step, limit), func(prime uint64) { got = append(got, prime) })
		}
		if !slices.Equal(got, upTo(limit)) {
			t.Errorf("in steps of %d: %d primes, want %d in order",
				step, len(got), len(upTo(limit)))
		}
	}
}

func BenchmarkSieve(b *testing.B) {
	for _, limit := range []uint64{1e6, 1e7, 1e8, 1e9, 1e10} {
		b.Run(fmt.Sprintf("%.0e", float64(limit)), func(b *testing.B) {
			for b.Loop() {
				sumUpTo(limit, usualCache)
			}
		})
	}
}
