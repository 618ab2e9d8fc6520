package tour

import (
	"embed"

	"mtp/lessons/kit/stage"
)

// Lesson describes the tour through these lessons, which is told like one. perform performs a
// lesson with its flags in the tour.
func Lesson(lessons []stage.Lesson, perform func(stage.Lesson, *stage.Stage)) stage.Lesson {
	return stage.Lesson{
		Name:    "tour",
		Help:    "Walk through the lessons, predict what happens, and keep your progress.",
		Example: "mtp tour --from zombie",
		Options: &Options{lessons: lessons, perform: perform},
		Chinese: chinese,
		Source:  embed.FS{},
	}
}
