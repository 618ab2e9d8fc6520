package workers

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed workers.go worker.go join.go daemon.go input.go kill.go job.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "workers",
		Help:    "Run jobs side by side, as Python's multiprocessing.Process: join, time-out, daemon, exit code.",
		Example: "mtp workers --job cook=2 --job wash=1.5",
		Gist:    "processes side by side take as long as the longest; a time-out of join ends the wait only.",
		Options: &Options{},
		Rules: map[string]string{
			"wall": "Processes that only wait do not hold each other up: together they take as long as the longest.",
			"code": "A process that a signal has ended has no exit status. Python's exitcode is the signal's number then, with a minus.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"status": {"victim"}},
		Variants: []string{"", "--daemon"},
		Source:   source,
		Story: []string{
			"workers.go", "worker.go", "join.go", "daemon.go", "input.go", "kill.go",
		},
	}
}
