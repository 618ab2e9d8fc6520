package zombie

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed zombie.go anatomy_linux.go anatomy_darwin.go zombie_windows.go check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "zombie",
		Help:    "Make a zombie, see what is left of it, and reap it.",
		Example: "mtp zombie --count 3 --hold 30s",
		Gist:    "a zombie is dead, but keeps its entry in the process table (PID, exit status) until its parent waits.",
		Options: &Options{},
		Rules: map[string]string{
			"state": "R running or ready, S sleeping, T stopped, Z zombie: a dead process keeps its PID and its status until its parent asks for them.",
			"kill":  "It is dead already. Only a wait removes it.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"dead": {"born", "reaped"}},
		Variants: []string{"--count=4 --hold=150ms"},
		Checks:   checks(),
		Source:   source,
		Story:    []string{"zombie.go", "anatomy_linux.go", "anatomy_darwin.go"},
		Taught:   []string{"// No Wait here", "syscall.Kill(", "Wait4("},
	}
}
