package customprocess

import (
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	return []requirement.Check{{
		Name: "custom-process",
		Task: requirement.Text("check.task",
			"Write a class of your own that is a process: start makes a child, which calls run, and join waits for it."),
		Requirements: func(requirement.Wants) []requirement.Requirement {
			return []requirement.Requirement{
				requirement.Child(), requirement.Ends(), joined(), requirement.Waited("waited"),
			}
		},
	}}
}

// joined asks for a wait for one process, which blocks until it has ended.
func joined() requirement.Requirement {
	return requirement.Requirement{
		ID: "joined", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.joined",
			"The parent waits for one child by its PID, as join does."),
		Hint: requirement.Text("check.joined.hint",
			"join of a Process calls waitpid with the PID of this process; os.wait() would take any child."),
		Judge: func(r *requirement.Run) requirement.Finding {
			for _, f := range r.Facts {
				child := r.Get(f.Child)
				if f.Kind == tracer.Waiting && child != nil && r.Parent(child).PID == f.PID {
					return requirement.Yes("check.joined.yes",
						"{parent} waited for {child}.",
						"parent", f.PID, "child", f.Child).By(f)
				}
			}
			p := r.Twins()[0]
			return requirement.No("check.joined.no",
				"{parent} has not waited for {child} by its PID.",
				"parent", r.Parent(p).PID, "child", p.PID)
		},
	}
}
