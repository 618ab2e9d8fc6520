package commands

import (
	"mtp/lessons/chat"
	"mtp/lessons/customprocess"
	"mtp/lessons/exit"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
	"mtp/lessons/primes"
	"mtp/lessons/workers"
)

// course is what mtp teaches, in the course's order.
func course() []lesson {
	return []lesson{
		unix("states", "Put processes into every state (needs a Unix kernel)."),
		unix("fork", "Copy this process (needs a Unix kernel)."),
		{
			"exit", "End processes in every way, and see what their parent learns of it.",
			&exit.Options{}, exit.Chinese, exit.Roles(),
			"mtp exit --status 404",
			[]string{},
		},
		unix("orphan", "Let a parent exit before its child (needs a Unix kernel)."),
		unix("zombie", "Make a zombie (needs a Unix kernel)."),
		unix("reap", "Compare the ways to avoid zombies (needs a Unix kernel)."),
		unix("signal-ignore", "Ignore SIGCHLD (needs a Unix kernel)."),
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
			"mtp chat serve",
			nil,
		},
	}
}

// unix is a lesson whose acts Windows does not have.
func unix(name, help string) lesson {
	return lesson{name, help, &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp " + name, []string{}}
}

// onUnix stands for such a lesson.
type onUnix struct {
	Arguments []string `arg:"" optional:"" passthrough:"" help:"As on Unix."`
}

// Run says what Windows has instead.
func (onUnix) Run(say *narrate.Narrator) error {
	return say.Unsupported("windows", "Windows has no fork, no zombies, no SIGCHLD, and lists no states: a process is known by handles, and its exit code stays for as "+
		"long as one is open; jobs end processes together. Run this lesson in WSL (wsl.exe)")
}

var onUnixChinese = narrate.Sentences{
	"windows": "Windows 没有 fork、没有僵尸、没有 SIGCHLD，也不列进程状态：进程由句柄来引用，只要还有句柄开着，退出码就一直保留；作业（job）让进程一起结束。请在 WSL（wsl.exe）里运行这一课",

	"help":           "（需要 Unix 内核）",
	"help.arguments": "与 Unix 上相同。",
}
