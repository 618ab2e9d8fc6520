package kernel

import (
	"sync"
	"time"
)

// Watch looks at processes again and again, and remembers which of them it has seen as zombies. A state that lasts shorter
// than its interval may escape it.
type Watch struct {
	mu      sync.Mutex
	pids    []int
	zombies map[int]bool
	done    chan struct{}
	over    sync.WaitGroup
}

// watchInterval is the time between two looks.
const watchInterval = time.Millisecond

// NewWatch starts a watch over no processes.
func NewWatch() *Watch {
	w := &Watch{zombies: map[int]bool{}, done: make(chan struct{})}
	w.over.Go(func() {
		tick := time.NewTicker(watchInterval)
		defer tick.Stop()
		for {
			select {
			case <-w.done:
				return
			case <-tick.C:
				w.Look()
			}
		}
	})
	return w
}

// Add has these processes watched too.
func (w *Watch) Add(pids ...int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pids = append(w.pids, pids...)
}

// Look looks now, besides.
func (w *Watch) Look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, pid := range w.pids {
		if st, err := ReadStat(pid); err == nil && st.State == Zombie {
			w.zombies[pid] = true
		}
	}
}

// Stop ends the watch and returns how many of the processes were seen as zombies.
func (w *Watch) Stop() (zombies int) {
	close(w.done)
	w.over.Wait()
	return len(w.zombies)
}
