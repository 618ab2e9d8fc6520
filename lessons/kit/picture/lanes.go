package picture

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/sampler"
)

// Lanes are processes over time, one line each, and when the lesson's steps began.
type Lanes struct {
	Lanes []sampler.Lane
	Steps []time.Time
}

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
		{state: sampler.Ready, text: "▒", ink: event.Green},
		{state: kernel.Alive, text: "█", ink: event.Green},
		{state: kernel.Sleeping, text: "─", ink: event.Blue},
		{state: kernel.Disk, text: "═", ink: event.Violet},
		{state: kernel.Stopped, text: "T", ink: event.Magenta, rank: 2},
		{state: kernel.Zombie, text: "Z", ink: event.Red, rank: 3},
		{state: adopted, text: "A", ink: event.Magenta, rank: 4},
		{state: gone, text: "·", ink: event.Faint},
	}
}

const (
	maxLanes    = 16 // that are drawn; programs get all
	minLanes    = 4  // on a terminal of a few rows
	besideLanes = 16 // rows: the sentence, the axis, the explanations, the prompt
	pipeColumns = 80 // where there is no terminal
	maxName     = 16 // columns
	maxCells    = 100
	minCells    = 8
	fewLanes    = 6 // all of which are drawn
)

// Fields are the lanes with their spans.
func (l Lanes) Fields() map[string]any {
	list := make([]map[string]any, len(l.Lanes))
	for i, lane := range l.Lanes {
		spans := make([]map[string]any, len(lane.Spans))
		for s, span := range lane.Spans {
			spans[s] = map[string]any{
				"state": span.State, "begin": event.Time(span.Begin), "end": event.Time(span.End),
				"lasted_ns": span.End.Sub(span.Begin).Nanoseconds(),
			}
		}
		adoptions := make([]map[string]any, len(lane.Adopted))
		for a, adoption := range lane.Adopted {
			adoptions[a] = map[string]any{"by": adoption.By, "seen": event.Time(adoption.Seen)}
		}
		list[i] = map[string]any{
			"pid": lane.PID, "ppid": lane.PPID, "name": lane.Name,
			"gone": lane.Gone, "spans": spans, "adopted": adoptions,
		}
	}
	steps := make([]string, len(l.Steps))
	for i, step := range l.Steps {
		steps[i] = event.Time(step)
	}
	return map[string]any{"lanes": list, "steps": steps}
}

// axis is a time that is drawn in columns.
type axis struct {
	begin, end time.Time
	cells      int
}

func (a axis) cell() time.Duration {
	return a.end.Sub(a.begin)/time.Duration(a.cells-1) + 1 // the last column is the end itself
}

func (l Lanes) axis(cells int) axis {
	a := axis{l.Lanes[0].Begin(), l.Lanes[0].End(), cells}
	for _, lane := range l.Lanes {
		if lane.Begin().Before(a.begin) {
			a.begin = lane.Begin()
		}
		if lane.End().After(a.end) {
			a.end = lane.End()
		}
	}
	return a
}

// states are those that stand for a process, column by column.
func (a axis) states(lane sampler.Lane) []kernel.State {
	states := make([]kernel.State, a.cells)
	for c := range states {
		from := a.begin.Add(time.Duration(c) * a.cell())
		states[c] = stateIn(lane, from, from.Add(a.cell()))
	}
	return states
}

// tellsNothing reports whether a process filled no more than one column.
func tellsNothing(states []kernel.State) bool {
	filled := 0
	for _, state := range states {
		if state != "" && state != gone {
			filled++
		}
	}
	return filled <= 1
}

// Draw draws the lanes over one axis.
func (l Lanes) Draw(pen event.Pen) string {
	if pen.Plain {
		return l.tell(pen)
	}
	labels, width := make([]string, len(l.Lanes)), displaywidth.String(stepsLabel(pen))
	for i, lane := range l.Lanes {
		name := displaywidth.TruncateString(lane.Name, maxName, "…")
		labels[i] = fmt.Sprintf("%s %d", name, lane.PID)
		width = max(width, displaywidth.String(labels[i]))
	}
	columns := cmp.Or(pen.Columns, pipeColumns)
	a := l.axis(min(max(columns-len(indent)-width-2, minCells), maxCells))

	var b strings.Builder
	met := map[kernel.State]bool{}
	short, drawn, room := 0, 0, maxLanes
	if pen.Rows > 0 {
		room = min(max(pen.Rows-besideLanes, minLanes), maxLanes)
	}
	for i, lane := range l.Lanes {
		states := a.states(lane)
		if len(l.Lanes) > fewLanes && tellsNothing(states) {
			short++
			continue
		}
		if drawn++; drawn == room && i < len(l.Lanes)-1 {
			b.WriteString(indent + more(pen, len(l.Lanes)-i))
			break
		}
		for _, state := range states {
			met[state] = true
		}
		b.WriteString(indent + padded(labels[i], width+2) + paintLane(pen, states) + "\n")
	}
	b.WriteString(l.marks(pen, a, width))
	from, to := "0", event.Text(a.end.Sub(a.begin))
	gap := strings.Repeat(" ", max(a.cells-len(from)-displaywidth.String(to), 1))
	b.WriteString(indent + padded("", width+2) + pen.Paint(from+gap+to, event.Faint) + "\n")

	var parts []string
	for _, g := range glyphs() {
		if met[g.state] {
			parts = append(parts, g.text+" "+StateName(pen.Word, g.state))
		}
	}
	parts = append(parts, pen.Word("lanes.cell", "one column is")+" "+event.Text(a.cell()))
	if short > 0 {
		parts = append(parts,
			fmt.Sprintf(pen.Word("lanes.short", "%d more lasted a column or less"), short))
	}
	return b.String() + legend(pen, parts) + l.changes(pen)
}

func stepsLabel(pen event.Pen) string { return pen.Word("lanes.steps", "step") }

// marks are the steps' numbers, each above the moment at which the step began; empty if there was
// but one. Where two fall on each other, the first stands.
func (l Lanes) marks(pen event.Pen, a axis, width int) string {
	line := []byte(strings.Repeat(" ", a.cells))
	marked := 0
	for i, begun := range l.Steps {
		number := strconv.Itoa(i + 1)
		at := min(max(int(begun.Sub(a.begin)/a.cell()), 0), a.cells-len(number))
		before := max(at-1, 0)
		if strings.TrimSpace(string(line[before:at+len(number)])) == "" {
			copy(line[at:], number)
			marked++
		}
	}
	if marked < 2 {
		return ""
	}
	return indent + padded(stepsLabel(pen), width+2) +
		pen.Paint(strings.TrimRight(string(line), " "), event.Bold) + "\n"
}

// maxChanges is how many processes' parents are told one by one; programs get all.
const maxChanges = 4

// changes says who adopted whom, and whose zombies went.
func (l Lanes) changes(pen event.Pen) string {
	var lines []string
	for _, lane := range l.Lanes {
		for _, adoption := range lane.Adopted {
			lines = append(lines, fmt.Sprintf(
				pen.Word("lanes.adopted", "%d was adopted by %d."), lane.PID, adoption.By))
		}
		if lane.Gone && lane.WasZombie() {
			lines = append(lines, fmt.Sprintf(
				pen.Word("lanes.reaped", "The zombie %d is gone; its parent was %d."),
				lane.PID, lane.LastParent()))
		}
	}
	if len(lines) > maxChanges {
		lines = append(lines[:maxChanges-1], fmt.Sprintf(
			pen.Word("lanes.changes", "… and so for %d more."), len(lines)-maxChanges+1))
	}
	var b strings.Builder
	for _, text := range lines {
		b.WriteString(told(pen, text))
	}
	return b.String()
}

// tell tells the lanes in sentences.
func (l Lanes) tell(pen event.Pen) string {
	a := l.axis(2)
	var b strings.Builder
	for i, lane := range l.Lanes {
		if i == maxLanes-1 && len(l.Lanes) > maxLanes {
			b.WriteString(indent + more(pen, len(l.Lanes)-i))
			break
		}
		var parts []string
		for _, span := range merged(lane.Spans, a.end.Sub(a.begin)/100) {
			name := StateName(pen.Word, span.State)
			begin, end := event.Text(span.Begin.Sub(a.begin)), event.Text(span.End.Sub(a.begin))
			if begin == end {
				parts = append(parts, fmt.Sprintf(pen.Word("lanes.briefly", "briefly %s"), name))
				continue
			}
			parts = append(parts,
				fmt.Sprintf(pen.Word("lanes.span", "%s from %s to %s"), name, begin, end))
		}
		if lane.Gone {
			parts = append(parts, pen.Word("lanes.gone", "then gone"))
		}
		b.WriteString(told(pen, fmt.Sprintf(pen.Word("lanes.process", "%s %d: %s."),
			lane.Name, lane.PID, strings.Join(parts, comma(pen)))))
	}
	return b.String() + l.changes(pen)
}

// merged leaves out spans that are too short to be told, but for zombies.
func merged(spans []sampler.Span, shortest time.Duration) (long []sampler.Span) {
	for _, span := range spans {
		last := len(long) - 1
		switch {
		case last >= 0 && long[last].State == span.State:
			long[last].End = span.End
		case span.End.Sub(span.Begin) < shortest && span.State != kernel.Zombie:
		default:
			long = append(long, span)
		}
	}
	return long
}

// stateIn is the state that stands for a process between two moments; empty before its start.
func stateIn(lane sampler.Lane, from, to time.Time) kernel.State {
	for _, adoption := range lane.Adopted {
		if !adoption.Seen.Before(from) && adoption.Seen.Before(to) {
			return adopted
		}
	}
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
