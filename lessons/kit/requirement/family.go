package requirement

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/tracer"
)

// began is when the program itself has begun. What is started under its name may be a script that
// looks for the right version of it, with children of its own.
func (r *Run) began() (at time.Time) {
	first := r.First()
	for _, f := range r.Facts {
		if f.Kind == tracer.Execed && first != nil && f.PID == first.PID && r.isProgram(f.Args) {
			at = f.Time
		}
	}
	return at
}

// isProgram reports whether a command line ends as the program's does.
func (r *Run) isProgram(args []string) bool {
	at := len(args) - len(r.Program)
	return at >= 0 && len(r.Program) > 0 && path.Base(args[at]) == path.Base(r.Program[0]) &&
		slices.Equal(args[at+1:], r.Program[1:])
}

// Children are all processes that the program has made, and those that they have made.
func (r *Run) Children() (all []*tracer.Process) {
	began := r.began()
	for _, p := range r.All {
		if p.Birth.Kind == tracer.Forked && !p.Born.Before(began) {
			all = append(all, p)
		}
	}
	return all
}

// Twins are those of them that run the same program.
func (r *Run) Twins() []*tracer.Process {
	return slices.DeleteFunc(r.Children(), func(p *tracer.Process) bool { return p.Execed })
}

// Parent is whose child a process was born as.
func (r *Run) Parent(p *tracer.Process) *tracer.Process {
	if parent := r.Get(cmp.Or(p.Birth.Parent, p.Birth.PID)); parent != nil {
		return parent
	}
	return r.First()
}

// Team is the largest number of children of one parent.
func (r *Run) Team() (team []*tracer.Process) {
	for _, parent := range r.All {
		var children []*tracer.Process
		for _, p := range r.Children() {
			if r.Parent(p) == parent {
				children = append(children, p)
			}
		}
		if len(children) > len(team) {
			team = children
		}
	}
	return team
}

// ZombieFor is for how long a process was a zombie while the parent lived that it was born of. What
// the machine took to let the program run is not counted: that is not the program's doing.
func (r *Run) ZombieFor(p *tracer.Process) time.Duration {
	lasted := p.Zombie(r.Until)
	if parent := r.Parent(p); lasted > 0 && parent.Dead() {
		lasted = min(lasted, max(parent.End.Time.Sub(p.End.Time), 0))
	}
	if lasted == 0 {
		return 0
	}
	return max(lasted-r.held(p.End.Time, p.End.Time.Add(lasted)), 1)
}

// held is for how long the program was kept waiting during some time.
func (r *Run) held(from, to time.Time) (held time.Duration) {
	for _, l := range r.Looks {
		begin, end := l.From, l.Time
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if whole := l.Time.Sub(l.From); end.After(begin) && whole > 0 {
			held += time.Duration(float64(l.Held) * float64(end.Sub(begin)) / float64(whole))
		}
	}
	return held
}

// Still reports whether all processes slept at the last looks.
func (r *Run) Still(looks int) bool {
	if len(r.Looks) < looks {
		return false
	}
	awake := func(l Look) bool { return !l.Asleep }
	return !slices.ContainsFunc(r.Looks[len(r.Looks)-looks:], awake)
}

// Listed takes in how processes were found in a look.
func (r *Run) Listed(now time.Time, found []State) {
	look := Look{From: now, Time: now, Asleep: true}
	if len(r.Looks) > 0 {
		look.From = r.Looks[len(r.Looks)-1].Time
	}
	since := now.Sub(look.From)
	for _, s := range found {
		before := State{}
		for _, other := range slices.Backward(r.States) {
			if other.PID == s.PID {
				before = other
				break
			}
		}
		held := min(s.Ready-before.Ready, since)
		switch s.State {
		case kernel.Running:
			look.Asleep, held = false, since-(s.Running-before.Running)
		case "t":
			look.Asleep, held = false, since
			if p := r.Get(s.PID); p != nil && p.Stopped(s.Time) {
				look.Asleep, held = true, 0
			}
		}
		look.Held = min(max(look.Held, held), since)
	}
	r.States = append(r.States, found...)
	r.Looks = append(r.Looks, look)
}

// AtOnce is the largest number of these processes that were alive at one moment.
func (r *Run) AtOnce(all []*tracer.Process) (most int) {
	for _, p := range all {
		count := 0
		for _, other := range all {
			if !other.Born.After(p.Born) && (!other.Dead() || other.End.Time.After(p.Born)) {
				count++
			}
		}
		most = max(most, count)
	}
	return most
}

// OwnCPU is for how long a process has used the processor since it began to run its program. What
// wait4 tells of it at its end has that of the children that it has waited for in it.
func (r *Run) OwnCPU(p *tracer.Process) time.Duration {
	used := p.End.CPU
	for _, child := range p.Children {
		if child.Wait.Kind != "" && child.Wait.PID == p.PID {
			used -= child.End.CPU
		}
	}
	for _, f := range r.Facts {
		if f.Kind == tracer.Execed && f.PID == p.PID && p == r.First() {
			used -= f.CPU
			break
		}
	}
	return max(used, 0)
}

// command is a command line, cut to what one sees at a glance.
func command(args []string) string {
	const enough = 40
	line := []rune(strings.Join(args, " "))
	if len(line) > enough {
		return string(line[:enough]) + "…"
	}
	return string(line)
}

// program is the program itself, by its PID; 0: it was not started.
func (r *Run) program() int {
	if first := r.First(); first != nil {
		return first.PID
	}
	return 0
}
