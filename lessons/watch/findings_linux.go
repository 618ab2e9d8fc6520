package watch

import (
	"bytes"
	"cmp"
	"fmt"
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
	noExec         kind = "noexec"
	noFork         kind = "nofork"
	doubled        kind = "doubled"     // output that was in a buffer at the fork
	perhaps        kind = "perhaps"     // so, as far as one can see from outside
	interrupted    kind = "interrupted" // a zombie whose parent did not come to wait for it
)

// finding is something that went wrong, or may have been meant, once for all the processes that it
// happened to in the same way.
type finding struct {
	kind    kind
	parent  *tracer.Process   // or who did it
	parents []int             // all that did
	who     []*tracer.Process // to whom it happened
	stack   backtrace.Stack   // where
	lasted  time.Duration     // the longest
	count   int
	fact    tracer.Fact
	text    string
}

// wrong reports whether it is a mistake for sure.
func (f finding) wrong() bool {
	switch f.kind {
	case orphans, late, perhaps, reapedByKernel, ended, interrupted:
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
	all = append(all, unloopedHandlers(h)...)
	unlooped := all
	for _, f := range zombies(h, now) {
		ofSame := func(u finding) bool { return u.parent == f.parent }
		explained := slices.ContainsFunc(unlooped, ofSame)
		if f.kind != neverWaited || !explained {
			all = append(all, f)
		}
	}
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
		case p.Unreaped() && lasted >= brief && endedByKey(h, parent):
			f.kind = interrupted
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
		if p.Handler.Kind == "" {
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
				kind: unlooped, parent: p, who: left, stack: p.Handler.Stack, count: signals,
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
	if asked := p.Exiting.Status; p.Dead() && asked != asked&0xff {
		all = append(all, finding{
			kind: cut, who: who, stack: p.Exiting.Stack, fact: p.Exiting, count: 1,
		})
	}
	by := h.KilledBy(p)
	relative := by != 0 && by != p.PID && h.Get(by) != nil
	if p.End.Kind == tracer.Killed && (!relative || p == h.First()) {
		f := finding{kind: killed, who: who, stack: p.Fatal.Stack, fact: p.End, count: 1}
		switch p.End.Signal {
		case syscall.SIGHUP, syscall.SIGPIPE:
			if by == 0 {
				f.kind = ended
			}
		}
		if relative || endedByKey(h, p) {
			f.kind = ended
		}
		all = append(all, f)
	}
	if len(p.Orphaned) > 0 && !p.Orphaned[0].Zombie {
		f := p.Orphaned[0]
		all = append(all, finding{
			kind: orphans, who: who, parent: h.Get(f.Former), stack: p.Forked(), fact: f, count: 1,
		})
	}
	if !p.Execed && len(p.Failed) > 0 {
		last := p.Failed[len(p.Failed)-1]
		if strings.HasPrefix(last.Call, "exec") {
			all = append(all, finding{
				kind: noExec, who: who, stack: last.Stack, fact: last, count: 1,
			})
		}
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
		if !reapedBefore || wait.Target > 0 {
			all = append(all, f)
		}
	}
	return all
}

// endedByKey reports whether a process has died of a signal that was typed, perhaps by sending
// itself what it had caught, as Python does.
func endedByKey(h *tracer.History, p *tracer.Process) bool {
	return p.End.Kind == tracer.Killed && isTyped(p.End.Signal) &&
		slices.ContainsFunc(h.Facts, func(f tracer.Fact) bool {
			return f.Kind == tracer.Signalled && f.PID == p.PID && f.Sender == 0 &&
				f.Signal == p.End.Signal && !f.Time.Before(p.Born)
		})
}

// echild is ECHILD on Linux.
const echild = 10

func isFork(call string) bool {
	return strings.Contains(call, "fork") || strings.Contains(call, "clone")
}

// doubledOutput is what forks have copied in a buffer, and several processes have written.
func doubledOutput(h *tracer.History) (all []finding) {
	done := map[string]bool{}
	for i, fork := range h.Facts {
		parent := h.Get(fork.PID)
		if fork.Kind != tracer.Forked || len(fork.Pending) == 0 && !isPython(parent) {
			continue
		}
		ours, theirs := nextWrite(h.Facts[i:], fork.PID), nextWrite(h.Facts[i:], fork.Child)
		f := finding{parent: parent, stack: fork.Stack, fact: tracer.Fact{PID: fork.PID}}
		if len(fork.Pending) > 0 {
			f.kind, f.text = doubled, string(fork.Pending)
			if bytes.HasPrefix(ours.Bytes, fork.Pending) {
				f.count++
			}
			for k, other := range h.Facts { // the copies of the same bytes
				if other.Kind != tracer.Forked || other.PID != fork.PID ||
					!bytes.Equal(other.Pending, fork.Pending) {
					continue
				}
				theirs := nextWrite(h.Facts[k:], other.Child)
				if bytes.HasPrefix(theirs.Bytes, fork.Pending) {
					f.who = append(f.who, h.Get(other.Child))
					f.count++
				}
			}
		} else if line := sameLines(ours.Bytes, theirs.Bytes); len(line) > 0 {
			f.kind, f.text, f.count = perhaps, string(line), 2
			f.who = []*tracer.Process{h.Get(fork.Child)}
		}
		key := fmt.Sprint(fork.PID, f.kind, f.text)
		if f.count > 1 && !done[key] {
			done[key] = true
			all = append(all, f)
		}
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
	type alike struct {
		kind   kind
		place  string
		parent *tracer.Process // where no place is known
		signal syscall.Signal
		status int
		errno  syscall.Errno
		text   string
	}
	first := map[alike]int{}
	for _, f := range all {
		key := alike{
			kind: f.kind, place: f.stack.String(), signal: f.fact.Signal, status: f.fact.Status,
			errno: f.fact.Errno, text: f.text,
		}
		if key.place == "" {
			key.parent = f.parent
		}
		i, known := first[key]
		if !known {
			first[key] = len(fewer)
			if f.parent != nil {
				f.parents = []int{f.parent.PID}
			}
			fewer = append(fewer, f)
			continue
		}
		if p := f.parent; p != nil && !slices.Contains(fewer[i].parents, p.PID) {
			fewer[i].parents = append(fewer[i].parents, p.PID)
		}
		fewer[i].who = append(fewer[i].who, f.who...)
		fewer[i].count += f.count
		fewer[i].lasted = max(fewer[i].lasted, f.lasted)
	}
	return fewer
}
