package kernel

import (
	"errors"
	"os"
	"slices"
	"sync"
	"time"
)

// Starting is the state of a process between the call that made it and the moment when it runs its program: fork and
// exec. It is the caller who tells; /proc has no letter for it.
const Starting State = "starting"

// Span is a time during which a process was found in one state.
type Span struct {
	State      State
	Begin, End time.Time
}

// Lane is one process over time: spans without gaps, as far as it was watched.
type Lane struct {
	PID, PPID int    // the parent is the one that it had at first
	Name      string // its role
	Spans     []Span
	Gone      bool // after the last span it was not listed any more
}

// Watch looks at processes again and again, and remembers in which states it found them. To call one a zombie it wants to
// find it dead for longer than an instant: on its way out every process is in state Z, even one that the kernel reaps itself.
type Watch struct {
	mu    sync.Mutex
	lanes []*watched
	added time.Time // when the last one was
	every time.Duration
	begin func()
	done  chan struct{}
	over  sync.WaitGroup
}

type watched struct {
	Lane
	dead time.Time // when it was found dead for the first time; zero if it was not
}

// A watch looks often while processes are being started, and less often when nothing has happened for a while. It takes
// at most a fifth of one CPU.
const (
	watchInterval = time.Millisecond
	calmInterval  = 10 * time.Millisecond
	calmAfter     = 10 * time.Second
	mostWatched   = 1024
	instant       = 50 * time.Microsecond
)

// NewWatch returns a watch that begins, with this process, when the first other is added.
func NewWatch() *Watch {
	w := &Watch{every: watchInterval, done: make(chan struct{})}
	w.begin = sync.OnceFunc(func() { w.over.Go(w.run) })
	return w
}

// Every sets how often to look, so that what is measured meanwhile is not disturbed. Without it, it is every millisecond.
func (w *Watch) Every(interval time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.every = interval
}

func (w *Watch) run() {
	interval := watchInterval
	for {
		select {
		case <-w.done:
			return
		case <-time.After(interval):
		}
		begun := time.Now()
		w.Look()
		w.mu.Lock()
		interval = max(w.every, 4*time.Since(begun))
		if time.Since(w.added) > calmAfter {
			interval = max(interval, calmInterval)
		}
		w.mu.Unlock()
	}
}

// Add has a process watched too. begun is when this process called for it; zero if that is not known.
func (w *Watch) Add(pid int, name string, begun time.Time) {
	w.begin()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.added = time.Now()
	if len(w.lanes) == 0 {
		w.add(Lane{PID: os.Getpid(), Name: "mtp"}, busy, begun)
	}
	lane := Lane{PID: pid, Name: name}
	if !begun.IsZero() {
		lane.PPID = os.Getpid() // who has started it, also if it is gone before anybody looks
	}
	w.add(lane, Starting, begun)
}

func (w *Watch) add(lane Lane, until State, begun time.Time) {
	if len(w.lanes) == mostWatched {
		return
	}
	if !begun.IsZero() {
		lane.Spans = []Span{{until, begun, w.added}}
	}
	l := &watched{Lane: lane}
	l.look()
	if len(l.Spans) > 0 { // it can be seen
		w.lanes = append(w.lanes, l)
	}
}

// Look looks now, besides.
func (w *Watch) Look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, lane := range w.lanes {
		lane.look()
	}
}

func (l *watched) look() {
	if l.Gone {
		return
	}
	st, err := ReadStat(l.PID)
	now := time.Now()
	if errors.Is(err, ErrGone) {
		l.Gone = true
		l.extend(now)
	}
	if err != nil {
		return // gone; or this system does not tell, or /proc hides it
	}
	if l.PPID == 0 {
		l.PPID = st.PPID
	}
	if len(l.Spans) == 0 {
		l.Spans = []Span{{st.State, now, now}}
	}
	l.extend(now)
	switch last := &l.Spans[len(l.Spans)-1]; {
	case st.State == last.State || st.State == Zombie && !st.Dead():
	case st.Dead() && l.dead.IsZero():
		l.dead = now
	case st.Dead() && now.Sub(l.dead) < instant:
	case st.Dead():
		last.End = l.dead
		l.Spans = append(l.Spans, Span{Zombie, l.dead, now})
	default:
		l.Spans = append(l.Spans, Span{st.State, now, now})
	}
}

// extend lets the last span last until now.
func (l *watched) extend(now time.Time) {
	if len(l.Spans) > 0 {
		l.Spans[len(l.Spans)-1].End = now
	}
}

// Lanes returns what has been found so far, in the order in which the processes were added.
func (w *Watch) Lanes() []Lane {
	w.Look()
	w.mu.Lock()
	defer w.mu.Unlock()
	lanes := make([]Lane, len(w.lanes))
	for i, lane := range w.lanes {
		lanes[i] = lane.Lane
		lanes[i].Spans = slices.Clone(lane.Spans)
	}
	return lanes
}

// WasZombie reports whether the process was a zombie at some time.
func (l Lane) WasZombie() bool {
	return slices.ContainsFunc(l.Spans, func(s Span) bool { return s.State == Zombie })
}

// Zombies is how many of the processes have been zombies.
func (w *Watch) Zombies() (count int) {
	for _, lane := range w.Lanes() {
		if lane.WasZombie() {
			count++
		}
	}
	return count
}

// Stop ends the watch.
func (w *Watch) Stop() {
	close(w.done)
	w.over.Wait()
}
