package fork

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed fork.go fork_linux.go fork_darwin.go fork_windows.go check.go c-and-python
//go:embed family_linux.go fail_linux.go pipes_linux.go race_linux.go role.go
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "fork",
		Help:    "Copy this process, and see two processes share one page until one writes.",
		Example: "mtp fork --children 3",
		Gist:    "fork returns twice, in two processes. They start with the same memory contents and share none of it, unless they ask to: what one writes the other does not see.",
		Options: &Options{},
		Rules: map[string]string{
			"lines":   "After fork, parent and child both go on with the next line of the same program.",
			"value":   "The child has a copy: its parent does not see what it writes there.",
			"status":  "A parent gets the low 8 bits only: the remainder after division by 256.",
			"another": "RLIMIT_NPROC counts the tasks of the user, and the child is one: the limit is reached.",
		},
		Roles:   roles(),
		Chinese: chinese,
		Tour:    []string{},
		Shows: map[string][]string{
			"process": {"program", "returned", "returned.child"},
			"memory":  {"value.parent", "value.child"},
			"status":  {"status"},
		},
		Variants: []string{"--children=3", "--race=50", "--fail"},
		Checks:   checks(),
		Source:   source,
		Story: []string{
			"fork.go", "fork_linux.go", "fork_darwin.go", "family_linux.go", "race_linux.go",
			"fail_linux.go",
		},
		Taught: []string{"SYS_CLONE", "MAP_SHARED", "Wait4("},
	}
}
