package plan

import (
	"math/big"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/primes/combinatorial"
	"mtp/lessons/primes/sieve"
)

// Limit is a number as people write large ones: 100000, 100_000, 1e10.
type Limit uint64

// maxAsked is the largest number that can be asked for.
const maxAsked = 1_000_000_000_000_000_000

// UnmarshalText parses a limit.
func (l *Limit) UnmarshalText(text []byte) error {
	plain := strings.ReplaceAll(string(text), "_", "")
	number, ok := new(big.Float).SetPrec(200).SetString(plain)
	if len(text) > 40 || !ok || !number.IsInt() ||
		number.Sign() < 0 || number.Cmp(big.NewFloat(maxAsked)) > 0 {
		return event.Mistake("mistake.limit",
			"--limit wants a whole number from 0 to 1e18, such as 100000, 100_000 or 1e10")
	}
	n, _ := number.Uint64()
	*l = Limit(n)
	return nil
}

// maxLimits are the largest limits by method.
var maxLimits = map[string]uint64{
	Trial: 10_000_000, Sieve: sieve.MaxLimit, Combinatorial: combinatorial.MaxLimit,
}

// MaxLimit is the largest limit that a method can do in bearable time and memory; 0 if there is no
// such method.
func MaxLimit(method string) uint64 { return maxLimits[method] }

// Check returns an error if a method, or auto, can't do so large a limit.
func Check(method string, limit uint64) error {
	if largest, ok := maxLimits[method]; ok && limit > largest {
		return event.Mistake("mistake.most",
			"--limit must be at most {most} for --method {method}",
			"most", largest, "method", method)
	}
	if method == Auto && limit > maxLimits[Sieve] {
		return event.Mistake("mistake.auto",
			"--limit must be at most {most}; with --method combinatorial at most {further}",
			"most", maxLimits[Sieve], "further", maxLimits[Combinatorial])
	}
	return nil
}
