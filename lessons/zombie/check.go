package zombie

import (
	"time"

	"mtp/lessons/kit/requirement"
)

// lasting is for how long a zombie has to be there: one has time to look at it with ps.
const lasting = 200 * time.Millisecond

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	return []requirement.Check{{
		Name: "zombie",
		Task: requirement.Text("check.task",
			"Write a program whose child ends while the parent lives on for a while, and does not wait for it."),
		Enter: 2 * lasting,
		Requirements: func(requirement.Wants) []requirement.Requirement {
			return []requirement.Requirement{
				requirement.Child(),
				requirement.EndsFirst(requirement.Text("check.ends.hint",
					"Let the child call _exit (in Python os._exit) at once, and the parent sleep, or wait for a key.")),
				zombie(),
			}
		},
	}}
}

// zombie asks for a child that stays one.
func zombie() requirement.Requirement {
	return requirement.Requirement{
		ID: "zombie", Needs: []string{"ends"}, Stays: true,
		Asks: requirement.Text("check.zombie",
			"A child is a zombie for at least {least} while its parent lives.",
			"least", lasting),
		Hint: requirement.Text("check.zombie.hint",
			"Do not call wait, and do not ignore SIGCHLD: sleep in the parent after the child has ended."),
		Judge: func(r *requirement.Run) requirement.Finding {
			longest, whose := time.Duration(0), r.Twins()[0]
			for _, p := range r.Twins() {
				if lasted := r.ZombieFor(p); lasted > longest {
					longest, whose = lasted, p
				}
			}
			fields := []any{
				"child", whose.PID, "parent", r.Parent(whose).PID, "lasted", longest,
				"line", whose.Wait.Stack,
			}
			switch {
			case longest >= lasting:
				return requirement.Yes("check.zombie.yes",
					"{child} was a zombie for {lasted}, and {parent} lived.",
					fields...).By(whose.End)
			case longest == 0:
				return requirement.No("check.zombie.none",
					"{child} was not a zombie after its end.",
					fields...)
			case whose.Wait.Kind != "":
				return requirement.No("check.zombie.waited",
					"{parent} waited for {child}{line} when it had been a zombie for {lasted}.",
					fields...).By(whose.Wait)
			}
			return requirement.No("check.zombie.brief",
				"{child} was a zombie for {lasted}, then {parent} ended.",
				fields...)
		},
	}
}
