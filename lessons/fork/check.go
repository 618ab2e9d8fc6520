package fork

import (
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	return []requirement.Check{{
		Name: "fork",
		Task: requirement.Text("check.task",
			"Write a program that forks: both processes go on, and the parent waits for its child by PID."),
		Requirements: func(requirement.Wants) []requirement.Requirement {
			return []requirement.Requirement{
				requirement.Child(), goesOn(), usesPID(), requirement.Waited("waited"),
			}
		},
	}}
}

// goesOn asks for both processes to run on, to an end of their own.
func goesOn() requirement.Requirement {
	return requirement.Requirement{
		ID: "both", Needs: []string{"child"},
		Asks: requirement.Text("check.both",
			"After the fork both go on, parent and child, and each exits by itself."),
		Hint: requirement.Text("check.both.hint",
			"fork returns twice: 0 in the child, the child's PID in the parent. Let each do its part and exit; a signal is how a crash ends."),
		Judge: func(r *requirement.Run) requirement.Finding {
			child := r.Twins()[0]
			for _, p := range []*tracer.Process{r.Parent(child), child} {
				fields := []any{"pid", p.PID, "line", p.Fatal.Stack, "signal", int(p.End.Signal)}
				switch p.End.Kind {
				case tracer.Killed:
					return requirement.No("check.both.killed",
						"{pid} was killed by signal {signal}{line}.",
						fields...).By(p.End)
				case tracer.Exited:
				default:
					return requirement.No("check.both.alive",
						"{pid} still runs at the end.",
						fields...)
				}
			}
			return requirement.Yes("check.both.yes",
				"{parent} and {child} exited.",
				"parent", r.Parent(child).PID, "child", child.PID).By(child.End)
		},
	}
}

// usesPID asks for the parent to do something with the PID that fork has returned.
func usesPID() requirement.Requirement {
	return requirement.Requirement{
		ID: "pid", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.pid",
			"The parent uses the PID that fork returned: it waits for this child, or sends it a signal."),
		Hint: requirement.Text("check.pid.hint",
			"Keep what fork returns, and call waitpid(pid, …) with it; wait() takes any child."),
		Judge: func(r *requirement.Run) requirement.Finding {
			for _, f := range r.Facts {
				child := r.Get(max(f.Child, f.Target))
				if child == nil || r.Parent(child) == nil || r.Parent(child).PID != f.PID {
					continue
				}
				if f.Kind == tracer.Waiting && f.Child > 0 || f.Kind == tracer.Sent ||
					f.Kind == tracer.Waited && f.NoHang {
					return requirement.Yes("check.pid.yes",
						"{parent} names {child} in a call.",
						"parent", f.PID, "child", child.PID).By(f)
				}
			}
			p := r.Twins()[0]
			return requirement.No("check.pid.no",
				"{parent} never names {child} in a wait or a kill.",
				"parent", r.Parent(p).PID, "child", p.PID)
		},
	}
}
