package reap

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed reap.go sigchld.go doublefork.go pending_linux.go pending_darwin.go reap_windows.go
//go:embed check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "reap",
		Help:    "Compare the ways to avoid zombies: wait, WNOHANG, SIGCHLD, double fork.",
		Example: "mtp reap --method sigchld",
		Gist:    "wait blocks, WNOHANG asks, SIGCHLD tells, and signals do not queue: loop.",
		Options: &Options{},
		Rules: map[string]string{
			"blocks":  "wait blocks until a child ends, unless WNOHANG says that it must not.",
			"signals": "Standard signals do not queue: of each kind one at most is pending.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"dead": {"sigchld.done"}},
		Variants: []string{""},
		Checks:   checks(),
		Source:   source,
		Story:    []string{"reap.go", "sigchld.go", "pending_linux.go", "doublefork.go"},
		Taught:   []string{"Wait4(", "WNOHANG", "SIGCHLD", "SIGCONT"},
	}
}
