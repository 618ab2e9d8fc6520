package primes

import (
	"slices"
	"strconv"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// result is one run.
type result struct {
	procs   int
	wall    time.Duration
	workers []usage
}

// usage is what one process has used up.
type usage struct {
	name                   string
	pid, units             int
	cpu                    time.Duration
	voluntary, involuntary any // nil: this system does not count them
}

// usages are what the workers have used up, as wait4(2) tells it.
func (t *team) usages() (list []usage) {
	for _, worker := range t.workers {
		pid := worker.PID()
		told, _ := worker.Usage()
		u := usage{name: worker.Name, pid: pid, units: t.done[pid], cpu: told.CPU}
		if told.Switches {
			u.voluntary, u.involuntary = told.Voluntary, told.Involuntary
		}
		list = append(list, u)
	}
	return list
}

// cpu is the CPU time of all processes.
func (r result) cpu() (sum time.Duration) {
	for _, worker := range r.workers {
		sum += worker.cpu
	}
	return sum
}

// maxRows is how many processes the table shows; JSON has no more.
const maxRows = 16

// table shows what each process has used up.
func (r result) table(s *stage.Stage) {
	t := s.Table("workers", "name", "process", "pid", "PID", "units", "units", "cpu", "CPU time",
		"voluntary", "waited", "involuntary", "preempted")
	for _, u := range r.workers[:min(len(r.workers), maxRows)] {
		t.Row(u.name, u.pid, u.units, u.cpu, u.voluntary, u.involuntary)
	}
	t.Show()
	if more := len(r.workers) - maxRows; more > 0 {
		s.Say("more", "And {more} more.", "more", more)
	}
}

// seeLast shows what the last of the equal parts has cost.
func (r result) seeLast(s *stage.Stage) {
	last := r.workers[len(r.workers)-1]
	if percent := int(100*last.cpu.Seconds()/r.cpu().Seconds() + 0.5); percent > 100/r.procs {
		s.See("last", process.StatusSource(last.pid)+", rusage",
			"All parts have equally many numbers. Yet the last one has cost {percent} % of the CPU time: larger numbers have more divisors to try.",
			"percent", percent)
	}
}

// askSpeedup lets the reader predict what the most processes buy, if they are to be compared with
// one.
func askSpeedup(s *stage.Stage, runs []int, processors int) *stage.Prediction {
	most := slices.Max(runs)
	if most == 1 || !slices.Contains(runs, 1) {
		return nil
	}
	return s.AskNumber("speedup",
		"How many times as fast as one process will {procs} be, on {cores} processors? (A quarter more or less counts as right.)",
		"procs", most, "cores", processors)
}

// compare shows what more processes have bought.
func compare(s *stage.Stage, results []result, processors int, faster *stage.Prediction) {
	s.Step("compare", "Compare.")
	t := s.Table("table", "procs", "processes", "wall", "time", "cpu", "CPU time",
		"speedup", "speed-up", "efficiency", "efficiency")
	one := slices.IndexFunc(results, func(r result) bool { return r.procs == 1 })
	if one < 0 {
		for _, r := range results {
			t.Row(r.procs, r.wall, r.cpu(), nil, nil)
		}
		t.Show()
		return
	}
	var speedups picture.Chart
	for _, r := range results {
		speedup := results[one].wall.Seconds() / r.wall.Seconds()
		t.Row(r.procs, r.wall, r.cpu(), rounded(speedup), rounded(speedup/float64(r.procs)))
		procs := strconv.Itoa(r.procs)
		speedups = append(speedups, picture.Bar{Key: procs, Label: procs, Value: speedup})
	}
	t.Show()
	s.Chart("chart", "Speed-up against one process:", speedups)
	most := slices.MaxFunc(results, func(a, b result) int { return a.procs - b.procs })
	if faster != nil {
		faster.About(results[one].wall.Seconds()/most.wall.Seconds(), 0.25,
			kernel.Call("clock_gettime", "CLOCK_MONOTONIC"))
	}
	if most.procs > processors {
		s.Say("limit",
			"{procs} processes share {cores} processors: no more than {cores} run at the same moment, and the others are ready and wait for their turn. So they can't be more than {cores} times as fast as one.",
			"procs", most.procs, "cores", processors)
	}
}

// rounded has two decimals.
func rounded(x float64) float64 { return float64(int(x*100+0.5)) / 100 }
