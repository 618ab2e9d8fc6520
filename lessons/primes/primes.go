// Package primes is the course's exercise: the sum of the primes up to a limit, by one process and by many.
//
// The work is cut into units, which processes do side by side. They share no memory: what each has to do comes to it
// through a pipe, and what it has found goes back through another. More processes are faster only as long as there are processors for
// them, and as long as none waits for another with more to do.
package primes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Procs      []int  `help:"With how many processes; can be repeated. Without it: 1, 4 and 10." placeholder:"N"`
	NoBaseline bool   `help:"Do not run with one process as well, to compare with."`
	Limit      Limit  `help:"Up to which number: 100000, 100_000, 1e10." default:"100000" placeholder:"N"`
	Method     string `help:"How to find primes: trial (the course's), sieve, combinatorial, or auto." enum:"auto,trial,sieve,combinatorial" default:"auto" placeholder:"METHOD"`
	Schedule   string `help:"How to hand the work out: static (equal parts of the range) or dynamic (small units, to whoever is free)." enum:"static,dynamic" default:"dynamic" placeholder:"HOW"`
	Print      bool   `help:"Print the primes, one a line; all else goes to the standard error."`
}

// mostProcs is how many processes there may be.
const mostProcs = 1024

// Validate is called by the command line.
func (o Options) Validate() error {
	for _, procs := range o.Procs {
		if procs < 1 || procs > mostProcs {
			return fmt.Errorf("--procs must be from 1 to %d", mostProcs)
		}
	}
	if o.Print {
		return o.validatePrint()
	}
	if most, ok := mostLimits[o.Method]; ok && uint64(o.Limit) > most {
		return fmt.Errorf("--limit must be at most %d for --method %s", most, o.Method)
	}
	if o.Method == "auto" && uint64(o.Limit) > mostLimits["sieve"] {
		return fmt.Errorf("--limit must be at most %d; with --method combinatorial at most %d", mostLimits["sieve"], mostLimits["combinatorial"])
	}
	return nil
}

// validatePrint is what --print goes with.
func (o Options) validatePrint() error {
	switch {
	case o.Method != "auto" || o.Schedule != "dynamic" || o.NoBaseline || len(o.Procs) > 1:
		return errors.New("--print goes with --limit and one --procs, and no other flag of this lesson")
	case uint64(o.Limit) > mostPrinted:
		return fmt.Errorf("--limit must be at most %d with --print", uint64(mostPrinted))
	}
	return nil
}

// runs are the numbers of processes to run with.
func (o Options) runs() []int {
	asked := o.Procs
	if len(asked) == 0 {
		asked = []int{1, 4, 10}
	}
	if !o.NoBaseline {
		asked = append([]int{1}, asked...)
	}
	var procs []int
	for _, n := range asked {
		if !slices.Contains(procs, n) {
			procs = append(procs, n)
		}
	}
	return procs
}

// result is one run.
type result struct {
	procs   int
	wall    time.Duration
	workers []row
}

// Run adds up the primes with each number of processes, and compares.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	say.Watch.Every(10 * time.Millisecond) // not to disturb what is measured
	if o.Print {
		return o.print(ctx, say, leash)
	}
	runs := o.runs()
	if err := say.Room(slices.Max(runs) * narrate.Threads); err != nil {
		return err
	}

	say.Title("primes.title", "primes: what more processes buy")
	method := o.choose(say)
	cores, allowed := runtime.NumCPU(), runtime.GOMAXPROCS(0) // GOMAXPROCS knows the CPU limit of a cgroup
	say.See("primes.cores", kernel.Processors, "This process may use {cores} processors.", "cores", cores)
	if allowed < cores {
		say.See("primes.quota", "cpu.max of the cgroup", "Its control group is allowed the time of about {allowed}.", "allowed", allowed)
	}
	if method == "combinatorial" {
		say.Say("primes.whole", "This method can't be cut into parts. One process does it all, and the others have nothing to do.")
	}
	o.warnIfLong(say, method, runs, allowed)

	var faster *narrate.Prediction
	most := slices.Max(runs)
	if slices.Contains(runs, 1) && most > 1 {
		faster = say.Ask("primes.ask.speedup", "How many times as fast as one process will {procs} be, on {cores} processors? (A quarter more or less counts as right.)", narrate.Number,
			say.Text("primes.rule.speedup", "No more run at one moment than there are processors, and starting them costs time as well."), "procs", most, "cores", min(cores, allowed))
	}
	var results []result
	for _, procs := range runs {
		r, err := o.run(ctx, say, leash, method, procs)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	if len(results) > 1 { // else it is for the sum, not for the lesson
		compare(say, results, min(cores, allowed), faster)
		if err := lists(ctx, say, leash); err != nil {
			return err
		}
	}
	say.Lanes()
	return nil
}

// choose says which method is taken, and why.
func (o Options) choose(say *narrate.Narrator) string {
	switch {
	case o.Method == "trial":
		say.Step("primes.trial", "Add up the primes up to {limit}. The method is the course's, trial division: try every divisor.", "limit", uint64(o.Limit))
	case o.Method == "combinatorial":
		say.Step("primes.combinatorial", "Add up the primes up to {limit}, without finding them: from the sums of all numbers, those of the multiples are taken away.", "limit", uint64(o.Limit))
	case o.Method == "sieve":
		say.Step("primes.sieve", "Add up the primes up to {limit} with the sieve of Eratosthenes: strike the multiples of each prime; what is left is prime.", "limit", uint64(o.Limit))
	case o.Limit <= lastTrial:
		say.Step("primes.auto.trial", "Add up the primes up to {limit}. The method is the course's, trial division: try every divisor. (Above {last} mtp would take a sieve.)",
			"limit", uint64(o.Limit), "last", lastTrial)
		return "trial"
	default:
		say.Step("primes.auto.sieve", "Add up the primes up to {limit} with the sieve of Eratosthenes: strike the multiples of each prime; what is left is prime. (Trying every divisor would take too long above {last}.)",
			"limit", uint64(o.Limit), "last", lastTrial)
		return "sieve"
	}
	return o.Method
}

// run does the work with so many processes.
func (o Options) run(ctx context.Context, say *narrate.Narrator, leash *process.Leash, method string, procs int) (result, error) {
	if procs == 1 {
		say.Step("primes.one", "One process.")
	} else {
		say.Step("primes.many", "{procs} processes.", "procs", procs)
	}
	t := team{plan: newPlan(method, uint64(o.Limit), o.Schedule == "static", procs)}
	wall, err := timed(func() error { return t.do(ctx, say, leash, procs) })
	if err := errors.Join(err, t.dismiss(ctx)); err != nil {
		return result{}, leash.Explain(err)
	}
	say.See("primes.sum", "a pipe from the workers", "Sum of the primes: {sum}. There are {count}. It took {wall}.", "sum", t.ledger.sum.Sum().String(), "count", t.ledger.sum.Count, "wall", wall)
	r := result{procs, wall, t.rows()}
	r.table(say)
	if o.Schedule == "static" && method == "trial" && !t.failed {
		last := r.workers[len(r.workers)-1]
		if percent := int(100*last.cpu.Seconds()/r.cpu().Seconds() + 0.5); percent > 100/procs {
			say.See("primes.last", process.StatusSource(last.pid)+", rusage", "All parts have equally many numbers. Yet the last one has cost {percent} % of the CPU time: larger numbers have more divisors to try.",
				"percent", percent)
		}
	}
	return r, nil
}

// row is what one process has used up.
type row struct {
	name                   string
	pid, units             int
	cpu                    time.Duration
	voluntary, involuntary any // nil: this system does not count them
}

func (t *team) rows() (rows []row) {
	for _, worker := range t.workers {
		usage, _ := worker.Usage()
		r := row{worker.Name, worker.PID(), t.ledger.units[worker.PID()], usage.CPU, nil, nil}
		if usage.Switches {
			r.voluntary, r.involuntary = usage.Voluntary, usage.Involuntary
		}
		rows = append(rows, r)
	}
	return rows
}

// cpu is the CPU time of all processes.
func (r result) cpu() (sum time.Duration) {
	for _, worker := range r.workers {
		sum += worker.cpu
	}
	return sum
}

// mostRows is how many processes the table shows; JSON has no more.
const mostRows = 16

// table shows what each process has used up, as wait4(2) tells it.
func (r result) table(say *narrate.Narrator) {
	var rows [][]any
	for _, worker := range r.workers[:min(len(r.workers), mostRows)] {
		rows = append(rows, []any{worker.name, worker.pid, worker.units, worker.cpu, worker.voluntary, worker.involuntary})
	}
	say.Table("primes.workers", "process|PID|units|CPU time|waited|preempted", []string{"name", "pid", "units", "cpu", "voluntary", "involuntary"}, rows)
	if more := len(r.workers) - mostRows; more > 0 {
		say.Say("primes.more", "And {more} more.", "more", more)
	}
}

// compare shows what more processes have bought.
func compare(say *narrate.Narrator, results []result, cores int, faster *narrate.Prediction) {
	say.Step("primes.compare", "Compare.")
	one := slices.IndexFunc(results, func(r result) bool { return r.procs == 1 })
	var rows [][]any
	var keys []string
	var speedups []float64
	for _, r := range results {
		cells := []any{r.procs, r.wall, r.cpu(), nil, nil}
		if one >= 0 {
			speedup := results[one].wall.Seconds() / r.wall.Seconds()
			cells[3], cells[4] = rounded(speedup), rounded(speedup/float64(r.procs))
			keys, speedups = append(keys, strconv.Itoa(r.procs)), append(speedups, speedup)
		}
		rows = append(rows, cells)
	}
	say.Table("primes.table", "processes|time|CPU time|speed-up|efficiency", []string{"procs", "wall", "cpu", "speedup", "efficiency"}, rows)
	if one < 0 {
		return
	}
	say.Chart("primes.chart", "Speed-up against one process:", keys, speedups)
	most := slices.MaxFunc(results, func(a, b result) int { return a.procs - b.procs })
	if faster != nil {
		faster.About(results[one].wall.Seconds()/most.wall.Seconds(), 0.25, "clock_gettime(CLOCK_MONOTONIC)")
	}
	if most.procs > cores {
		say.Say("primes.limit", "{procs} processes share {cores} processors: no more than {cores} run at the same moment, and the others are ready and wait for their turn. So they can't be more than {cores} times as fast as one.",
			"procs", most.procs, "cores", cores)
	}
}

// rounded has two decimals.
func rounded(x float64) float64 { return float64(int(x*100+0.5)) / 100 }

// lists shows that children do not share a list with their parent.
func lists(ctx context.Context, say *narrate.Narrator, leash *process.Leash) error {
	const children, last = 4, 100
	say.Step("primes.lists", "Why do results come back through a pipe? Let {children} children append the primes up to {last} to a list.", "children", children, "last", last)
	longer := say.Ask("primes.ask.list", "Each child appends to the list that it has. How many numbers will the parent's list hold afterwards?", narrate.Number,
		say.Text("primes.rule.list", "Each child appends to a list in its own memory."))
	parent, err := process.NewParent("primes", Roles(), leash)
	if err != nil {
		return err
	}
	var list []uint
	for i := range children {
		child := parent.Process("append")
		child.Named = map[string]string{"from": strconv.Itoa(1 + i*last/children), "to": strconv.Itoa((i + 1) * last / children)}
		out, err := child.StdoutPipe()
		if err != nil {
			return err
		}
		defer out.Close()
		if err := child.Start(); err != nil {
			return say.StartError(err, i)
		}
		var length int
		if _, err := fmt.Fscanln(out, &length); err != nil {
			return fmt.Errorf("hear from %s: %w", child.Name, errors.Join(err, child.Join(ctx)))
		}
		say.See("primes.list", fmt.Sprintf("stdout of %d", child.PID()), "Child {pid}: my list has {length} primes.", "pid", child.PID(), "length", length)
	}
	say.See("primes.empty", fmt.Sprintf("the list in %d", os.Getpid()), "The parent's list has {length}. Each process has memory of its own.", "length", len(list))
	longer.Is(len(list), fmt.Sprintf("the list in %d", os.Getpid()))
	return parent.End(ctx)
}
