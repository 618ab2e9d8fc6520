package picture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/sampler"
)

// Lanes are processes over time, one line each.
type Lanes []sampler.Lane

// glyph is what stands for a state in a lane. A start, a stop or a zombie fills its column, however
// short it was (the one with the highest rank, if there are several); else the state that lasted
// longest there does.
type glyph struct {
	state kernel.State
	text  string
	ink   event.Ink
	rank  int
}

// glyphs are in the order in which they are explained.
func glyphs() []glyph {
	return []glyph{
		{state: sampler.Starting, text: "+", ink: event.Magenta, rank: 1},
		{state: kernel.Running, text: "█", ink: event.Green},
		{state: kernel.Alive, text: "█", ink: event.Green},
		{state: kernel.Sleeping, text: "─", ink: event.Cyan},
		{state: kernel.Disk, text: "═", ink: event.Blue},
		{state: kernel.Stopped, text: "T", ink: event.Magenta, rank: 2},
		{state: kernel.Zombie, text: "Z", ink: event.Red, rank: 3},
		{state: gone, text: "·", ink: event.Faint},
	}
}

const (
	maxLanes    = 16 // that are drawn; programs get all
	pipeColumns = 80 // where there is no terminal
	maxName     = 16 // columns
	maxCells    = 100
	minCells    = 8
)

// Fields are the lanes with their spans.
func (l Lanes) Fields() map[string]any {
	list := make([]map[string]any, len(l))
	for i, lane := range l {
		spans := make([]map[string]any, len(lane.Spans))
		for s, span := range lane.Spans {
			spans[s] = map[string]any{
				"state": span.State, "begin": event.Time(span.Begin), "end": event.Time(span.End),
				"lasted_ns": span.End.Sub(span.Begin).Nanoseconds(),
			}
		}
		list[i] = map[string]any{
			"pid": lane.PID, "ppid": lane.PPID, "name": lane.Name,
			"gone": lane.Gone, "spans": spans,
		}
	}
	return map[string]any{"lanes": list}
}

// Draw draws the lanes over one axis.
func (l Lanes) Draw(pen event.Pen) string {
	begin, end := l[0].Begin(), l[0].End()
	labels, width := make([]string, len(l)), 0
	for i, lane := range l {
		name := displaywidth.TruncateString(lane.Name, maxName, "…")
		labels[i] = fmt.Sprintf("%s %d", name, lane.PID)
		width = max(width, displaywidth.String(labels[i]))
		if lane.Begin().Before(begin) {
			begin = lane.Begin()
		}
		if lane.End().After(end) {
			end = lane.End()
		}
	}
	columns := cmp.Or(pen.Columns, pipeColumns)
	cells := min(max(columns-len(indent)-width-2, minCells), maxCells)
	cell := end.Sub(begin)/time.Duration(cells-1) + 1 // the last column is the end itself

	var b strings.Builder
	met := map[kernel.State]bool{}
	for i, lane := range l {
		if i == maxLanes-1 && len(l) > maxLanes {
			b.WriteString(indent + more(pen, len(l)-i))
			break
		}
		b.WriteString(indent + padded(labels[i], width+2))
		states := make([]kernel.State, cells)
		for c := range states {
			from := begin.Add(time.Duration(c) * cell)
			states[c] = stateIn(lane, from, from.Add(cell))
			met[states[c]] = true
		}
		b.WriteString(paintLane(pen, states) + "\n")
	}
	from, to := "0", event.Text(end.Sub(begin))
	gap := strings.Repeat(" ", max(cells-len(from)-displaywidth.String(to), 1))
	b.WriteString(indent + padded("", width+2) + pen.Paint(from+gap+to, event.Faint) + "\n")

	var parts []string
	for _, g := range glyphs() {
		if met[g.state] {
			parts = append(parts, g.text+" "+StateName(pen.Word, g.state))
		}
	}
	parts = append(parts, pen.Word("lanes.cell", "one column is")+" "+event.Text(cell))
	return b.String() + legend(pen, parts)
}

// stateIn is the state that stands for a process between two moments; empty before its start.
func stateIn(lane sampler.Lane, from, to time.Time) kernel.State {
	lasted := map[kernel.State]time.Duration{}
	for _, span := range lane.Spans {
		begin, end := span.Begin, span.End
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		atOnce := span.Begin.Equal(span.End) && !span.Begin.Before(from) && span.Begin.Before(to)
		if end.Sub(begin) > 0 || atOnce {
			lasted[span.State] += end.Sub(begin) + 1
		}
	}
	switch {
	case len(lasted) > 0:
	case !lane.Begin().Before(from):
		return "" // not yet
	case lane.Gone:
		return gone
	default:
		return lane.Spans[len(lane.Spans)-1].State
	}
	return slices.MaxFunc(slices.Sorted(maps.Keys(lasted)), func(a, b kernel.State) int {
		return cmp.Or(
			cmp.Compare(glyphOf(a).rank, glyphOf(b).rank), cmp.Compare(lasted[a], lasted[b]),
		)
	})
}

// glyphOf is a state's glyph: the first letter of one that has none of its own.
func glyphOf(state kernel.State) glyph {
	for _, g := range glyphs() {
		if g.state == state {
			return g
		}
	}
	if state == "" {
		return glyph{text: " "}
	}
	return glyph{text: string(state[:1])}
}

// paintLane writes runs of equal states, each in one ink.
func paintLane(pen event.Pen, states []kernel.State) string {
	var b strings.Builder
	for len(states) > 0 {
		differs := func(state kernel.State) bool { return state != states[0] }
		run := slices.IndexFunc(states, differs)
		if run < 0 {
			run = len(states)
		}
		g := glyphOf(states[0])
		b.WriteString(pen.Paint(strings.Repeat(g.text, run), g.ink))
		states = states[run:]
	}
	return b.String()
}
