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
	over    chan struct{} // closed when nothing more is to be said
	through chan struct{} // closed when all is said
}

// narrate begins to say things, one after the other, and says how many could not be said.
func narrate(sayUnsaid func(count int64)) *narration {
	const most = 2048
	n := &narration{
		queue: make(chan func(), most), over: make(chan struct{}), through: make(chan struct{}),
	}
	go func() {
		defer close(n.through)
		for {
			select {
			case say := <-n.queue:
				say()
				continue
			default:
			}
			if count := n.unsaid.Swap(0); count > 0 {
				sayUnsaid(count)
			}
			select {
			case say := <-n.queue:
				say()
			case <-n.over:
				if len(n.queue) == 0 {
					return
				}
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
	close(n.over)
	select {
	case <-n.through:
		return true
	case <-time.After(within):
		return false
	}
}
