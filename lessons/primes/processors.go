package primes

import (
	"os"
	"strconv"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/machine"
)

// seeProcessors says how many processors there are for the processes, and for how long they may use
// them.
func seeProcessors(s *stage.Stage) machine.Machine {
	m := machine.Look()
	if m.Cores == 1 {
		s.See("cores.one", kernel.Processors, "This process may use one processor.",
			"cores", m.Cores)
	} else {
		s.See("cores", kernel.Processors, "This process may use {cores} processors.",
			"cores", m.Cores)
	}
	for _, quota := range m.Quotas {
		s.See("quota", quota,
			"A control group that this process is in may run for {quota} in each {period}, on all processors together (quota / period = {allowed}).")
	}
	const variable = "GOMAXPROCS"
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		s.See("gomaxprocs", kernel.In(variable, os.Getpid()),
			"GOMAXPROCS = {value} in the environment: that limits the threads of a Go program, not how many processes run.",
			"value", n)
	}
	return m
}

// share is how many processors were in use during a run, on average.
type share struct {
	own, others float64
	seen        bool // whether others is known
}

// shareOf is what a run has had of the processors, and all else beside it.
func shareOf(
	m machine.Machine, from, to machine.Times, wall, cpu time.Duration,
) (had share) {
	had.own = rounded(cpu.Seconds() / wall.Seconds())
	had.others, had.seen = m.Others(from, to, wall, cpu)
	had.others = rounded(had.others)
	return had
}

// seeShare shows it.
func (r result) seeShare(s *stage.Stage) {
	s.See("used", r.rusage(),
		"Processors used, on average: {used} (CPU time of all / time).",
		"used", r.had.own)
	if r.had.seen {
		s.See("others", machine.Stat, "Processors used meanwhile by all else: {others}.",
			"others", r.had.others)
	}
}

// sayWhy says what the speed-up comes from: what was seen of the processors in both runs.
func sayWhy(s *stage.Stage, one, many result, m machine.Machine) {
	s.So("factors",
		"{used} / {one} / {cost} ≈ {speedup}: the processors that {procs} processes used, divided by what one used, and by how many times its CPU time they took.",
		"procs", many.procs, "used", many.had.own, "one", one.had.own,
		"cost", many.cost(one), "speedup", rounded(many.speedup(one)))
	switch {
	case many.procs <= m.Cores:
	case m.Cores == 1:
		s.So("limit.one",
			"On one processor one process runs at a time; any other that is ready waits for its turn.")
	default:
		s.So("limit",
			"On {cores} processors no more than {cores} of {procs} processes run at the same time; any other that is ready waits for its turn.",
			"procs", many.procs, "cores", m.Cores)
	}
	const much = 0.2 // of a processor
	switch {
	case !one.had.seen || !many.had.seen:
	case one.had.others > many.had.others+much && many.had.own > one.had.own+much:
		s.So("crowded",
			"The machine was busy. {procs} processes got a larger share of it than one did, and left less to all else: processors used by that, {fewer} instead of {more}.",
			"procs", many.procs, "fewer", many.had.others, "more", one.had.others)
	case many.had.others > much:
		s.So("busy",
			"The machine was busy: {procs} processes shared the processors with all else, which used {others}.",
			"procs", many.procs, "others", many.had.others)
	}
}
