// Package primes is the course's exercise: the sum of the primes up to a limit, by one process and
// by many.
//
// The work is cut into units, which processes do side by side. They share no memory: what each has
// to do comes to it through a pipe, and what it has found goes back through another. More processes
// are faster only as long as there are processors for them, and as long as none waits for another
// with more to do.
package primes

import (
	"runtime"
	"slices"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/plan"
	"mtp/lessons/primes/printer"
)

// Options are the lesson's flags.
type Options struct {
	Procs      []int      `help:"With how many processes; can be repeated. Without it: 1, 4 and 10." placeholder:"N"`
	NoBaseline bool       `help:"Do not run with one process as well, to compare with."`
	Limit      plan.Limit `help:"Up to which number: 100000, 100_000, 1e10." default:"100000" placeholder:"N"`
	Method     string     `help:"How to find primes: trial (the course's), sieve, combinatorial, or auto." enum:"auto,trial,sieve,combinatorial" default:"auto" placeholder:"METHOD"`
	Schedule   string     `help:"How to hand the work out: static (equal parts of the range) or dynamic (small units, to whoever is free)." enum:"static,dynamic" default:"dynamic" placeholder:"HOW"`
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
	s.Room(slices.Max(runs) * stage.Threads)

	s.Title("primes: what more processes buy")
	method := o.sayMethod(s)
	processors := seeProcessors(s)
	o.forewarn(s, method, runs, processors)

	faster := askSpeedup(s, runs, processors)
	var results []result
	for _, procs := range runs {
		results = append(results, o.run(s, method, procs))
	}
	if len(results) > 1 { // else it is for the sum, not for the lesson
		compare(s, results, processors, faster)
		lists(s)
	}
	s.Lanes()
}

// seeProcessors says how many processors there are for the processes.
func seeProcessors(s *stage.Stage) int {
	cores, allowed := runtime.NumCPU(), runtime.GOMAXPROCS(0) // which knows a cgroup's limit
	s.See("cores", kernel.Processors, "This process may use {cores} processors.", "cores", cores)
	if allowed < cores {
		s.See("quota", kernel.Source("cpu.max of the cgroup"),
			"Its control group is allowed the time of about {allowed}.", "allowed", allowed)
	}
	return min(cores, allowed)
}

// run does the work with so many processes.
func (o Options) run(s *stage.Stage, method string, procs int) result {
	if procs == 1 {
		s.Step("one", "One process.")
	} else {
		s.Step("many", "{procs} processes.", "procs", procs)
	}
	t := newTeam(plan.New(method, uint64(o.Limit), o.Schedule == "static", procs))
	wall := t.work(s, procs)
	r := result{procs: procs, wall: wall, workers: t.usages()}
	s.See("sum", kernel.Source("a pipe from the workers"),
		"Sum of the primes: {sum}. There are {count}. It took {wall}.",
		"sum", t.sum.Sum.String(), "count", t.sum.Count, "wall", wall)
	r.table(s)
	if t.Static && method == plan.Trial && !t.failed {
		r.seeLast(s)
	}
	return r
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{"worker": worker, "append": appendPrimes, "print": printer.Role}
}
