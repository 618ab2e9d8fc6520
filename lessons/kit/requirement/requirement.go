// Package requirement is what a lesson asks of a reader's own program, and whether a run of it has
// met that. The verdicts follow from what the kernel has told of the processes, as package tracer
// tells it, and never from what the program prints.
package requirement

import (
	"slices"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/tracer"
)

// Outcome is what a requirement has come to. The list is closed.
type Outcome string

// The outcomes.
const (
	Met       Outcome = "met"
	NotMet    Outcome = "not met"
	NotJudged Outcome = "not judged" // it depends on another one, or it can't be known
)

// Sentence is one that is told later, in the reader's language.
type Sentence struct {
	Name, Text string
	Fields     []any
}

// Text returns a sentence.
func Text(name, text string, fields ...any) Sentence { return Sentence{name, text, fields} }

// Finding is what a run has shown of a requirement: the outcome, and what the kernel has said.
type Finding struct {
	Outcome
	Seen Sentence
	From kernel.Source // where it was said; "": by the trace as a whole
}

// Yes finds that a requirement is met.
func Yes(name, text string, fields ...any) Finding {
	return Finding{Outcome: Met, Seen: Text(name, text, fields...)}
}

// No finds that it is not.
func No(name, text string, fields ...any) Finding {
	return Finding{Outcome: NotMet, Seen: Text(name, text, fields...)}
}

// Unknown finds that it can't be said.
func Unknown(name, text string, fields ...any) Finding {
	return Finding{Outcome: NotJudged, Seen: Text(name, text, fields...)}
}

// By says in which of the trace's facts it was seen.
func (f Finding) By(fact tracer.Fact) Finding {
	f.From = fact.Source()
	return f
}

// Requirement is one thing that is asked of a program.
type Requirement struct {
	ID    string
	Asks  Sentence
	Hint  Sentence
	Needs []string // the requirements without which this one can't be judged
	Stays bool     // once met, it stays met, whatever else the program does
	Judge func(*Run) Finding
}

// Wants is what a check is asked for in particular.
type Wants struct {
	Method string
	Procs  int
	Limit  int
	Port   int
}

// Check is what is asked of a program that does what a lesson does.
type Check struct {
	Name    string   // as it is typed
	Task    Sentence // what to write
	Flags   []string // those of Wants that it takes
	Methods []string // what its method may be; the first is the default
	Wants   Wants    // the defaults
	Chinese event.Sentences

	// Enter is for how long the program may wait for input before a line is there: it holds still
	// to be looked at. 0: its input is at its end at once.
	Enter time.Duration

	Requirements func(Wants) []Requirement
	Scenes       []func(*Scene) // played with the program, which is started for each
}

// State is how a process was found.
type State struct {
	Time    time.Time
	PID     int
	State   kernel.State
	Running time.Duration // on a processor, so far
	Ready   time.Duration // waiting for one
}

// Look is a look at all processes at once.
type Look struct {
	From, Time time.Time     // since the one before
	Held       time.Duration // for how long the machine, or the tracer, kept one of them waiting
	Asleep     bool          // all of them sleep
}

// Run is what a program has done.
type Run struct {
	tracer.History
	Program []string // with its arguments
	Wants   Wants
	Until   time.Time // when it was over
	Cut     bool      // it had to be ended
	Output  []byte    // how its standard output begins
	Reading bool      // at the moment a process waits for input
	States  []State   // as they were listed, again and again
	Looks   []Look
	Cases   map[string]Finding
}

// Result is what all runs have come to.
type Result struct {
	Requirement
	Finding        // of the first run that has this outcome
	Times   int    // in how many runs it was so
	Runs    int    // of how many
	Lacks   string // the requirement that it needs, and that is not met
}

// Judge judges runs. A requirement that needs another one is not judged unless that one is met.
func Judge(requirements []Requirement, runs []*Run) (results []Result) {
	outcome := map[string]Outcome{}
	for _, r := range requirements {
		result := Result{Requirement: r, Runs: len(runs)}
		result.Outcome = Met
		lacks := func(id string) bool { return outcome[id] != Met }
		if i := slices.IndexFunc(r.Needs, lacks); i >= 0 {
			result.Outcome, result.Lacks = NotJudged, r.Needs[i]
		} else {
			result.combine(runs)
		}
		outcome[r.ID] = result.Outcome
		results = append(results, result)
	}
	return results
}

// combine is met if it is in all runs, and not met if it is not in one.
func (r *Result) combine(runs []*Run) {
	worse := map[Outcome]int{Met: 0, NotJudged: 1, NotMet: 2}
	for i, run := range runs {
		f := r.Judge(run)
		switch {
		case i == 0 || worse[f.Outcome] > worse[r.Outcome]:
			r.Finding, r.Times = f, 1
		case f.Outcome == r.Outcome:
			r.Times++
		}
	}
}

// Locate puts what another run has shown, which knows lines of the source, in place of what a run
// without them has shown of the same.
func Locate(results []Result, run *Run) {
	for i, r := range results {
		if r.Outcome != NotMet {
			continue
		}
		if f := r.Judge(run); f.Outcome == NotMet && f.Seen.Name == r.Seen.Name {
			results[i].Finding = f
		}
	}
}

// Settled reports whether all that is required is met, and stays so.
func Settled(requirements []Requirement, run *Run) bool {
	for _, r := range requirements {
		if !r.Stays || r.Judge(run).Outcome != Met {
			return false
		}
	}
	return true
}
