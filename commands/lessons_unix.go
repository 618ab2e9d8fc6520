//go:build unix

package commands

import (
	"mtp/lessons/chat"
	"mtp/lessons/customprocess"
	"mtp/lessons/exit"
	"mtp/lessons/fork"
	"mtp/lessons/orphan"
	"mtp/lessons/primes"
	"mtp/lessons/reap"
	"mtp/lessons/signalignore"
	"mtp/lessons/states"
	"mtp/lessons/workers"
	"mtp/lessons/zombie"
)

// course is what mtp teaches, in the course's order.
func course() []lesson {
	return []lesson{
		{
			"states", "Put processes into every state, and see how they move between them.",
			&states.Options{}, states.Chinese, states.Roles(),
			"mtp states --share 3s",
			[]string{},
		},
		{
			"fork", "Copy this process, and see two processes share one page until one writes.",
			&fork.Options{}, fork.Chinese, fork.Roles(),
			"mtp fork --children 3",
			[]string{},
		},
		{
			"exit", "End processes in every way, and see what their parent learns of it.",
			&exit.Options{}, exit.Chinese, exit.Roles(),
			"mtp exit --status 404",
			[]string{},
		},
		{
			"orphan", "Let a parent exit before its child, and see who adopts the child.",
			&orphan.Options{}, orphan.Chinese, orphan.Roles(),
			"mtp orphan --subreaper",
			[]string{},
		},
		{
			"zombie", "Make a zombie, see what is left of it, and reap it.",
			&zombie.Options{}, zombie.Chinese, zombie.Roles(),
			"mtp zombie --count 3 --hold 30s",
			[]string{"--hold=0"},
		},
		{
			"reap", "Compare the ways to avoid zombies: wait, WNOHANG, SIGCHLD, double fork.",
			&reap.Options{}, reap.Chinese, reap.Roles(),
			"mtp reap --method sigchld",
			[]string{},
		},
		{
			"signal-ignore", "Ignore SIGCHLD, and see children that never become zombies.",
			&signalignore.Options{}, signalignore.Chinese, signalignore.Roles(),
			"mtp signal-ignore --count 5",
			[]string{},
		},
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
