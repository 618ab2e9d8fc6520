// Package total is how many primes there are, and their sum.
package total

import (
	"errors"
	"fmt"
	"strconv"

	"mtp/lessons/primes/integer"
)

// Total is a count and a sum. From the prime 29505444491 on, the sum outgrows 64 bits.
type Total struct {
	Count uint64
	Sum   integer.Uint128
}

// Of is a total of so many numbers with this sum.
func Of(count, sum uint64) Total { return Total{Count: count, Sum: integer.Of(sum)} }

// Affine is the total of count numbers a*k+b, the k of which add up to sum.
func Affine(a, sum, b, count uint64) Total {
	t := Total{Count: count, Sum: integer.Product(a, sum)}
	t.Sum.Add(integer.Product(b, count))
	return t
}

// Add adds another total.
func (t *Total) Add(o Total) {
	t.Count += o.Count
	t.Sum.Add(o.Sum)
}

// String is the count and the sum in decimal, as Parse reads them.
func (t Total) String() string { return fmt.Sprintf("%d %v", t.Count, t.Sum) }

// Parse reads a count and a sum.
func Parse(count, sum string) (t Total, err error) {
	var errs [2]error
	t.Count, errs[0] = strconv.ParseUint(count, 10, 64)
	t.Sum, errs[1] = integer.Parse(sum)
	return t, errors.Join(errs[:]...)
}
