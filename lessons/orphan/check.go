package orphan

import (
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	const enter = 400_000_000 // nanoseconds
	return []requirement.Check{{
		Name: "orphan",
		Task: requirement.Text("check.task",
			"Write a program whose child outlives its parent, is adopted, and then ends by itself."),
		Enter: enter,
		Requirements: func(requirement.Wants) []requirement.Requirement {
			return []requirement.Requirement{requirement.Child(), outlives(), ends()}
		},
	}}
}

// orphan is the first child that has outlived its parent, and when that was seen.
func orphan(r *requirement.Run) (p *tracer.Process, adopted tracer.Fact) {
	for _, p := range r.Twins() {
		for _, f := range p.Orphaned {
			if !f.Zombie {
				return p, f
			}
		}
	}
	return nil, adopted
}

// outlives asks for an orphan.
func outlives() requirement.Requirement {
	return requirement.Requirement{
		ID: "adopted", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.adopted",
			"A child outlives its parent, and another process adopts it."),
		Hint: requirement.Text("check.adopted.hint",
			"Let the parent exit at once, without a wait, and the child sleep a little longer."),
		Judge: func(r *requirement.Run) requirement.Finding {
			if p, f := orphan(r); p != nil {
				return requirement.Yes("check.adopted.yes",
					"{former} ended, and {child} was adopted by {adopter}.",
					"former", f.Former, "child", p.PID, "adopter", f.Parent).By(f)
			}
			p := r.Twins()[0]
			fields := []any{"child", p.PID, "parent", r.Parent(p).PID, "line", p.Exiting.Stack}
			switch {
			case !p.Dead():
				return requirement.No("check.adopted.alive",
					"{parent} still lives at the end, as {child} does.",
					fields...)
			case p.Wait.Kind != "":
				return requirement.No("check.adopted.waited",
					"{parent} waited until {child} had ended{line}.",
					append(fields, "line", p.Wait.Stack)...).By(p.Wait)
			}
			return requirement.No("check.adopted.no",
				"{child} ended before its parent {parent}{line}.",
				fields...).By(p.End)
		},
	}
}

// ends asks for an orphan that does not stay for ever.
func ends() requirement.Requirement {
	return requirement.Requirement{
		ID: "ends", Needs: []string{"adopted"}, Stays: true,
		Asks: requirement.Text("check.ends", "The orphan goes on after that, and exits by itself."),
		Hint: requirement.Text("check.ends.hint",
			"Let the orphan do its work, for a second or two, and exit; an endless one is left behind."),
		Judge: func(r *requirement.Run) requirement.Finding {
			p, _ := orphan(r)
			fields := []any{
				"child", p.PID, "signal", int(p.End.Signal), "status", p.End.Status,
				"line", p.Fatal.Stack,
			}
			switch {
			case !p.Dead():
				return requirement.No("check.ends.alive",
					"The orphan {child} still runs at the end.",
					fields...)
			case p.End.Kind == tracer.Killed:
				return requirement.No("check.ends.killed",
					"The orphan {child} was killed by signal {signal}{line}.",
					fields...).By(p.End)
			}
			return requirement.Yes("check.ends.yes",
				"The orphan {child} exited with status {status}.",
				fields...).By(p.End)
		},
	}
}
