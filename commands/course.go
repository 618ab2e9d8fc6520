package commands

import (
	"mtp/lessons/chat"
	"mtp/lessons/customprocess"
	"mtp/lessons/exit"
	"mtp/lessons/primes"
	"mtp/lessons/workers"
)

// course is what mtp teaches, in the course's order.
func course() []lesson {
	unix := unixLessons()
	return []lesson{
		unix["states"],
		unix["fork"],
		{
			"exit", "End processes in every way, and see what their parent learns of it.",
			&exit.Options{}, exit.Chinese, exit.Roles(),
			"mtp exit --status 404",
			[]string{},
		},
		unix["orphan"],
		unix["zombie"],
		unix["reap"],
		unix["signal-ignore"],
		{
			"workers", "Run jobs side by side, as Python's multiprocessing.Process: join, time-out, daemon, exit code.",
			&workers.Options{}, workers.Chinese, workers.Roles(),
			"mtp workers --job cook=2 --job wash=1.5",
			[]string{},
		},
		{
			"custom-process", "Make a process type of your own: embedding, copies of values, and ways to return a result.",
			&customprocess.Options{}, customprocess.Chinese, customprocess.Roles(),
			"mtp custom-process --value 404",
			[]string{},
		},
		{
			"primes", "Add up primes with one process and with many, and see what that buys.",
			&primes.Options{}, primes.Chinese, primes.Roles(),
			"mtp primes --limit 1e10 --procs 2",
			[]string{},
		},
		{
			"chat", "Talk over UDP, with two processes on each side: one for the keyboard, one for the socket.",
			&chat.Options{}, chat.Chinese, chat.Roles(),
			"mtp chat serve", nil,
		},
	}
}
