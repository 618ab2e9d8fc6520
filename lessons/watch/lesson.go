package watch

import (
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/tracer"
)

// Lesson describes the tool, which is told like a lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "watch",
		Help:    "Watch your own program's processes: who forks, who waits, and what goes wrong.",
		Example: "mtp watch -- ./yours",
		Options: &Options{},
		Roles:   tracer.Roles(),
		Chinese: chinese,
	}
}
