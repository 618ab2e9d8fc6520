package bitset

import (
	"math/rand/v2"
	"testing"
)

func TestTally(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for length := range 70 {
		words := make([]uint64, length)
		var count, places uint64
		for i := range words {
			words[i] = random.Uint64() & random.Uint64()
			for place := range 64 {
				if words[i]>>place&1 != 0 {
					count++
					places += uint64(64*i + place)
				}
			}
		}
		if c, p := Tally(words); c != count || p != places {
			t.Errorf("%d words: %d bits at %d, want %d at %d", length, c, p, count, places)
		}
	}
}

func BenchmarkTally(b *testing.B) {
	words := make([]uint64, 4096)
	for i := range words {
		words[i] = rand.Uint64() & rand.Uint64()
	}
	b.SetBytes(int64(len(words) * 8))
	for b.Loop() {
		Tally(words)
	}
}
