// Package perfetto writes what was observed and said for Perfetto (ui.perfetto.dev): a row for each
// process, with a slice for each state; an arrow from its parent to its start; and the narration at
// the moments when it was said. The format is Chrome's "Trace Event Format", its times microseconds
// since the epoch.
package perfetto

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/sampler"
)

// Write writes a trace.
func Write(w io.Writer, lanes []sampler.Lane, said []event.Event, voice event.Voice) error {
	events := []record{}
	for i, lane := range lanes {
		events = append(events, names(lane, i)...)
		for _, span := range lane.Spans {
			events = append(events, slice(lane, span, voice))
		}
		if parentListed(lanes, lane) {
			events = append(events, arrow(lane)...)
		}
	}
	for _, e := range said {
		events = append(events, instant(e))
	}
	out, err := json.Marshal(map[string]any{"displayTimeUnit": "ms", "traceEvents": events})
	if err != nil {
		return err
	}
	_, err = w.Write(append(out, '\n'))
	return err
}

// record is one object of the Trace Event Format.
type record struct {
	Phase    string         `json:"ph"` // M metadata, X slice, s and f an arrow's ends, i instant
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Time     micros         `json:"ts"`
	Duration *micros        `json:"dur,omitempty"`
	PID      int            `json:"pid"`
	TID      int            `json:"tid"`
	ID       int            `json:"id,omitempty"`
	Binding  string         `json:"bp,omitempty"`
	Scope    string         `json:"s,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// micros are microseconds since the epoch, or of a duration. They are whole, so that no slice
// overlaps the next one, as it might with fractions in a float64.
type micros int64

func microsOf(t time.Time) micros { return micros(t.UnixMicro()) }

func at(phase, name string, when time.Time, pid int) record {
	return record{Phase: phase, Name: name, Time: microsOf(when), PID: pid, TID: pid}
}

// names are what a process's row is called, and where it stands.
func names(lane sampler.Lane, place int) []record {
	process := at("M", "process_name", lane.Begin(), lane.PID)
	process.Args = map[string]any{"name": lane.Name}
	order := at("M", "process_sort_index", lane.Begin(), lane.PID)
	order.Args = map[string]any{"sort_index": place}
	thread := at("M", "thread_name", lane.Begin(), lane.PID)
	thread.Args = map[string]any{"name": fmt.Sprintf("%s %d", lane.Name, lane.PID)}
	return []record{process, order, thread}
}

// slice is a state.
func slice(lane sampler.Lane, span sampler.Span, voice event.Voice) record {
	word := func(name, text string) string { return voice.Text(name, text) }
	name := picture.StateName(word, span.State)
	if name == "" {
		name = string(span.State)
	}
	r := at("X", name, span.Begin, lane.PID)
	r.Category, r.Args = "state", map[string]any{"state": span.State}
	r.Duration = new(microsOf(span.End) - microsOf(span.Begin)) // as the next one begins
	return r
}

// parentListed reports whether there is a slice of the parent for an arrow to start from.
func parentListed(lanes []sampler.Lane, lane sampler.Lane) bool {
	begun := lane.Begin()
	return slices.ContainsFunc(lanes, func(l sampler.Lane) bool {
		return l.PID == lane.PPID && !l.Begin().After(begun) && !l.End().Before(begun)
	})
}

// arrow leads from the parent to the start of its child.
func arrow(lane sampler.Lane) []record {
	from, to := at("s", "fork", lane.Begin(), lane.PPID), at("f", "fork", lane.Begin(), lane.PID)
	from.Category, to.Category = "fork", "fork"
	from.ID, to.ID = lane.PID, lane.PID
	to.Binding = "e" // to the slice that encloses it, not the next one
	return []record{from, to}
}

// instant is something that was said.
func instant(e event.Event) record {
	r := at("i", cmp.Or(e.Text, e.Name), e.Time, os.Getpid())
	r.Category, r.Scope, r.Args = string(e.Kind), "t", map[string]any{"name": e.Name}
	maps.Copy(r.Args, e.ForPrograms())
	return r
}
