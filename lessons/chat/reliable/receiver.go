package reliable

import (
	"bytes"

	"mtp/lessons/chat/wire"
)

// maxAhead is how many lines past a gap are kept, and so how long a bitmap may be.
const maxAhead = 2048

// Receiver puts lines in order, and takes each once.
type Receiver struct {
	next  uint64            // line that is to come next
	held  map[uint64][]byte // lines past a gap
	last  uint64            // of those
	bytes int               // of those
	limit int               // of bytes
	room  *Budget

	Doubled uint64 // lines that had come before
}

// Budget is what several receivers may keep together, in bytes.
type Budget struct{ Left int }

// NewReceiver returns a receiver whose next line has this number. Past a gap it keeps so many bytes
// at most, and no more than is left of the budget.
func NewReceiver(next uint64, limit int, budget *Budget) Receiver {
	return Receiver{next: next, limit: limit, room: budget}
}

// use notes that so many bytes more are kept, or less.
func (r *Receiver) use(more int) {
	r.bytes += more
	r.room.Left -= more
}

// Next is the number of the line that is to come next.
func (r *Receiver) Next() uint64 { return r.next }

// Gap reports whether lines wait for one before them.
func (r *Receiver) Gap() bool { return len(r.held) > 0 }

// Ready reports whether a line waits whose turn it is: it was not taken when it was delivered.
func (r *Receiver) Ready() bool {
	_, is := r.held[r.next]
	return is
}

// Release delivers lines that wait, and whose turn it is.
func (r *Receiver) Release(deliver func(seq uint64, line []byte) bool) { r.release(deliver) }

// Take takes the lines of a datagram, the first of which has a number. Those whose turn it is are
// delivered; when deliver returns false the line, and all after it, is as if it had not come. It
// reports whether there was anything new.
func (r *Receiver) Take(
	first uint64, lines []byte, deliver func(seq uint64, line []byte) bool,
) (fresh bool) {
	count := uint64(bytes.Count(lines, []byte("\n")) + 1)
	if first > r.next {
		return r.hold(first, count, lines)
	}
	for seq := first; seq < first+count; seq++ {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte("\n"))
		if seq < r.next {
			r.Doubled++
			continue
		}
		if !deliver(seq, line) {
			return fresh
		}
		r.next++
		fresh = true
	}
	r.release(deliver)
	return fresh
}

// hold keeps what is past a gap: all of it or nothing.
func (r *Receiver) hold(first, count uint64, lines []byte) (fresh bool) {
	if first+count > r.next+maxAhead || r.bytes+len(lines) > r.limit || len(lines) >= r.room.Left {
		return false
	}
	for seq := first; seq < first+count; seq++ {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte("\n"))
		if _, is := r.held[seq]; is {
			r.Doubled++
			continue
		}
		if r.held == nil {
			r.held = map[uint64][]byte{}
		}
		r.held[seq] = bytes.Clone(line)
		r.use(len(line) + 1)
		r.last = max(r.last, seq)
		fresh = true
	}
	return fresh
}

// release delivers what was held and whose turn it is now.
func (r *Receiver) release(deliver func(seq uint64, line []byte) bool) {
	for len(r.held) > 0 {
		if r.last < r.next { // all of it has come again
			break
		}
		line, is := r.held[r.next]
		if !is {
			r.dropOld()
			return
		}
		if !deliver(r.next, line) {
			return
		}
		delete(r.held, r.next)
		r.use(-len(line) - 1)
		r.next++
	}
	r.Drop()
}

// dropOld drops lines that were held and have come again, in a datagram with the gap.
func (r *Receiver) dropOld() {
	for seq, line := range r.held {
		if seq < r.next {
			delete(r.held, seq)
			r.use(-len(line) - 1)
		}
	}
}

// Skip gives up waiting for lines before one. It returns how many have not come, and will not. When
// deliver returns false it ends there, and is to be called again.
func (r *Receiver) Skip(to uint64, deliver func(seq uint64, line []byte) bool) (missed uint64) {
	for ; r.next < to; r.next++ {
		line, is := r.held[r.next]
		if !is && (len(r.held) == 0 || r.next > r.last) { // there is nothing more to look for
			missed += to - r.next
			r.next = to
			break
		}
		if !is {
			missed++
			continue
		}
		if !deliver(r.next, line) {
			return missed
		}
		delete(r.held, r.next)
		r.use(-len(line) - 1)
	}
	r.release(deliver)
	return missed
}

// Ack acknowledges what has come, in a bitmap of so many digits at most.
func (r *Receiver) Ack(digits int) wire.Ack {
	a := wire.Ack{Cum: r.next - 1}
	if len(r.held) == 0 {
		return a
	}
	for line := r.next + 1; line <= r.last && len(a.Bitmap) < digits; line += 4 {
		d := 0
		for bit := range uint64(4) {
			if _, is := r.held[line+bit]; is {
				d |= 1 << bit
			}
		}
		a.Bitmap = append(a.Bitmap, "0123456789abcdef"[d])
	}
	a.Bitmap = bytes.TrimRight(a.Bitmap, "0")
	return a
}

// Drop drops what is past a gap: it will come again, in other datagrams.
func (r *Receiver) Drop() {
	r.use(-r.bytes)
	r.held = nil
}
