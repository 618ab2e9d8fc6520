package chat

import (
	"sync/atomic"
	"time"
)

// narration is what is still to be said. Whoever has something to say does not wait for the screen,
// which may be slow, or stopped: what is too much for it is counted instead.
type narration struct {
	queue   chan func()
	unsaid  atomic.Int64
	through chan struct{}
}

// narrate begins to say things, one after the other, and says how many could not be said.
func narrate(sayUnsaid func(count int64)) *narration {
	const most = 2048
	n := &narration{queue: make(chan func(), most), through: make(chan struct{})}
	go func() {
		defer close(n.through)
		for say := range n.queue {
			say()
			if len(n.queue) > 0 {
				continue
			}
			if count := n.unsaid.Swap(0); count > 0 {
				sayUnsaid(count)
			}
		}
	}()
	return n
}

// later has something said when its turn comes.
func (n *narration) later(say func()) {
	select {
	case n.queue <- say:
	default:
		n.unsaid.Add(1)
	}
}

// end waits until all is said, for so long at most. It reports whether that is so.
func (n *narration) end(within time.Duration) (all bool) {
	close(n.queue)
	select {
	case <-n.through:
		return true
	case <-time.After(within):
		return false
	}
}
