// Package total is how many primes there are, and their sum in 128 bits: a uint64 overflows at the prime 29505444491.
package total

import (
	"fmt"
	"math/big"
	"math/bits"
	"strconv"
)

// Total is a count and a sum.
type Total struct {
	Count  uint64
	hi, lo uint64
}

// Of is a total of so many numbers with this sum.
func Of(count, sum uint64) Total { return Total{Count: count, lo: sum} }

// Wide is a total of no numbers with a sum of 128 bits.
func Wide(hi, lo uint64) Total { return Total{hi: hi, lo: lo} }

// Affine is the total of count numbers a*k+b, the k of which add up to sum.
func Affine(a, sum, b, count uint64) Total {
	t := Total{Count: count}
	t.hi, t.lo = bits.Mul64(a, sum)
	hi, lo := bits.Mul64(b, count)
	t.Add(Total{hi: hi, lo: lo})
	return t
}

// Add adds another total.
func (t *Total) Add(o Total) {
	var carry uint64
	t.Count += o.Count
	t.lo, carry = bits.Add64(t.lo, o.lo, 0)
	t.hi, _ = bits.Add64(t.hi, o.hi, carry)
}

// Sum is the sum.
func (t Total) Sum() *big.Int {
	sum := new(big.Int).SetUint64(t.hi)
	return sum.Or(sum.Lsh(sum, 64), new(big.Int).SetUint64(t.lo))
}

// String is the count and the sum in decimal, as Parse reads them.
func (t Total) String() string { return fmt.Sprintf("%d %s", t.Count, t.Sum()) }

// Parse reads a count and a sum.
func Parse(count, sum string) (t Total, err error) {
	if t.Count, err = strconv.ParseUint(count, 10, 64); err != nil {
		return t, err
	}
	if t.lo, err = strconv.ParseUint(sum, 10, 64); err == nil {
		return t, nil
	}
	n, ok := new(big.Int).SetString(sum, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return t, fmt.Errorf("the sum %q: want a number of at most 128 bits", sum)
	}
	t.lo = new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()
	t.hi = new(big.Int).Rsh(n, 64).Uint64()
	return t, nil
}
