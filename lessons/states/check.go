package states

import (
	"slices"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	const enter = 500_000_000 // nanoseconds
	return []requirement.Check{{
		Name: "states",
		Task: requirement.Text("check.task",
			"Write a program with processes in each of the states R, S, T and Z, for at least a tenth of a second."),
		Enter: enter,
		Requirements: func(requirement.Wants) []requirement.Requirement {
			child := requirement.Child()
			return []requirement.Requirement{
				child,
				reached("running", kernel.Running,
					requirement.Text("check.running",
						"A process is listed as R, running or ready, again and again."),
					requirement.Text("check.running.hint", "Let a child compute in a loop.")),
				reached("sleeping", kernel.Sleeping,
					requirement.Text("check.sleeping", "A process is listed as S, sleeping."),
					requirement.Text("check.sleeping.hint",
						"Let a child call sleep, or read from a pipe into which nobody writes.")),
				reached("stopped", kernel.Stopped,
					requirement.Text("check.stopped", "A process is listed as T, stopped."),
					requirement.Text("check.stopped.hint",
						"Send a child SIGSTOP; SIGCONT lets it go on.")),
				reached("zombie", kernel.Zombie,
					requirement.Text("check.zombie", "A process is listed as Z, a zombie."),
					requirement.Text("check.zombie.hint",
						"Let a child exit, and wait for it only later.")),
			}
		},
	}}
}

// stateOf is the state in which a process was found. One that is stopped is listed as t while it is
// traced, which others are for moments, too.
func stateOf(p *tracer.Process, s requirement.State) kernel.State {
	if s.State == "t" && p.Stopped(s.Time) {
		return kernel.Stopped
	}
	return s.State
}

// inRow is how often in a row a process has to be found in a state: for some moments each one is
// running. What computes gets the processor besides.
const (
	inRow    = 4
	computes = 40 * time.Millisecond
)

// reached asks for a process that was found in a state again and again.
func reached(id string, state kernel.State, asks,
	hint requirement.Sentence,
) requirement.Requirement {
	return requirement.Requirement{
		ID: id, Needs: []string{"child"}, Stays: true, Asks: asks, Hint: hint,
		Judge: func(r *requirement.Run) requirement.Finding {
			rows, most, began := map[int]int{}, 0, map[int]time.Duration{}
			for _, s := range r.States {
				switch p := r.Get(s.PID); {
				case p == nil || !slices.Contains(r.Twins(), p):
					continue // it may take its time to begin
				case stateOf(p, s) != state:
					rows[s.PID] = 0
					continue
				}
				if rows[s.PID]++; rows[s.PID] == 1 {
					began[s.PID] = s.Running
				}
				if state == kernel.Running && s.Running-began[s.PID] < computes {
					continue // it only waits to run
				}
				if most = max(most, rows[s.PID]); rows[s.PID] >= inRow {
					f := requirement.Yes("check.state.yes",
						"{pid} was listed as {state}, {times} times in a row.",
						"pid", s.PID, "state", state, "times", inRow)
					f.From = kernel.StatSource(s.PID)
					return f
				}
			}
			return requirement.No("check.state.no",
				"No process was listed as {state} {times} times in a row; the most was {most}.",
				"state", state, "times", inRow, "most", most)
		},
	}
}
