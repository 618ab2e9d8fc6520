package signalignore

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed signalignore.go disposition_linux.go disposition_darwin.go signalignore_windows.go
//go:embed check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "signal-ignore",
		Help:    "Ignore SIGCHLD, and see children that never become zombies.",
		Example: "mtp signal-ignore --count 5",
		Gist:    "with SIGCHLD explicitly ignored the kernel reaps, and nobody learns a status.",
		Options: &Options{},
		Rules: map[string]string{
			"clears":  "SIG_IGN affects only children that end afterwards.",
			"zombies": "With SIG_IGN the kernel reaps children itself, at once.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"dead": {"echild"}},
		Variants: []string{""},
		Checks:   checks(),
		Source:   source,
		Story:    []string{"signalignore.go", "disposition_linux.go"},
		Taught:   []string{"signal.Ignore(syscall.SIGCHLD)", "Wait4(-1"},
	}
}
