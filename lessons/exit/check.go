package exit

import (
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	return []requirement.Check{{
		Name: "exit",
		Task: requirement.Text("check.task",
			"Write a program whose children exit, one with a status other than 0, one with a status above 255, and whose parent collects them."),
		Requirements: func(requirement.Wants) []requirement.Requirement {
			return []requirement.Requirement{
				requirement.Child(), status(), eightBits(), requirement.Waited("waited"),
			}
		},
	}}
}

// status asks for a child that exits with a status of its own.
func status() requirement.Requirement {
	return requirement.Requirement{
		ID: "status", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.status",
			"A child exits with a status other than 0, and a wait of its parent gets it."),
		Hint: requirement.Text("check.status.hint",
			"Call _exit(7) in the child (in Python os._exit(7)), and waitpid in the parent; WEXITSTATUS takes the status out."),
		Judge: func(r *requirement.Run) requirement.Finding {
			for _, p := range r.Twins() {
				if p.End.Kind == tracer.Exited && p.End.Status != 0 && p.Wait.Kind != "" {
					return requirement.Yes("check.status.yes",
						"{child} exited with status {status}, and {parent} got it.",
						"child", p.PID, "status", p.End.Status, "parent", p.Wait.PID).By(p.Wait)
				}
			}
			p := r.Twins()[0]
			switch {
			case p.End.Kind == tracer.Killed:
				return requirement.No("check.status.killed",
					"{child} was killed by signal {signal}{line}.",
					"child", p.PID, "signal", int(p.End.Signal), "line", p.Fatal.Stack).By(p.End)
			case p.End.Kind == tracer.Exited && p.End.Status != 0:
				return requirement.No("check.status.uncollected",
					"{child} exited with status {status}, and no wait got it.",
					"child", p.PID, "status", p.End.Status).By(p.End)
			}
			return requirement.No("check.status.no",
				"All children that ended, such as {child}, exited with status 0{line}.",
				"child", p.PID, "line", p.Exiting.Stack).By(p.End)
		},
	}
}

// eightBits asks for a status of which not all arrives.
func eightBits() requirement.Requirement {
	return requirement.Requirement{
		ID: "bits", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.bits",
			"A child exits with a status above 255, of which the parent gets 8 bits."),
		Hint: requirement.Text("check.bits.hint",
			"Call _exit(300) in a child, and compare it with what WEXITSTATUS says: 44."),
		Judge: func(r *requirement.Run) requirement.Finding {
			for _, p := range r.Twins() {
				if asked := p.Exiting.Status; asked != asked&0xff && p.Dead() {
					return requirement.Yes("check.bits.yes",
						"{child} asked for {asked}, and {status} is left.",
						"child", p.PID, "asked", asked, "status", p.End.Status).By(p.Exiting)
				}
			}
			highest := 0
			for _, p := range r.Twins() {
				highest = max(highest, p.Exiting.Status)
			}
			return requirement.No("check.bits.no",
				"The highest status that a child asked for is {asked}.",
				"asked", highest)
		},
	}
}
