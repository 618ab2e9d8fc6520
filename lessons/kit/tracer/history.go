package tracer

import (
	"maps"
	"slices"
	"syscall"
	"time"

	"mtp/lessons/kit/backtrace"
)

// Process is what has become known of one process.
type Process struct {
	PID    int
	Parent int      // who has it now
	Args   []string // its command line; until it executes a program, its parent's
	Execed bool     // it has executed a program since it was born

	Birth Fact // Forked, or Attached; zero for the program itself
	Born  time.Time

	Exiting Fact // it called exit
	End     Fact // Exited or Killed; zero as long as it lives
	Wait    Fact // the wait by which its parent has reaped it, or zero
	Gone    Fact // Reaped: it disappeared without a wait that was seen, or zero

	SIGCHLD  string // its disposition: Default, Ignored or Handled
	Disposed Fact   // that set it; zero if it was inherited
	Before   string // what it was before
	Handler  Fact   // that set a handler last; zero if none has
	Failed   []Fact // calls
	Waiting  Fact   // the wait in which it is; zero if it is in none
	Waits    []Fact // that have returned; Disposition is that of SIGCHLD then
	Fatal    Fact   // the signal that was on its way last
	Stops    []Fact // Stopped and Continued
	Orphaned []Fact
	Children []*Process
}

// Dead reports whether it has ended.
func (p *Process) Dead() bool { return p.End.Kind != "" }

// Listed reports whether the process is in the process table, alive or as a zombie.
func (p *Process) Listed() bool {
	return !p.Dead() || p.End.Zombie && p.Wait.Kind == "" && p.Gone.Kind == ""
}

// Zombie is for how long the process was a zombie, or has been one; 0: it was none.
func (p *Process) Zombie(now time.Time) time.Duration {
	switch {
	case !p.Dead() || !p.End.Zombie:
		return 0
	case p.Wait.Kind != "":
		now = p.Wait.Time
	case p.Gone.Kind != "":
		now = p.Gone.Time
	}
	return max(now.Sub(p.End.Time), 1)
}

// Stopped reports whether the process was stopped at a moment.
func (p *Process) Stopped(at time.Time) (stopped bool) {
	for _, f := range p.Stops {
		if !f.Time.After(at) {
			stopped = f.Kind == Stopped
		}
	}
	return stopped
}

// Unreaped reports whether no wait of its parent was seen, though it was a zombie.
func (p *Process) Unreaped() bool { return p.Dead() && p.End.Zombie && p.Wait.Kind == "" }

// Forked is where in the source it was made.
func (p *Process) Forked() backtrace.Stack { return p.Birth.Stack }

// History is what follows from facts.
type History struct {
	All   []*Process // in the order of their births; a PID may occur again
	Facts []Fact

	latest map[int]*Process
}

// Get returns the latest process with a PID, or nil.
func (h *History) Get(pid int) *Process { return h.latest[pid] }

// First is the program itself; nil before it has begun.
func (h *History) First() *Process {
	if len(h.All) == 0 {
		return nil
	}
	return h.All[0]
}

// Living are those that have not ended.
func (h *History) Living() (living []*Process) {
	for _, p := range h.All {
		if !p.Dead() {
			living = append(living, p)
		}
	}
	return living
}

// Add adds a fact.
func (h *History) Add(f Fact) {
	h.Facts = append(h.Facts, f)
	if h.latest == nil {
		h.latest = map[int]*Process{}
	}
	switch f.Kind {
	case Forked:
		h.forked(f)
		return
	case Attached:
		p := &Process{
			PID: f.PID, Parent: f.Parent, Args: f.Args, Birth: f, Born: f.Time, Execed: true,
			SIGCHLD: f.Disposition,
		}
		if f.Zombie {
			p.End = Fact{Time: f.Time, Kind: Exited, PID: f.PID, Zombie: true}
		}
		if parent := h.latest[f.Parent]; parent != nil {
			parent.Children = append(parent.Children, p)
		}
		h.born(p)
		return
	case Execed:
		if h.latest[f.PID] == nil {
			h.born(&Process{PID: f.PID, Parent: f.Parent, Born: f.Time, SIGCHLD: Default})
		}
	}
	if p := h.latest[f.PID]; p != nil {
		h.happened(p, f)
	}
}

func (h *History) born(p *Process) {
	h.All = append(h.All, p)
	h.latest[p.PID] = p
}

func (h *History) forked(f Fact) {
	child := &Process{PID: f.Child, Parent: f.Parent, Birth: f, Born: f.Time, SIGCHLD: Default}
	if maker := h.latest[f.PID]; maker != nil {
		child.Args, child.SIGCHLD = maker.Args, maker.SIGCHLD
		maker.Children = append(maker.Children, child)
	}
	h.born(child)
}

func (h *History) happened(p *Process, f Fact) {
	switch f.Kind {
	case Execed:
		p.Args, p.Execed, p.Handler, p.Failed = f.Args, true, Fact{}, nil
		if p.SIGCHLD == Handled { // execve(2)
			p.SIGCHLD = Default
		}
	case Exiting:
		p.Exiting = f
	case Exited, Killed:
		p.End = f
	case Waiting:
		p.Waiting = f
	case Waited:
		p.Waiting = Fact{}
		f.Disposition = p.SIGCHLD
		p.Waits = append(p.Waits, f)
		if child := h.latest[f.Child]; child != nil && child.Dead() && !f.Peek {
			child.Wait = f
		}
	case Reaped:
		p.Gone = f
	case Orphaned:
		p.Parent = f.Parent
		p.Orphaned = append(p.Orphaned, f)
	case Disposed:
		p.Before, p.SIGCHLD, p.Disposed = p.SIGCHLD, f.Disposition, f
		if f.Disposition == Handled {
			p.Handler = f
		}
	case Failed:
		p.Failed = append(p.Failed, f)
	case Signalled:
		p.Fatal = f
	case Stopped, Continued:
		p.Stops = append(p.Stops, f)
	}
}

// KilledBy is who has sent the signal of which a process has died; 0: it is not known, or it was
// the kernel.
func (h *History) KilledBy(p *Process) int {
	if p.End.Kind != Killed {
		return 0
	}
	if p.Fatal.Signal == p.End.Signal && p.Fatal.Kind == Signalled {
		return p.Fatal.Sender
	}
	for _, f := range slices.Backward(h.Facts) { // SIGKILL is not announced
		it := f.Kind == Sent && f.Target == p.PID && f.Signal == p.End.Signal
		if it && !f.Time.After(p.End.Time) {
			return f.PID
		}
	}
	return 0
}

// Signals counts the signals of one number that were delivered to a process.
func (h *History) Signals(p *Process, sig syscall.Signal) (count int) {
	for _, f := range h.Facts {
		if f.Kind == Signalled && f.PID == p.PID && f.Signal == sig && !f.Time.Before(p.Born) {
			count++
		}
	}
	return count
}

// PIDs are those of all processes, each once.
func (h *History) PIDs() []int { return slices.Sorted(maps.Keys(h.latest)) }
