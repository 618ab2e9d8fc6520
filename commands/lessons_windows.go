package commands

import (
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// course is what mtp teaches, in the course's order.
func course() []lesson {
	return []lesson{
		{"fork", "Copy this process (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp fork"},
		{"orphan", "Let a parent exit before its child (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp orphan"},
		{"zombie", "Make a zombie (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp zombie"},
		{"reap", "Compare the ways to avoid zombies (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp reap"},
		{"signal-ignore", "Ignore SIGCHLD (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp signal-ignore"},
		{"workers", "Run jobs side by side, each in a process (not on Windows yet).", &notYet{}, notYetChinese, process.Roles{}, "wsl mtp workers"},
		{"custom-process", "Make a process type of your own (not on Windows yet).", &notYet{}, notYetChinese, process.Roles{}, "wsl mtp custom-process"},
		{"primes", "Add up primes with one process and with many (not on Windows yet).", &notYet{}, notYetChinese, process.Roles{}, "wsl mtp primes"},
		{"chat", "Talk over UDP, with two processes on each side (not on Windows yet).", &notYet{}, notYetChinese, process.Roles{}, "wsl mtp chat serve"},
	}
}

// onUnix stands for a lesson whose acts Windows does not have.
type onUnix struct {
	Arguments []string `arg:"" optional:"" passthrough:"" help:"As on Unix."`
}

// Run says what Windows has instead.
func (onUnix) Run(say *narrate.Narrator) error {
	return say.Unsupported("windows", "Windows has no fork, no zombies and no SIGCHLD: a process is known by handles, and its exit code stays for as "+
		"long as one is open. Run this lesson in WSL (wsl.exe)")
}

// notYet stands for a lesson that Windows could have.
type notYet struct {
	Arguments []string `arg:"" optional:"" passthrough:"" help:"As on Unix."`
}

// Run says where it can be seen.
func (notYet) Run(say *narrate.Narrator) error {
	return say.Unsupported("windows.later", "this lesson does not run on Windows yet. Run it in WSL (wsl.exe)")
}

var notYetChinese = narrate.Sentences{
	"windows.later": "这一课还不能在 Windows 上运行。请在 WSL（wsl.exe）里运行",

	"help":           "（还不能在 Windows 上运行）",
	"help.arguments": "与 Unix 上相同。",
}

var onUnixChinese = narrate.Sentences{
	"windows": "Windows 没有 fork、没有僵尸，也没有 SIGCHLD：进程由句柄来引用，只要还有句柄开着，退出码就一直保留。请在 WSL（wsl.exe）里运行这一课",

	"help":           "（需要 Unix 内核）",
	"help.arguments": "与 Unix 上相同。",
}
