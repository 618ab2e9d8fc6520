package check

import (
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/tracer"
)

// Lesson describes the tool, which is told like a lesson. What it checks are these lessons.
func Lesson(lessons []stage.Lesson) stage.Lesson {
	var checks []found
	for _, l := range lessons {
		for _, c := range l.Checks {
			checks = append(checks, found{c, l})
		}
	}
	return stage.Lesson{
		Name:    "check",
		Help:    "Check whether your own program does what a lesson asks.",
		Example: "mtp check zombie -- ./mine",
		Options: &Options{checks: checks},
		Roles:   tracer.Roles(),
		Chinese: chinese,
	}
}
