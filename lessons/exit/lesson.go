package exit

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed exit.go statuses.go python.go buffers.go copied_linux.go copied_other.go
//go:embed wait_unix.go wait_windows.go check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "exit",
		Help:    "End processes in every way, and see what their parent learns of it.",
		Example: "mtp exit --status 300",
		Gist:    "a parent learns 8 bits or a signal; what is in a buffer is lost at _exit, and doubled by a fork.",
		Options: &Options{},
		Rules: map[string]string{
			"status": "On Unix the low 8 bits arrive: the remainder after division by 256. On Windows all 32 do.",
			"lines":  "_exit ends the process at once: no buffer is flushed, no deferred function and no exit handler runs.",
			"copies": "fork copies the memory, and the buffer is in it.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Variants: []string{""},
		Checks:   checks(),
		Source:   source,
		Story: []string{
			"exit.go", "statuses.go", "wait_unix.go", "python.go", "buffers.go", "copied_linux.go",
		},
		Taught: []string{"os.Exit(", "SYS_CLONE"},
	}
}
