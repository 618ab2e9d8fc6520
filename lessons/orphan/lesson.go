package orphan

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed orphan.go adoption.go subreaper_linux.go subreaper_darwin.go orphan_windows.go
//go:embed check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "orphan",
		Help:    "Let a parent exit before its child, and see who adopts the child.",
		Example: "mtp orphan --subreaper",
		Gist:    "an orphan goes to the nearest subreaper, or to init; it runs on.",
		Options: &Options{},
		Rules: map[string]string{
			"ppid":  "An orphan goes to the nearest living ancestor that is a subreaper, else to the init of its PID namespace, which is PID 1 there. /proc does not show who is a subreaper. To find out, make an orphan in a terminal beside this one, and ask for its parent: (sleep 9 &); ps -o ppid,args -C sleep",
			"moves": "Only the children of the process that has ended move.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"dead": {"adopter"}},
		Variants: []string{"", "--subreaper"},
		Checks:   checks(),
		Source:   source,
		Story:    []string{"orphan.go", "adoption.go", "subreaper_linux.go"},
		Taught:   []string{"LetExit()", "Wait4("},
	}
}
