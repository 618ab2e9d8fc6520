package watch

import (
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"mtp/lessons/kit/backtrace"
	"mtp/lessons/kit/tracer"
)

// kind is what sort of thing went wrong.
type kind string

const (
	neverWaited    kind = "neverwaited" // a zombie until its parent's end, or until the watch's
	late           kind = "late"        // a zombie for long, but waited for
	orphans        kind = "orphans"
	killed         kind = "killed"
	ended          kind = "ended" // by what is typed, or by a pipe that nobody reads
	cut            kind = "cut"
	unlooped       kind = "unlooped" // a handler of SIGCHLD that waits once for several
	noChild        kind = "nochild"
	reapedByKernel kind = "reapedbykernel" // so that a wait finds no child
	noFork         kind = "nofork"
	doubled        kind = "doubled" // output that was in a buffer at the fork
	perhaps        kind = "perhaps" // so, as far as one can see from outside
)

// finding is something that went wrong, or may have been meant, once for all the processes that it
// happened to in the same way.
type finding struct {
	kind   kind
	parent *tracer.Process   // or who did it
	who    []*tracer.Process // to whom it happened
	stack  backtrace.Stack   // where
	lasted time.Duration     // the longest
	count  int
	fact   tracer.Fact
	text   string
}

// wrong reports whether it is a mistake for sure.
func (f finding) wrong() bool {
	switch f.kind {
	case orphans, late, perhaps, reapedByKernel, ended:
		return false
	}
	return true
}

// lateAfter is for how long a zombie may last without being remarked upon, if it is waited for in
// the end; and briefAt the end of its parent without being called wrong.
const (
	lateAfter = time.Second
	brief     = 50 * time.Millisecond
)

// findings are what went wrong in a history, up to now.
func findings(h *tracer.History, now time.Time) (all []finding) {
	all = append(all, zombies(h, now)...)
	all = append(all, unloopedHandlers(h)...)
	for _, p := range h.All {
		all = append(all, ofProcess(h, p)...)
	}
	all = append(all, doubledOutput(h)...)
	for _, f := range h.Facts {
		if f.Kind == tracer.Failed && isFork(f.Call) {
			all = append(all, finding{
				kind: noFork, parent: h.Get(f.PID), stack: f.Stack, fact: f, count: 1,
			})
		}
	}
	all = merged(all)
	slices.SortStableFunc(all, func(a, b finding) int { // what is wrong first
		switch {
		case a.wrong() == b.wrong():
			return 0
		case a.wrong():
			return -1
		}
		return 1
	})
	return all
}

// zombies are those that nobody has waited for, or not for long.
func zombies(h *tracer.History, now time.Time) (all []finding) {
	for _, p := range h.All {
		lasted := p.Zombie(now)
		parent := h.Get(bornOf(p))
		f := finding{
			parent: parent, who: []*tracer.Process{p}, stack: p.Forked(), lasted: lasted, count: 1,
		}
		switch {
		case lasted == 0 || parent == nil:
			continue
		case p.Unreaped() && lasted >= brief:
			f.kind = neverWaited
		case !p.Unreaped() && lasted >= lateAfter:
			f.kind = late
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}

// bornOf is the parent that a process was born of.
func bornOf(p *tracer.Process) int {
	if p.Birth.Kind == tracer.Attached {
		return p.Birth.Parent
	}
	return cmp.Or(p.Birth.Parent, p.Birth.PID)
}

// unloopedHandlers are handlers that wait once, though several children may have ended: signals of
// one kind do not queue.
func unloopedHandlers(h *tracer.History) (all []finding) {
	for _, p := range h.All {
		if p.Disposed.Disposition != tracer.Handled || p.Execed && p.SIGCHLD != tracer.Handled {
			continue
		}
		ended, left, reaped := 0, []*tracer.Process(nil), 0
		for _, child := range p.Children {
			switch {
			case !child.Dead():
			case child.Unreaped() && child.End.Zombie:
				left = append(left, child)
				ended++
			default:
				ended++
			}
		}
		for _, wait := range p.Waits {
			if wait.Child > 0 {
				reaped++
			}
		}
		signals := h.Signals(p, sigchld)
		if len(left) > 0 && reaped > 0 && signals < ended {
			all = append(all, finding{
				kind: unlooped, parent: p, who: left, stack: p.Disposed.Stack, count: signals,
			})
		}
	}
	return all
}

// sigchld is its number on Linux.
const sigchld = syscall.Signal(17)

// ofProcess is what went wrong with one process alone.
func ofProcess(h *tracer.History, p *tracer.Process) (all []finding) {
	who := []*tracer.Process{p}
	if asked := p.Exiting.Status; p.Dead() && asked != asked&0xff && asked > 0 {
		all = append(all, finding{
			kind: cut, who: who, stack: p.Exiting.Stack, fact: p.Exiting, count: 1,
		})
	}
	if by := h.KilledBy(p); p.End.Kind == tracer.Killed && h.Get(by) == nil {
		f := finding{kind: killed, who: who, stack: p.Fatal.Stack, fact: p.End, count: 1}
		switch p.End.Signal {
		case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGPIPE:
			if by == 0 {
				f.kind = ended
			}
		}
		all = append(all, f)
	}
	if len(p.Orphaned) > 0 && !p.Orphaned[0].Zombie {
		f := p.Orphaned[0]
		all = append(all, finding{
			kind: orphans, who: who, parent: h.Get(f.Former), stack: p.Forked(), fact: f, count: 1,
		})
	}
	for i, wait := range p.Waits {
		if wait.Errno != syscall.Errno(echild) || wait.NoHang {
			continue
		}
		reaps := func(w tracer.Fact) bool { return w.Child > 0 }
		reapedBefore := slices.ContainsFunc(p.Waits[:i], reaps)
		f := finding{kind: noChild, parent: p, stack: wait.Stack, fact: wait, count: 1}
		if wait.Disposition == tracer.Ignored {
			f.kind = reapedByKernel
		}
		if !reapedBefore {
			all = append(all, f)
		}
	}
	return all
}

// echild is ECHILD on Linux.
const echild = 10

func isFork(call string) bool {
	return strings.Contains(call, "fork") || strings.Contains(call, "clone")
}

// doubledOutput is what a fork has copied in a buffer, and two processes have written.
func doubledOutput(h *tracer.History) (all []finding) {
	for i, fork := range h.Facts {
		if fork.Kind != tracer.Forked || len(fork.Pending) == 0 && !isPython(h.Get(fork.PID)) {
			continue
		}
		ours, theirs := nextWrite(h.Facts[i:], fork.PID), nextWrite(h.Facts[i:], fork.Child)
		if ours.Kind == "" || theirs.Kind == "" {
			continue
		}
		f := finding{
			parent: h.Get(fork.PID), who: []*tracer.Process{h.Get(fork.Child)},
			stack: fork.Stack, count: 1,
		}
		switch line := sameLines(ours.Bytes, theirs.Bytes); {
		case len(fork.Pending) > 0 && bytes.HasPrefix(ours.Bytes, fork.Pending) &&
			bytes.HasPrefix(theirs.Bytes, fork.Pending):
			f.kind, f.text = doubled, string(fork.Pending)
		case len(line) > 0 && isPython(f.parent):
			f.kind, f.text = perhaps, string(line)
		default:
			continue
		}
		all = append(all, f)
	}
	return all
}

// nextWrite is the first write of a process among facts that begin with a fork.
func nextWrite(facts []tracer.Fact, pid int) tracer.Fact {
	for _, f := range facts[1:] {
		if f.Kind == tracer.Wrote && f.PID == pid {
			return f
		}
		if f.Kind == tracer.Execed && f.PID == pid { // its buffers are gone
			break
		}
	}
	return tracer.Fact{}
}

// sameLines are the lines with which both begin.
func sameLines(a, b []byte) []byte {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:bytes.LastIndexByte(a[:n], '\n')+1]
}

// isPython reports whether it is Python that runs: what is in its buffers can't be seen from
// outside.
func isPython(p *tracer.Process) bool {
	return p != nil && len(p.Args) > 0 && strings.HasPrefix(path.Base(p.Args[0]), "python")
}

// merged are findings with those of one kind at one place in one.
func merged(all []finding) (fewer []finding) {
	same := func(a, b finding) bool {
		return a.kind == b.kind && a.parent == b.parent && a.stack.String() == b.stack.String() &&
			a.fact.Signal == b.fact.Signal && a.fact.Status == b.fact.Status &&
			a.fact.Errno == b.fact.Errno && a.text == b.text
	}
	for _, f := range all {
		i := slices.IndexFunc(fewer, func(other finding) bool { return same(f, other) })
		if i < 0 {
			fewer = append(fewer, f)
			continue
		}
		fewer[i].who = append(fewer[i].who, f.who...)
		fewer[i].count += f.count
		fewer[i].lasted = max(fewer[i].lasted, f.lasted)
	}
	return fewer
}
