package requirement

import (
	"testing"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/tracer"
)

// recorded is a run of a program with one child, which ends after 10 ms and is waited for, or not,
// when 300 ms are over.
func recorded(waited bool) *Run {
	begun := time.Now()
	at := func(ms int) time.Time { return begun.Add(time.Duration(ms) * time.Millisecond) }
	r := &Run{Program: []string{"./mine"}, Until: at(400)}
	r.Add(tracer.Fact{Time: at(0), Kind: tracer.Execed, PID: 1, Args: []string{"./mine"}})
	r.Add(tracer.Fact{Time: at(5), Kind: tracer.Forked, PID: 1, Child: 2})
	r.Add(tracer.Fact{Time: at(10), Kind: tracer.Exited, PID: 2, Zombie: true})
	if waited {
		r.Add(tracer.Fact{Time: at(310), Kind: tracer.Waited, PID: 1, Call: "wait4", Child: 2})
	}
	r.Add(tracer.Fact{Time: at(310), Kind: tracer.Exited, PID: 1})
	return r
}

// outcomes are those of a child that is waited for, and of a zombie that is brief.
func outcomes(runs ...*Run) (list []Outcome, times int) {
	all := Judge([]Requirement{Child(), Waited("all"), Brief(100 * time.Millisecond)}, runs)
	for _, r := range all {
		list = append(list, r.Outcome)
	}
	return list, all[1].Times
}

func TestJudge(t *testing.T) {
	t.Parallel()
	none := &Run{Program: []string{"./mine"}}
	none.Add(tracer.Fact{Kind: tracer.Execed, PID: 1, Args: []string{"./mine"}})
	type outcomesOf = [3]Outcome
	for what, test := range map[string]struct {
		runs  []*Run
		want  outcomesOf
		times int
	}{
		"waited for":     {[]*Run{recorded(true)}, outcomesOf{Met, Met, NotMet}, 1},
		"not waited for": {[]*Run{recorded(false)}, outcomesOf{Met, NotMet, NotMet}, 1},
		"one of two runs": {
			[]*Run{recorded(true), recorded(false)}, outcomesOf{Met, NotMet, NotMet}, 1,
		},
		"no child": {[]*Run{none}, outcomesOf{NotMet, NotJudged, NotJudged}, 0},
	} {
		got, times := outcomes(test.runs...)
		if outcomesOf(got) != test.want || times != test.times {
			t.Errorf("%s: %v, %d times, want %v, %d times", what, got, times, test.want, test.times)
		}
	}
}

// What the machine keeps a program waiting is not counted as a zombie's time.
func TestHeld(t *testing.T) {
	t.Parallel()
	r := recorded(false)
	for ms := 0; ms <= 300; ms += 20 {
		state := State{Time: r.All[0].Born.Add(time.Duration(ms) * time.Millisecond), PID: 1}
		state.State = kernel.Running // and it gets no processor
		r.Listed(state.Time, []State{state})
	}
	if lasted := r.ZombieFor(r.All[1]); lasted > 20*time.Millisecond {
		t.Errorf("a zombie for %v, want about 10 ms", lasted)
	}
}
