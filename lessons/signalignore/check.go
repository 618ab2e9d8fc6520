package signalignore

import (
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	const enter = 300_000_000 // nanoseconds
	return []requirement.Check{{
		Name: "signal-ignore",
		Task: requirement.Text("check.task",
			"Write a program that ignores SIGCHLD before it forks, so that its children never become zombies."),
		Enter: enter,
		Requirements: func(requirement.Wants) []requirement.Requirement {
			return []requirement.Requirement{
				requirement.Child(),
				ignores(),
				requirement.EndsFirst(requirement.Text("check.ends.hint",
					"Let the parent go on for a while, or call wait, which returns with ECHILD when all children have ended.")),
				noZombies(),
			}
		},
	}}
}

// ignores asks for the disposition that the lesson is about.
func ignores() requirement.Requirement {
	return requirement.Requirement{
		ID: "ignored", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.ignored",
			"The parent sets SIGCHLD to SIG_IGN before its first fork."),
		Hint: requirement.Text("check.ignored.hint",
			"Call signal(SIGCHLD, SIG_IGN) (in Python signal.signal(signal.SIGCHLD, signal.SIG_IGN)) before fork."),
		Judge: func(r *requirement.Run) requirement.Finding {
			child := r.Twins()[0]
			parent := r.Parent(child)
			for _, f := range r.Facts {
				if f.Kind != tracer.Disposed || f.PID != parent.PID ||
					f.Disposition != tracer.Ignored {
					continue
				}
				fields := []any{"parent", parent.PID, "line", f.Stack}
				if f.Time.Before(child.Born) {
					return requirement.Yes("check.ignored.yes",
						"{parent} ignored SIGCHLD, and then forked.",
						fields...).By(f)
				}
				return requirement.No("check.ignored.late",
					"{parent} ignored SIGCHLD only after its first fork{line}.",
					fields...).By(f)
			}
			return requirement.No("check.ignored.no",
				"{parent} never ignored SIGCHLD. (Its default action, which is also called ignore, does not reap.)",
				"parent", parent.PID)
		},
	}
}

// noZombies asks for the kernel to have reaped all.
func noZombies() requirement.Requirement {
	return requirement.Requirement{
		ID: "nozombies", Needs: []string{"ends"},
		Asks: requirement.Text("check.nozombies",
			"No child becomes a zombie: the kernel reaps each as it ends."),
		Hint: requirement.Text("check.nozombies.hint",
			"A zombie that is there already stays one; ignore SIGCHLD before the first child can end."),
		Judge: func(r *requirement.Run) requirement.Finding {
			ended := 0
			for _, p := range r.Twins() {
				if p.End.Zombie && r.ZombieFor(p) > 0 {
					return requirement.No("check.nozombies.no",
						"{child} was a zombie when it had ended, for {lasted}; it is a child of {parent}{line}.",
						"child", p.PID, "lasted", r.ZombieFor(p), "parent", r.Parent(p).PID,
						"line", p.Forked()).By(p.End)
				}
				if p.Dead() {
					ended++
				}
			}
			return requirement.Yes("check.nozombies.yes",
				"{count} children ended, and none was a zombie.",
				"count", ended)
		},
	}
}
