// Package primes is the course's exercise: the sum of the primes up to a limit, by one process and
// by many.
//
// The work is cut into units, which processes do side by side. They share no memory, for they have
// not asked for any (mmap(2), MAP_SHARED): what each has to do comes to it through a pipe, and what
// it has found goes back through another. Processes that compute are faster together than one as
// far as they get more processors, and as long as none waits for another that has more to do.
package primes

import (
	"maps"
	"slices"
	"time"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/machine"
	"mtp/lessons/primes/plan"
	"mtp/lessons/primes/printer"
)

// Options are the lesson's flags.
type Options struct {
	Procs      []int      `help:"With how many processes; can be repeated. Without it: 1, 4 and 10." placeholder:"N"`
	NoBaseline bool       `help:"Do not run with one process as well, to compare with."`
	Limit      plan.Limit `help:"Up to which number: 100000, 100_000, 1e10." default:"100000" placeholder:"N"`
	Method     string     `help:"How to find primes: trial (the course's), sieve, combinatorial, or auto." enum:"auto,trial,sieve,combinatorial" default:"auto" placeholder:"METHOD"`
	Schedule   string     `help:"How to hand the work out: static (equal parts of the range) or dynamic (small units, to any process that is free)." enum:"static,dynamic" default:"dynamic" placeholder:"HOW"`
	Print      bool       `help:"Print the primes, one a line; all else goes to the standard error."`
}

// Run adds up the primes with each number of processes, and compares.
func (o Options) Run(s *stage.Stage) {
	s.Sampler().Every(10 * time.Millisecond) // not to disturb what is measured
	if o.Print {
		printer.Print(s, uint64(o.Limit), o.printers())
		return
	}
	runs := o.runs()
	s.Room((1 + slices.Max(runs)) * stage.Threads)

	s.Title("primes: what more processes buy")
	s.Steps(1 + len(runs))
	if len(runs) > 1 {
		s.Steps(1 + len(runs) + 2)
	}
	method := o.sayMethod(s)
	m := seeProcessors(s)
	s.Say("timed",
		"As in the course, a decorator takes the time: a function that is put around the one that does the work. It reads the clock, calls that one, and reads the clock again. (In Python: @timed.)")
	o.forewarn(s, method, runs, m.Available())

	faster := askSpeedup(s, runs)
	var results []result
	for _, procs := range runs {
		results = append(results, o.run(s, m, method, procs))
	}
	if len(results) > 1 { // else it is for the sum, not for the lesson
		compare(s, results, m, faster)
		lists(s)
	}
	s.Lanes()
}

// run does the work with so many processes.
func (o Options) run(s *stage.Stage, m machine.Machine, method string, procs int) result {
	if procs == 1 {
		s.Step("one", "One process.")
	} else {
		s.Step("many", "{procs} processes.", "procs", procs)
	}
	t := newTeam(plan.New(method, uint64(o.Limit), o.Schedule == "static", procs))
	before := m.Times()
	wall := timed(func() { t.work(s, procs) })
	after := m.Times()
	r := result{procs: procs, wall: wall, workers: t.usages(), reports: t.reports()}
	r.had = shareOf(m, before, after, wall, cpu(r.workers))
	s.See("sum", r.reports, "Sum of the primes: {sum}. There are {count}.",
		"sum", t.sum.Sum.String(), "count", t.sum.Count)
	s.See("time", clock, "The decorator measured {wall}.", "wall", wall)
	r.seeShare(s)
	r.table(s)
	if procs == 1 && r.workers[0].voluntary != nil {
		s.Say("switches",
			"Waited: how often a process left the processor voluntarily, to wait. Preempted: how often it was taken off. Each is a context switch.")
	}
	if t.Static && method == plan.Trial && !t.failed && procs > 1 {
		r.seeLast(s, t.Share(procs-1))
	}
	return r
}

// timed is the course's decorator: it calls the function that it was given, and returns how long
// that took.
func timed(work func()) time.Duration {
	begun := time.Now()
	work()
	return time.Since(begun)
}

// roles are the processes of this lesson.
func roles() process.Roles {
	roles := process.Roles{"worker": worker, "print": printer.Role}
	maps.Copy(roles, listRoles())
	return roles
}
