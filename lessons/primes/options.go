package primes

import (
	"math"
	"runtime"
	"slices"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/estimate"
	"mtp/lessons/primes/plan"
	"mtp/lessons/primes/printer"
)

// maxProcs is how many processes there may be.
const maxProcs = 1024

// Validate is called by the command line.
func (o Options) Validate() error {
	for _, procs := range o.Procs {
		if procs < 1 || procs > maxProcs {
			return event.Mistake("mistake.procs",
				"--procs must be from 1 to {most}", "most", maxProcs)
		}
	}
	switch {
	case !o.Print:
		return plan.Check(o.Method, uint64(o.Limit))
	case o.Method != plan.Auto || o.Schedule != "dynamic" || o.NoBaseline || len(o.Procs) > 1:
		return event.Mistake("mistake.print",
			"--print goes with --limit and one --procs, and no other flag of this lesson")
	case o.Limit > printer.MaxLimit:
		return event.Mistake("mistake.printed",
			"--limit must be at most {most} with --print", "most", uint64(printer.MaxLimit))
	}
	return nil
}

// Questions are the forms of what is asked.
func (o Options) Questions() (forms []quiz.Form) {
	runs := o.runs()
	if o.Print {
		return nil
	}
	if asksSpeedup(runs) {
		forms = append(forms, quiz.Number)
	}
	if len(runs) > 1 {
		forms = append(forms, quiz.Number)
	}
	return forms
}

// runs are the numbers of processes to run with.
func (o Options) runs() (procs []int) {
	asked := o.Procs
	if len(asked) == 0 {
		asked = []int{1, 4, 10}
	}
	if !o.NoBaseline {
		asked = append([]int{1}, asked...)
	}
	for _, n := range asked {
		if !slices.Contains(procs, n) {
			procs = append(procs, n)
		}
	}
	return procs
}

// printers is how many processes are to find primes to be printed.
func (o Options) printers() int {
	if len(o.Procs) > 0 {
		return o.Procs[0]
	}
	return runtime.GOMAXPROCS(0)
}

// sayMethod says which method is taken, and why.
func (o Options) sayMethod(s *stage.Stage) string {
	limit := uint64(o.Limit)
	switch {
	case o.Method == plan.Trial:
		s.Step("trial",
			"Add up the primes up to {limit}. The method is the course's, trial division: try every divisor.",
			"limit", limit)
	case o.Method == plan.Combinatorial:
		s.Step("combinatorial",
			"Add up the primes up to {limit}, without finding them: from the sums of all numbers, those of the multiples are taken away.",
			"limit", limit)
	case o.Method == plan.Sieve:
		s.Step("sieve",
			"Add up the primes up to {limit} with the sieve of Eratosthenes: strike the multiples of each prime; what is left is prime.",
			"limit", limit)
	case limit <= plan.LastTrial:
		s.Step("auto.trial",
			"Add up the primes up to {limit}. The method is the course's, trial division: try every divisor. (Above {last} mtp would take a sieve.)",
			"limit", limit, "last", plan.LastTrial)
		return plan.Trial
	default:
		s.Step("auto.sieve",
			"Add up the primes up to {limit} with the sieve of Eratosthenes: strike the multiples of each prime; what is left is prime. (Trying every divisor would take too long above {last}.)",
			"limit", limit, "last", plan.LastTrial)
		return plan.Sieve
	}
	return o.Method
}

// forewarn says if a method can't be cut, and how long all runs will take, if that is longer than a
// few minutes.
func (o Options) forewarn(s *stage.Stage, method string, runs []int, available float64) {
	var one time.Duration // by one process
	switch limit := uint64(o.Limit); method {
	case plan.Trial:
		one = estimate.Trial(limit, isPrime)
	case plan.Sieve:
		one = estimate.Sieve(limit)
	case plan.Combinatorial:
		s.Say("whole",
			"This method can't be cut into parts: one process does it all, and any others have nothing to do.")
		one, available = estimate.Combinatorial(limit), min(available, 1)
	}
	var all float64
	for _, procs := range runs {
		all += float64(one) / min(float64(procs), available)
	}
	estimate.Warn(s, time.Duration(min(all, math.MaxInt64/2)))
}
