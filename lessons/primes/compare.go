package primes

import (
	"slices"
	"strconv"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/machine"
)

// clock is what the decorator reads.
const clock kernel.Source = "clock_gettime(CLOCK_MONOTONIC)"

// result is one run.
type result struct {
	procs   int
	wall    time.Duration
	workers []usage
	reports kernel.Source // from where the sum came
	had     share         // of the processors
}

// usage is what one process has used up.
type usage struct {
	name                   string
	pid, units             int
	cpu                    time.Duration
	voluntary, involuntary any // nil: this system does not count them
}

// usages are what the workers have used up, as the call by which a parent waits returns it.
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
func cpu(workers []usage) (sum time.Duration) {
	for _, worker := range workers {
		sum += worker.cpu
	}
	return sum
}

// speedup is how many times as fast as one process they were.
func (r result) speedup(one result) float64 { return one.wall.Seconds() / r.wall.Seconds() }

// cost is how many times as much CPU time as one process they have used.
func (r result) cost(one result) float64 {
	return rounded(cpu(r.workers).Seconds() / cpu(one.workers).Seconds())
}

// rusage is where the CPU times come from.
func (r result) rusage() kernel.Source {
	return andOthers(process.StatusSource(r.workers[0].pid).From(), r.procs)
}

// andOthers is the source of what was read from so many processes, of which it names the first.
func andOthers(first string, processes int) kernel.Source {
	if processes > 1 {
		first += " …"
	}
	return kernel.Source(first)
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
	t.From(process.StatusSource(r.workers[0].pid) + ", and " + r.reports)
	t.Show()
	if more := len(r.workers) - maxRows; more > 0 {
		s.Say("more", "And {more} more.", "more", more)
	}
}

// seeLast shows what the last of the equal parts has cost, of which the divisions have a share.
func (r result) seeLast(s *stage.Stage, share float64) {
	last := r.workers[len(r.workers)-1]
	s.See("last", r.rusage(),
		"All parts have equally many numbers. Of the CPU time the last one took {percent} %.",
		"percent", percent(last.cpu.Seconds()/cpu(r.workers).Seconds()))
	if rise(r.workers) {
		s.So("divisors",
			"The CPU times rise from part to part: larger numbers have more divisors to try.")
	} else {
		s.So("even",
			"Of the divisions it has about {percent} %, but the CPU times do not rise from part to part by as much here.",
			"percent", percent(share))
	}
}

// rise reports whether the CPU times rise as the divisions do, and by more than it takes to start a
// process.
func rise(parts []usage) bool {
	const clearly = 10 * time.Millisecond
	first, last := parts[0].cpu, parts[len(parts)-1].cpu
	for i := range len(parts) - 1 {
		if parts[i+1].cpu < parts[i].cpu*4/5 {
			return false
		}
	}
	return last > 2*first && last-first > clearly
}

// askSpeedup lets the reader predict what the most processes buy, if they are to be compared with
// one.
func askSpeedup(s *stage.Stage, runs []int) *stage.Prediction {
	if !asksSpeedup(runs) {
		return nil
	}
	return s.AskNumber("speedup",
		"How many times as fast as one process will {procs} processes be? (Within a quarter of it counts as right.)",
		"procs", slices.Max(runs))
}

func asksSpeedup(runs []int) bool { return slices.Max(runs) > 1 && slices.Contains(runs, 1) }

// compare shows what more processes have bought.
func compare(s *stage.Stage, results []result, m machine.Machine, faster *stage.Prediction) {
	s.Step("compare", "Compare.")
	t := s.Table("table", "procs", "processes", "wall", "time",
		"speedup", "speed-up", "efficiency", "efficiency")
	t.From(clock)
	alone := slices.IndexFunc(results, func(r result) bool { return r.procs == 1 })
	if alone < 0 {
		for _, r := range results {
			t.Row(r.procs, r.wall, nil, nil)
		}
		t.Show()
		return
	}
	one := results[alone]
	var speedups picture.Chart
	for _, r := range results {
		speedup := r.speedup(one)
		t.Row(r.procs, r.wall, rounded(speedup), rounded(speedup/float64(r.procs)))
		procs := strconv.Itoa(r.procs)
		speedups = append(speedups, picture.Bar{Key: procs, Label: procs, Value: speedup})
	}
	t.Show()
	s.Chart("chart", "Speed-up against one process:", speedups)
	many := slices.MaxFunc(results, func(a, b result) int { return a.procs - b.procs })
	sayWhy(s, one, many, m)
	if faster != nil {
		faster.Because("why",
			"Processes that compute are faster together as far as they get more processors: these got {used}, one alone got {one}. And they took {cost} times its CPU time.",
			"used", many.had.own, "one", one.had.own, "cost", many.cost(one))
		faster.About(many.speedup(one), 0.25, clock)
	}
}

// percent is a part in hundredths.
func percent(part float64) int { return int(100*part + 0.5) }

// rounded has three digits that count.
func rounded(x float64) float64 {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return short
}
