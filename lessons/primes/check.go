package primes

import (
	"regexp"
	"strconv"
	"time"

	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	return []requirement.Check{{
		Name: "primes",
		Task: requirement.Text("check.task",
			"Write a program that adds up the primes up to --limit in as many processes as --procs, and prints the sum."),
		Flags: []string{"procs", "limit"},
		Wants: requirement.Wants{Procs: 4, Limit: 20000},
		Requirements: func(w requirement.Wants) []requirement.Requirement {
			joined := requirement.Waited("joined")
			joined.Needs = []string{"count"}
			return append(requirement.Together(w.Procs), computes(w.Procs), joined, sum(w.Limit))
		},
	}}
}

// leastShare is how much of the work a process has to do at least, in percent: of quarters of equal
// length the first costs 7. To be born and to end costs leastCPU, or, in a large program, a part
// of what the parent has needed.
const (
	leastShare = 5
	leastCPU   = 3 * time.Millisecond
	bornOf     = 5
	leastOwn   = 400 * time.Millisecond // of a parent that computes: Python may take half to begin
)

// computes asks for each process to do a part of the work.
func computes(procs int) requirement.Requirement {
	return requirement.Requirement{
		ID: "cpu", Needs: []string{"count"},
		Asks: requirement.Text("check.cpu",
			"At least {procs} of them do a part of the work: each uses the processor, and together they use it more than their parent does.",
			"procs", procs),
		Hint: requirement.Text("check.cpu.hint",
			"Give each process a part of the numbers, and let the parent only add up what they find."),
		Judge: func(r *requirement.Run) requirement.Finding {
			var all time.Duration
			var workers []*tracer.Process
			for _, p := range r.Team() {
				all += r.OwnCPU(p)
				workers = append(workers, p)
			}
			parent := r.Parent(workers[0])
			own := r.OwnCPU(parent)
			least := max(leastCPU, own/bornOf)
			busy := 0
			for _, p := range workers {
				if cpu := r.OwnCPU(p); cpu >= least && cpu*100 >= all*leastShare {
					busy++
				}
			}
			fields := []any{"cpu", all, "busy", busy, "parent", parent.PID, "own", own}
			switch {
			case all < own/2 && own >= leastOwn:
				return requirement.No("check.cpu.parent",
					"All of them together used the processor for {cpu}, but their parent {parent} for {own}.",
					fields...)
			case busy < procs && all < time.Duration(procs)*2*least:
				return requirement.Unknown("check.cpu.small",
					"All of them together used the processor for {cpu} only, which is too little to compare them. Raise the program's limit, and --limit with it.",
					fields...)
			case busy < procs:
				return requirement.No("check.cpu.no",
					"Only {busy} of them used the processor for more than a moment; together it was {cpu}.",
					fields...)
			}
			return requirement.Yes("check.cpu.yes",
				"{busy} of them used the processor, together for {cpu}.",
				fields...)
		},
	}
}

// sum asks for the right answer, the one thing that is read of what the program prints.
func sum(limit int) requirement.Requirement {
	right := 0
	composite := make([]bool, limit+1)
	for n := 2; n <= limit; n++ {
		if composite[n] {
			continue
		}
		right += n
		for multiple := n * n; multiple <= limit; multiple += n {
			composite[multiple] = true
		}
	}
	return requirement.Requirement{
		ID: "sum", Needs: []string{"count"},
		Asks: requirement.Text("check.sum",
			"It prints the sum of the primes up to {limit}: {sum}.",
			"limit", limit, "sum", right),
		Hint: requirement.Text("check.sum.hint",
			"A child that adds to its own copy of a variable or a list changes nothing in its parent: send the result through a pipe or a queue."),
		Judge: func(r *requirement.Run) requirement.Finding {
			last := ""
			for _, number := range regexp.MustCompile(`\d+`).FindAllString(string(r.Output), -1) {
				if number == strconv.Itoa(right) {
					return requirement.Yes("check.sum.yes", "It printed {sum}.", "sum", right)
				}
				last = number
			}
			if last == "" {
				return requirement.No("check.sum.none", "It printed no number.")
			}
			return requirement.No("check.sum.no",
				"It did not print that; the last number that it printed is {last}.",
				"last", last)
		},
	}
}
