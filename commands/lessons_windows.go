package commands

import (
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// unixLessons stand for the lessons whose acts Windows does not have, by name.
func unixLessons() map[string]lesson {
	lessons := map[string]lesson{}
	for name, help := range map[string]string{
		"states":        "Put processes into every state (needs a Unix kernel).",
		"fork":          "Copy this process (needs a Unix kernel).",
		"orphan":        "Let a parent exit before its child (needs a Unix kernel).",
		"zombie":        "Make a zombie (needs a Unix kernel).",
		"reap":          "Compare the ways to avoid zombies (needs a Unix kernel).",
		"signal-ignore": "Ignore SIGCHLD (needs a Unix kernel).",
	} {
		lessons[name] = lesson{name, help, &onUnix{}, onUnixChinese, process.Roles{}, "wsl mtp " + name, []string{}}
	}
	return lessons
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
