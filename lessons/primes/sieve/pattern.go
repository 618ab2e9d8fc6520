package sieve

// pattern has the multiples of two or more small primes struck, in a whole period of words, and
// further by a segment.
type pattern struct {
	words   []uint64
	period  uint64 // in words, as in bits: 64 shares no factor with it
	inverse uint64 // 1/(64 W) modulo the period
}

// makePatterns makes patterns for pairs of primes, a small one with a large one, so that the
// periods are much alike.
func (s *Sieve) makePatterns(primes []uint64) (patterns []pattern) {
	for len(primes) > 0 {
		pair := []uint64{primes[0]}
		if last := len(primes) - 1; last > 0 {
			pair = append(pair, primes[last])
			primes = primes[:last]
		}
		primes = primes[1:]
		patterns = append(patterns, s.makePattern(pair))
	}
	return patterns
}

// makePattern makes a pattern whose bit 0 is a multiple of each prime.
func (s *Sieve) makePattern(primes []uint64) pattern {
	period := uint64(1)
	for _, p := range primes {
		period *= p
	}
	pat := pattern{words: make([]uint64, period+s.segment/64), period: period}
	for i := range pat.words {
		pat.words[i] = ^uint64(0)
	}
	for _, p := range primes {
		for k := uint64(0); k < 64*period; k += p {
			pat.words[k/64] &^= 1 << (k % 64)
		}
	}
	for i := period; i < uint64(len(pat.words)); i++ { // the segment may be longer than the period
		pat.words[i] = pat.words[i-period]
	}
	pat.inverse = inverse(64*s.wheel%period, period)
	return pat
}

// layPatterns begins a segment of the class of r, whose first word is the given one of the class,
// with all the patterns.
//
// Bit k of the class is a multiple of p where k ≡ -r/W. A pattern begins at its word i where bit
// 64i+k is a multiple of p for those k: 64i ≡ r/W.
func (w *Worker) layPatterns(r, first uint64) {
	words := w.words[:w.segment/64]
	from := func(n int) []uint64 {
		if n >= len(w.patterns) {
			return w.blank[:len(words)]
		}
		pat := &w.patterns[n]
		at := (r*pat.inverse + first) % pat.period
		return pat.words[at:][:len(words)]
	}
	for n := 0; n == 0 || n < len(w.patterns); n += 4 {
		a, b, c, d := from(n), from(n+1), from(n+2), from(n+3)
		if n == 0 {
			for i := range words {
				words[i] = a[i] & b[i] & c[i] & d[i]
			}
			continue
		}
		for i := range words {
			words[i] &= a[i] & b[i] & c[i] & d[i]
		}
	}
}
