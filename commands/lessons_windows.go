package commands

import (
	"errors"

	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// lessons are what mtp teaches, in the course's order.
func lessons() []lesson {
	return []lesson{
		{"fork", "Copy this process (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp fork"},
		{"orphan", "Let a parent exit before its child (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp orphan"},
		{"zombie", "Make a zombie (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp zombie"},
		{"reap", "Compare the ways to avoid zombies (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp reap"},
		{"signal-ignore", "Ignore SIGCHLD (needs a Unix kernel).", &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp signal-ignore"},
	}
}

// onUnix stands for a lesson whose acts Windows does not have.
type onUnix struct {
	Arguments []string `arg:"" optional:"" passthrough:"" help:"As on Unix."`
}

// Run says what Windows has instead.
func (onUnix) Run(say *narrate.Narrator) error {
	return unsupported{say.Error("windows", "Windows has no fork, no zombies and no SIGCHLD: a process is known by handles, and its exit code stays for as "+
		"long as one is open. Run this lesson in WSL (wsl.exe)")}
}

var onUnixChinese = narrate.Sentences{
	"windows": "Windows 没有 fork、没有僵尸，也没有 SIGCHLD：进程由句柄来引用，只要还有句柄开着，退出码就一直保留。请在 WSL（wsl.exe）里运行这一课",

	"help":           "（需要 Unix 内核）",
	"help.arguments": "与 Unix 上相同。",
}

// unsupported is an error of something that this system can't do.
type unsupported struct{ error }

func (unsupported) Is(target error) bool { return target == errors.ErrUnsupported }
