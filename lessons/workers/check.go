package workers

import "mtp/lessons/kit/requirement"

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	return []requirement.Check{{
		Name: "workers",
		Task: requirement.Text("check.task",
			"Write a program that starts several workers side by side, as many as --procs, and joins all of them."),
		Flags: []string{"procs"},
		Wants: requirement.Wants{Procs: 3},
		Requirements: func(w requirement.Wants) []requirement.Requirement {
			joined := requirement.Waited("joined")
			joined.Needs = []string{"count"}
			return append(requirement.Together(w.Procs), joined)
		},
	}}
}
