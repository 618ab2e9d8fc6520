// Package sampler looks at processes again and again, and remembers in which states it found them.
package sampler

import (
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"mtp/lessons/kit/kernel"
)

// Ready is the state of a process that the scheduler kept waiting for most of the time since it was
// last looked at (/proc/PID/schedstat, second field). /proc/PID/stat has R for ready and running.
const Ready kernel.State = "ready"

// Starting is the state of a process between the call that made it and the moment when it runs its
// program: fork and exec. It is the caller who tells; /proc has no letter for it.
const Starting kernel.State = "starting"

// Span is a time during which a process was found in one state.
type Span struct {
	State      kernel.State
	Begin, End time.Time
}

// Lane is one process over time: spans without gaps, as far as it was sampled.
type Lane struct {
	PID, PPID int // the parent is the one that it had at first
	Adopted   []Adoption
	Name      string // its role
	Spans     []Span
	Gone      bool // after the last span it was not listed any more
}

// Adoption is a moment at which a process was found to have another parent.
type Adoption struct {
	By   int
	Seen time.Time
}

// LastParent is the one that it had when it was last seen.
func (l Lane) LastParent() int {
	if len(l.Adopted) > 0 {
		return l.Adopted[len(l.Adopted)-1].By
	}
	return l.PPID
}

// Begin is when the process was first seen, or called for.
func (l Lane) Begin() time.Time { return l.Spans[0].Begin }

// End is when it was last seen.
func (l Lane) End() time.Time { return l.Spans[len(l.Spans)-1].End }

// WasZombie reports whether the process was a zombie at some time.
func (l Lane) WasZombie() bool {
	return slices.ContainsFunc(l.Spans, func(s Span) bool { return s.State == kernel.Zombie })
}

// Zombies is how many of the processes have been zombies.
func Zombies(lanes []Lane) (count int) {
	for _, lane := range lanes {
		if lane.WasZombie() {
			count++
		}
	}
	return count
}

// Sampler looks at processes. To call one a zombie it wants to find it dead for longer than an
// instant: on its way out every process is in state Z, even one that the kernel reaps itself.
type Sampler struct {
	mu    sync.Mutex
	lanes []*sampled
	added time.Time // when the last one was
	every time.Duration
	ready bool // tell ready from running
	begin func()
	done  chan struct{}
	over  sync.WaitGroup
}

type sampled struct {
	Lane
	dead  time.Time // when it was found dead for the first time; zero if it was not
	turns turns
}

// A sampler looks often while processes are being started, and less often when nothing has happened
// for a while. It takes at most a fifth of one CPU.
const (
	interval     = time.Millisecond
	calmInterval = 10 * time.Millisecond
	calmAfter    = 10 * time.Second
	maxLanes     = 1024
	instant      = 50 * time.Microsecond
)

// New returns a sampler that begins, with this process, when the first other is added.
func New() *Sampler {
	s := &Sampler{every: interval, done: make(chan struct{})}
	s.begin = sync.OnceFunc(func() { s.over.Go(s.run) })
	return s
}

// Every sets how often to look, so that what is measured meanwhile is not disturbed. Without it, it
// is every millisecond.
func (s *Sampler) Every(interval time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.every = interval
}

// TellReady has ready told from running, where the kernel does (Linux, with schedstats).
func (s *Sampler) TellReady() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = true
}

func (s *Sampler) run() {
	next := interval
	for {
		select {
		case <-s.done:
			return
		case <-time.After(next):
		}
		begun := time.Now()
		s.Look()
		s.mu.Lock()
		next = max(s.every, 4*time.Since(begun))
		if time.Since(s.added) > calmAfter {
			next = max(next, calmInterval)
		}
		s.mu.Unlock()
	}
}

// Add has a process sampled too. begun is when this process called for it; zero if that is not
// known.
func (s *Sampler) Add(pid int, name string, begun time.Time) {
	s.begin()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.added = time.Now()
	if len(s.lanes) == 0 {
		s.add(Lane{PID: os.Getpid(), Name: "mtp"}, kernel.Busy, begun)
	}
	lane := Lane{PID: pid, Name: name}
	if !begun.IsZero() {
		lane.PPID = os.Getpid() // who has started it, also if it is gone before anybody looks
	}
	s.add(lane, Starting, begun)
}

func (s *Sampler) add(lane Lane, until kernel.State, begun time.Time) {
	if len(s.lanes) == maxLanes {
		return
	}
	if !begun.IsZero() {
		lane.Spans = []Span{{until, begun, s.added}}
	}
	l := &sampled{Lane: lane}
	l.look(s.ready)
	if len(l.Spans) > 0 { // it can be seen
		s.lanes = append(s.lanes, l)
	}
}

// Tell has lanes told that somebody else has seen, instead of sampling.
func (s *Sampler) Tell(lanes []Lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes = nil
	for _, lane := range lanes {
		s.lanes = append(s.lanes, &sampled{Lane: lane})
	}
}

// Look looks now, besides.
func (s *Sampler) Look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, lane := range s.lanes {
		lane.look(s.ready)
	}
}

func (l *sampled) look(ready bool) {
	if l.Gone {
		return
	}
	st, err := kernel.ReadStat(l.PID)
	now := time.Now()
	if ready && err == nil && st.State == kernel.Running {
		st.State = l.turns.sort(l.PID)
	}
	if errors.Is(err, kernel.ErrGone) {
		l.Gone = true
		l.extend(now)
	}
	if err != nil {
		return // gone; or this system does not tell, or /proc hides it
	}
	if l.PPID == 0 {
		l.PPID = st.PPID
	}
	if st.PPID != l.LastParent() && st.PPID != 0 {
		l.Adopted = append(l.Adopted, Adoption{st.PPID, now})
	}
	if len(l.Spans) == 0 {
		l.Spans = []Span{{st.State, now, now}}
	}
	l.extend(now)
	switch last := &l.Spans[len(l.Spans)-1]; {
	case st.State == last.State || st.State == kernel.Zombie && !st.Dead():
	case st.Dead() && l.dead.IsZero():
		l.dead = now
	case st.Dead() && now.Sub(l.dead) < instant:
	case st.Dead():
		last.End = l.dead
		l.Spans = append(l.Spans, Span{kernel.Zombie, l.dead, now})
	default:
		l.Spans = append(l.Spans, Span{st.State, now, now})
	}
}

// turns is what the scheduler had counted for a process when it was last asked.
type turns struct {
	asked      time.Time
	ran, ready time.Duration
	state      kernel.State // what it was mostly in before that
}

// window is how long the scheduler counts between two questions: its clock ticks every few
// milliseconds.
const window = 20 * time.Millisecond

// sort says whether a process in state R was mostly ready or mostly running of late.
func (t *turns) sort(pid int) kernel.State {
	if now := time.Now(); now.Sub(t.asked) >= window {
		ran, ready, err := scheduled(pid)
		if err != nil {
			return kernel.Running
		}
		t.state = kernel.Running
		if ready-t.ready > ran-t.ran {
			t.state = Ready
		}
		t.asked, t.ran, t.ready = now, ran, ready
	}
	return t.state
}

// extend lets the last span last until now.
func (l *sampled) extend(now time.Time) {
	if len(l.Spans) > 0 {
		l.Spans[len(l.Spans)-1].End = now
	}
}

// Lanes returns what has been found so far, in the order in which the processes were added.
func (s *Sampler) Lanes() []Lane {
	s.Look()
	s.mu.Lock()
	defer s.mu.Unlock()
	lanes := make([]Lane, len(s.lanes))
	for i, lane := range s.lanes {
		lanes[i] = lane.Lane
		lanes[i].Spans = slices.Clone(lane.Spans)
	}
	return lanes
}

// Stop ends the sampling.
func (s *Sampler) Stop() {
	close(s.done)
	s.over.Wait()
}
