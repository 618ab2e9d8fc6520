package primes

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed primes.go worker.go team.go losses.go compare.go processors.go options.go
//go:embed lists_linux.go lists_other.go
//go:embed machine/machine.go machine/machine_linux.go machine/machine_other.go
//go:embed plan/plan.go plan/limit.go estimate/estimate.go printer/printer.go
//go:embed sieve/sieve.go sieve/pattern.go sieve/ordered.go sieve/cache.go
//go:embed combinatorial/combinatorial.go combinatorial/odds.go
//go:embed bitset/bitset.go integer/integer.go total/total.go check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "primes",
		Help:    "Add up primes with one process and with many, and see what that buys.",
		Example: "mtp primes --limit 1e10 --procs 2",
		Gist:    "processes that compute are faster together only as far as they get more processors, and the one with the most to do ends last.",
		Options: &Options{},
		Rules: map[string]string{
			"speedup": "No more run at one moment than there are processors, and starting them costs time as well.",
			"list":    "Each child appends to a list in its own memory.",
		},
		Roles:   roles(),
		Chinese: chinese,
		Tour:    []string{},
		Shows:   map[string][]string{"memory": {"empty"}},
		Variants: []string{
			"--limit=20000 --procs=3",
			"--limit=20000 --schedule=static --procs=4",
			"--limit=1e7 --procs=3",
			"--limit=1e9 --method=combinatorial --procs=2",
		},
		Checks: checks(),
		Source: source,
		Story: []string{
			"primes.go", "worker.go", "team.go", "compare.go", "processors.go", "lists_linux.go",
		},
		Taught: []string{"func isPrime(", "func worker(", "func timed(", ".Pipe()", "SYS_CLONE"},
	}
}
