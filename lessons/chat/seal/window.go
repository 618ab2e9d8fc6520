package seal

// window knows which of the last counters were seen (RFC 6479): a ring of words, of which one at
// most is cleared for each 64 counters.
type window struct {
	words [words]uint64
	next  uint64 // after the highest that was seen
}

const (
	words = 17 // one more than are looked at: it is cleared while it fills
	size  = (words - 1) * 64
)

// isNew reports whether a counter was not seen yet, for sure.
func (w *window) isNew(counter uint64) bool {
	if counter >= w.next {
		return true
	}
	return w.next-counter <= size && w.words[counter/64%words]>>(counter%64)&1 == 0
}

// note notes that a counter was seen.
func (w *window) note(counter uint64) {
	if counter >= w.next {
		from, to := (w.next+63)/64, counter/64 // words that begin after the highest, up to its own
		if to >= from+words {
			from = to - words + 1
		}
		for ; from <= to; from++ {
			w.words[from%words] = 0
		}
		w.next = counter + 1
	}
	w.words[counter/64%words] |= 1 << (counter % 64)
}
