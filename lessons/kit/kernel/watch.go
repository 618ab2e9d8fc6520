package kernel

import (
	"sync"
	"time"
)

// Watch looks at processes again and again, and remembers which of them it has found to be zombies twice in a row. Once is not
// enough: on its way out every process is in state Z for an instant, even one that the kernel reaps itself.
type Watch struct {
	mu      sync.Mutex
	pids    []int
	looks   map[int]int // at a zombie, in a row
	zombies map[int]bool
	done    chan struct{}
	over    sync.WaitGroup
}

// watchInterval is the time between two looks.
const watchInterval = time.Millisecond

// NewWatch starts a watch over no processes.
func NewWatch() *Watch {
	w := &Watch{looks: map[int]int{}, zombies: map[int]bool{}, done: make(chan struct{})}
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
		if st, err := ReadStat(pid); err != nil || !st.Dead() {
			w.looks[pid] = 0
			continue
		}
		w.looks[pid]++
		if w.looks[pid] > 1 {
			w.zombies[pid] = true
		}
	}
}

// Stop ends the watch and returns how many of the processes were zombies.
func (w *Watch) Stop() (zombies int) {
	close(w.done)
	w.over.Wait()
	return len(w.zombies)
}
