package integer

import (
	"math"
	"math/big"
	"testing"
)

func TestSqrt(t *testing.T) {
	t.Parallel()
	roots := []uint64{0, 1, 2, 3, 1000, 94906265, 94906266, 94906267, 1<<31 - 1, 1 << 31}
	for _, root := range append(roots, math.MaxUint32-1) {
		if got := Sqrt(root * root); got != root {
			t.Errorf("of %d: %d, want %d", root*root, got, root)
		}
		if above := (root+1)*(root+1) - 1; Sqrt(above) != root {
			t.Errorf("of %d: %d, want %d", above, Sqrt(above), root)
		}
	}
	if got := Sqrt(math.MaxUint64); got != math.MaxUint32 {
		t.Errorf("of the largest: %d", got)
	}
}

// Package big knows the answers.
func FuzzUint128(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint64(3))
	f.Add(uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, a, b, c uint64) {
		of := func(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
		modulus := new(big.Int).Lsh(big.NewInt(1), 128)
		check := func(what string, got Uint128, want *big.Int) {
			if want.Mod(want, modulus); got.String() != want.String() {
				t.Errorf("%d, %d, %d: %s is %v, want %v", a, b, c, what, got, want)
			}
		}
		product := new(big.Int).Mul(of(a), of(b))
		sum, difference := Product(a, b), Product(a, b)
		sum.Add(Of(c))
		difference.Sub(Of(c))
		check("ab", Product(a, b), product)
		check("ab+c", sum, new(big.Int).Add(product, of(c)))
		check("ab-c", difference, new(big.Int).Sub(product, of(c)))
		check("abc", Product(a, b).Times(c), new(big.Int).Mul(product, of(c)))
	})
}

func FuzzParse(f *testing.F) {
	f.Add("17")
	f.Add("18435588552550705911377")
	f.Add("340282366920938463463374607431768211455")
	f.Add("340282366920938463463374607431768211456")
	f.Add("-1")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(parsed.String()); err != nil || again != parsed {
			t.Errorf("%q becomes %v, and then %v, %v", text, parsed, again, err)
		}
	})
}
