package primes

import (
	"errors"
	"math/big"
	"strings"
)

// Limit is a number as people write large ones: 100000, 100_000, 1e10.
type Limit uint64

// mostLimit is the largest number that can be asked for.
const mostLimit = 1_000_000_000_000_000_000

// UnmarshalText parses a limit.
func (l *Limit) UnmarshalText(text []byte) error {
	number, ok := new(big.Float).SetPrec(200).SetString(strings.ReplaceAll(string(text), "_", ""))
	if len(text) > 40 || !ok || !number.IsInt() || number.Sign() < 0 || number.Cmp(big.NewFloat(mostLimit)) > 0 {
		return errors.New("want a whole number from 0 to 1e18, as 100000, 100_000 or 1e10")
	}
	n, _ := number.Uint64()
	*l = Limit(n)
	return nil
}
