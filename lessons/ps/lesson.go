package ps

import (
	"embed"

	"mtp/lessons/kit/stage"
)

// Lesson describes the tool, which is told like a lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "ps",
		Help:    "List processes as a tree; find zombies, the parent that owes each a wait, and what would free them.",
		Example: "mtp ps --zombies --watch",
		Options: &Options{},
		Chinese: chinese,
		Source:  embed.FS{},
	}
}
