// Package integer has what Go's own integers lack: a square root, and 128 bits.
package integer

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// Sqrt is the integer square root.
func Sqrt(n uint64) uint64 {
	root := min(uint64(math.Sqrt(float64(n))), math.MaxUint32)
	for root*root > n {
		root--
	}
	for root < math.MaxUint32 && (root+1)*(root+1) <= n {
		root++
	}
	return root
}

// Uint128 is a number of 128 bits. It wraps around.
type Uint128 struct{ hi, lo uint64 }

// Of is a number of 64 bits.
func Of(n uint64) Uint128 { return Uint128{lo: n} }

// Product is a*b.
func Product(a, b uint64) Uint128 {
	hi, lo := bits.Mul64(a, b)
	return Uint128{hi, lo}
}

// Add adds another number.
func (u *Uint128) Add(o Uint128) {
	var carry uint64
	u.lo, carry = bits.Add64(u.lo, o.lo, 0)
	u.hi, _ = bits.Add64(u.hi, o.hi, carry)
}

// Sub takes another number away.
func (u *Uint128) Sub(o Uint128) {
	var borrow uint64
	u.lo, borrow = bits.Sub64(u.lo, o.lo, 0)
	u.hi, _ = bits.Sub64(u.hi, o.hi, borrow)
}

// Times is m times the number.
func (u Uint128) Times(m uint64) Uint128 {
	hi, lo := bits.Mul64(u.lo, m)
	return Uint128{hi + u.hi*m, lo}
}

// String is the number in decimal, as Parse reads it.
func (u Uint128) String() string {
	n := new(big.Int).SetUint64(u.hi)
	return n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(u.lo)).String()
}

// Parse reads a number in decimal.
func Parse(text string) (Uint128, error) {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return Of(n), nil
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return Uint128{}, fmt.Errorf("%q is no number of at most 128 bits", text)
	}
	lo := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return Uint128{n.Rsh(n, 64).Uint64(), lo.Uint64()}, nil
}
