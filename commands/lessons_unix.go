//go:build unix

package commands

import (
	"mtp/lessons/fork"
	"mtp/lessons/orphan"
	"mtp/lessons/reap"
	"mtp/lessons/signalignore"
	"mtp/lessons/states"
	"mtp/lessons/zombie"
)

// unixLessons are the lessons whose acts need a Unix kernel, by name.
func unixLessons() map[string]lesson {
	return map[string]lesson{
		"states": {
			"states", "Put processes into every state, and see how they move between them.",
			&states.Options{}, states.Chinese, states.Roles(),
			"mtp states --share 3s",
			[]string{"--hold=0"},
		},
		"fork": {
			"fork", "Copy this process, and see two processes share one page until one writes.",
			&fork.Options{}, fork.Chinese, fork.Roles(),
			"mtp fork --children 3",
			[]string{},
		},
		"orphan": {
			"orphan", "Let a parent exit before its child, and see who adopts the child.",
			&orphan.Options{}, orphan.Chinese, orphan.Roles(),
			"mtp orphan --subreaper",
			[]string{},
		},
		"zombie": {
			"zombie", "Make a zombie, see what is left of it, and reap it.",
			&zombie.Options{}, zombie.Chinese, zombie.Roles(),
			"mtp zombie --count 3 --hold 30s",
			[]string{"--hold=0"},
		},
		"reap": {
			"reap", "Compare the ways to avoid zombies: wait, WNOHANG, SIGCHLD, double fork.",
			&reap.Options{}, reap.Chinese, reap.Roles(),
			"mtp reap --method sigchld",
			[]string{},
		},
		"signal-ignore": {
			"signal-ignore", "Ignore SIGCHLD, and see children that never become zombies.",
			&signalignore.Options{}, signalignore.Chinese, signalignore.Roles(),
			"mtp signal-ignore --count 5",
			[]string{},
		},
	}
}
