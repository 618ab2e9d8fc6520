package states

import (
	"embed"

	"mtp/lessons/kit/stage"
)

//go:embed states.go states_linux.go arrows_linux.go admit_linux.go share_linux.go worker_linux.go
//go:embed letters_linux.go vfork_linux.go ps_linux.go block_linux.go memory_linux.go
//go:embed states_darwin.go states_windows.go check.go c-and-python
var source embed.FS

// Lesson describes the lesson.
func Lesson() stage.Lesson {
	return stage.Lesson{
		Name:    "states",
		Help:    "Put processes into every state, and see how they move between them.",
		Example: "mtp states --share 3s",
		Gist:    "a process is ready, runs, or waits; the scheduler hands out the processor in slices.",
		Options: &Options{},
		Rules: map[string]string{
			"wait":  "A process that waits for something that may take long, such as input, sleeps in state S: a signal can wake it.",
			"share": "The scheduler shares a processor fairly: among equals, each gets as much as the others.",
			"vfork": "This wait is one that signals do not interrupt (a fatal signal may): that is state D. The letter stands for disk, for which processes wait like this most often.",
		},
		Roles:    roles(),
		Chinese:  chinese,
		Tour:     []string{},
		Shows:    map[string][]string{"states": {"dispatched", "preempted", "wchan"}},
		Variants: []string{"--hold=100ms --share=300ms"},
		Checks:   checks(),
		Source:   source,
		Story: []string{
			"states.go", "states_linux.go", "arrows_linux.go", "admit_linux.go", "share_linux.go",
			"worker_linux.go", "letters_linux.go", "vfork_linux.go", "ps_linux.go", "block_linux.go", "memory_linux.go",
		},
		Taught: []string{"CLONE_VFORK", "SIGSTOP", "Schedstat("},
	}
}
