package workers

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed workers.go worker.go thread.go join.go daemon.go orphan_linux.go orphan_other.go
//go:embed input.go kill.go job.go check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "workers",
		Help:    "Run jobs side by side, as Python's multiprocessing.Process: join, time-out, daemon, exit code.",
		Example: "mtp workers --job cook=2 --job wash=1.5",
		Gist:    "processes that wait side by side take as long as the longest, even on one processor; a time-out ends join's wait only.",
		Options: &Options{},
		Rules: map[string]string{
			"wall": "Processes that only wait do not hold each other up, not even on one processor: together they take about as long as the longest.",
			"code": "A process killed by a signal has no exit status. Python's exitcode is then the signal's number, with a minus.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"status": {"victim"}},
		Variants: []string{"--scale=0.02", "--daemon --scale=0.02"},
		Checks:   checks(),
		Source:   source,
		Story: []string{
			"workers.go", "worker.go", "thread.go", "join.go", "daemon.go", "orphan_linux.go",
			"input.go", "kill.go",
		},
		Taught: []string{".Join(", ".SetDaemon(", ".Kill()"},
	}
}
