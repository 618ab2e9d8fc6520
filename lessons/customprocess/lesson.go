package customprocess

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed customprocess.go stepper.go check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "custom-process",
		Help:    "Make a process type of your own: embedding, copies of values, and ways to return a result.",
		Example: "mtp custom-process --value 7",
		Gist:    "a child works on a copy of the value; results come back through a pipe, or as 8 bits of exit code.",
		Options: &Options{},
		Rules: map[string]string{
			"value": "The child has a stepper of its own: processes share no memory unless they ask for it.",
			"code":  "On Unix 8 bits of an exit code arrive: the remainder after division by 256. On Windows it has 32 bits.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"memory": {"pipe"}},
		Variants: []string{""},
		Checks:   checks(),
		Source:   source,
		Story:    []string{"customprocess.go", "stepper.go"},
		Taught:   []string{"func bootstrap(", "process.File("},
	}
}
