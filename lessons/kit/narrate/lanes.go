package narrate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/fatih/color"

	"mtp/lessons/kit/kernel"
)

// laneStates are the states with what stands for them in a lane, and in which order they are explained. A start, a stop or a
// zombie fills its column, however short it was (the one with the highest rank, if there are several); else the state that lasted
// longest there does.
var laneStates = []struct {
	state kernel.State
	glyph string
	style color.Attribute
	rank  int
}{
	{kernel.Starting, "+", color.FgMagenta, 1},
	{kernel.Running, "█", color.FgGreen, 0},
	{kernel.Alive, "█", color.FgGreen, 0},
	{kernel.Sleeping, "─", color.FgCyan, 0},
	{kernel.Disk, "═", color.FgBlue, 0},
	{kernel.Stopped, "T", color.FgMagenta, 2},
	{kernel.Zombie, "Z", color.FgRed, 3},
	{gone, "·", color.Faint, 0},
}

// cellNames say how long a cell is.
var cellNames = map[Language]string{English: "one column is {cell}", Chinese: "一格 {cell}"}

// gone stands for the time after a process's last state.
const gone kernel.State = "gone"

const (
	mostLanes    = 16 // that are drawn; JSON has all
	pipeColumns  = 80 // where there is no terminal
	widestName   = 16
	widestLane   = 100 // cells
	narrowestOne = 8
)

// lanes draws processes over time, one line each.
func (s Stream) lanes(lanes []kernel.Lane, language Language) string {
	begin, end := lanes[0].Spans[0].Begin, lanes[0].Spans[0].End
	labels, width := make([]string, len(lanes)), 0
	for i, lane := range lanes {
		labels[i] = fmt.Sprintf("%s %d", displaywidth.TruncateString(lane.Name, widestName, "…"), lane.PID)
		width = max(width, displaywidth.String(labels[i]))
		if first := lane.Spans[0].Begin; first.Before(begin) {
			begin = first
		}
		if last := lane.Spans[len(lane.Spans)-1].End; last.After(end) {
			end = last
		}
	}
	columns := s.Columns()
	if columns == 0 {
		columns = pipeColumns
	}
	const indent = 4
	cells := min(max(columns-indent-width-2, narrowestOne), widestLane)
	cell := end.Sub(begin)/time.Duration(cells-1) + 1 // the last column is the end itself

	var b strings.Builder
	met := map[kernel.State]bool{}
	for i, lane := range lanes {
		if i == mostLanes-1 && len(lanes) > mostLanes {
			b.WriteString("    " + s.Paint(fmt.Sprintf("… +%d", len(lanes)-i), color.Faint) + "\n")
			break
		}
		b.WriteString("    " + labels[i] + strings.Repeat(" ", width-displaywidth.String(labels[i])+2))
		states := make([]kernel.State, cells)
		for c := range states {
			states[c] = stateIn(lane, begin.Add(time.Duration(c)*cell), begin.Add(time.Duration(c+1)*cell))
			met[states[c]] = true
		}
		b.WriteString(s.paintLane(states) + "\n")
	}
	from, to := "0", inText(end.Sub(begin))
	axis := from + strings.Repeat(" ", max(cells-len(from)-displaywidth.String(to), 1)) + to
	b.WriteString(strings.Repeat(" ", indent+width+2) + s.Paint(axis, color.Faint) + "\n")

	var legend []string
	for _, known := range laneStates {
		if met[known.state] {
			legend = append(legend, known.glyph+" "+stateNames[language][known.state])
		}
	}
	legend = append(legend, fill(cellNames[language], map[string]any{"cell": cell}))
	return b.String() + s.block("    ", "("+strings.Join(legend, ", ")+")", color.Faint)
}

// stateIn is the state that stands for a process between two moments; empty before its start.
func stateIn(lane kernel.Lane, from, to time.Time) kernel.State {
	lasted := map[kernel.State]time.Duration{}
	for _, span := range lane.Spans {
		begin, end := span.Begin, span.End
		if begin.Before(from) {
			begin = from
		}
		if end.After(to) {
			end = to
		}
		if end.Sub(begin) > 0 || span.Begin.Equal(span.End) && !span.Begin.Before(from) && span.Begin.Before(to) {
			lasted[span.State] += end.Sub(begin) + 1
		}
	}
	switch {
	case len(lasted) > 0:
	case !lane.Spans[0].Begin.Before(from):
		return "" // not yet
	case lane.Gone:
		return gone
	default:
		return lane.Spans[len(lane.Spans)-1].State
	}
	return slices.MaxFunc(slices.Sorted(maps.Keys(lasted)), func(a, b kernel.State) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(lasted[a], lasted[b]))
	})
}

func rank(state kernel.State) int {
	for _, known := range laneStates {
		if known.state == state {
			return known.rank
		}
	}
	return 0
}

// paintLane writes runs of equal states, each in one colour.
func (s Stream) paintLane(states []kernel.State) string {
	var b strings.Builder
	for len(states) > 0 {
		run := slices.IndexFunc(states, func(state kernel.State) bool { return state != states[0] })
		if run < 0 {
			run = len(states)
		}
		glyph, style := " ", color.Reset
		if states[0] != "" {
			glyph = string(states[0][:1])
		}
		for _, known := range laneStates {
			if known.state == states[0] {
				glyph, style = known.glyph, known.style
			}
		}
		b.WriteString(s.Paint(strings.Repeat(glyph, run), style))
		states = states[run:]
	}
	return b.String()
}
