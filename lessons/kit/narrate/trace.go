package narrate

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"mtp/lessons/kit/kernel"
)

// WriteTrace writes what was observed and said so far as JSON that Perfetto (ui.perfetto.dev) opens: a row for each process,
// with a slice for each state; an arrow from its parent to its start; and the narration at the moments when it was said. The format
// is Chrome's "Trace Event Format", its times microseconds since the epoch.
func (n *Narrator) WriteTrace(w io.Writer) error {
	events := []any{}
	lanes := n.Watch.Lanes()
	for i, lane := range lanes {
		of := func(phase, name string, at time.Time) traceEvent {
			return traceEvent{Phase: phase, Name: name, Time: micros(at.UnixNano()), PID: lane.PID, TID: lane.PID}
		}
		label := fmt.Sprintf("%s %d", lane.Name, lane.PID)
		for _, about := range []struct {
			name string
			args map[string]any
		}{
			{"process_name", map[string]any{"name": lane.Name}},
			{"process_sort_index", map[string]any{"sort_index": i}},
			{"thread_name", map[string]any{"name": label}},
		} {
			meta := of("M", about.name, lane.Spans[0].Begin)
			meta.Args = about.args
			events = append(events, meta)
		}
		for _, span := range lane.Spans {
			name := stateNames[n.Language][span.State]
			if name == "" {
				name = string(span.State)
			}
			slice := of("X", name, span.Begin)
			slice.Category, slice.Args = "state", map[string]any{"state": span.State}
			slice.Duration = new(micros(span.End.UnixNano() - span.Begin.UnixNano())) // by the clock that the events have
			events = append(events, slice)
		}
		begun := lane.Spans[0].Begin
		if !slices.ContainsFunc(lanes, func(l kernel.Lane) bool {
			return l.PID == lane.PPID && !l.Spans[0].Begin.After(begun) && !l.Spans[len(l.Spans)-1].End.Before(begun)
		}) {
			continue // an arrow needs a slice to start from
		}
		from, to := of("s", "fork", begun), of("f", "fork", begun)
		from.PID, from.TID = lane.PPID, lane.PPID
		from.Category, to.Category = "fork", "fork"
		from.ID, to.ID = lane.PID, lane.PID
		to.Binding = "e" // to the slice that encloses it, not the next one
		events = append(events, from, to)
	}
	for _, e := range n.said {
		args := map[string]any{"text": e.Text}
		maps.Copy(args, jsonFields(e))
		events = append(events, traceEvent{
			Phase: "i", Name: e.Name, Category: string(e.Kind), Scope: "t", Time: micros(e.Time.UnixNano()),
			PID: os.Getpid(), TID: os.Getpid(), Args: args,
		})
	}
	out, err := json.Marshal(map[string]any{"displayTimeUnit": "ms", "traceEvents": events})
	if err != nil {
		return err
	}
	_, err = w.Write(append(out, '\n'))
	return err
}

// traceEvent is one object of the Trace Event Format.
type traceEvent struct {
	Phase    string         `json:"ph"` // M metadata, X slice, s and f an arrow's start and end, i instant
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

// micros are nanoseconds, written as microseconds.
type micros int64

func (m micros) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%03d", m/1000, m%1000), nil
}

// jsonLanes are lanes as --json has them.
func jsonLanes(lanes []kernel.Lane) []map[string]any {
	list := make([]map[string]any, len(lanes))
	for i, lane := range lanes {
		spans := make([]map[string]any, len(lane.Spans))
		for s, span := range lane.Spans {
			spans[s] = map[string]any{"state": span.State, "begin": span.Begin, "end": span.End}
		}
		list[i] = map[string]any{"pid": lane.PID, "ppid": lane.PPID, "name": lane.Name, "gone": lane.Gone, "spans": spans}
	}
	return list
}
