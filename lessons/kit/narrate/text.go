package narrate

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/fatih/color"
	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"mtp/lessons/kit/kernel"
)

// Stream is an output and how it may be used. Colour and width are decided once, for each stream by itself.
type Stream struct {
	io.Writer
	Terminal *os.File // nil if it is none, or one that can't be animated
	Color    bool
}

// NewStream decides how a stream may be used. mode is --color: "always", "never", or "auto": colour on a terminal, unless
// NO_COLOR (no-color.org) or TERM=dumb forbids it.
func NewStream(file *os.File, mode string, getenv func(string) string) Stream {
	s := Stream{Writer: file}
	dumb := getenv("TERM") == "dumb"
	if term.IsTerminal(int(file.Fd())) && !dumb && obeysEscapes(file) {
		s.Terminal = file
	}
	switch mode {
	case "always":
		s.Color = true
	case "never":
	default:
		s.Color = s.Terminal != nil && getenv("NO_COLOR") == ""
	}
	return s
}

// Columns is the terminal's width, or 0 if there is none: then lines are not broken.
func (s Stream) Columns() int {
	if s.Terminal == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(s.Terminal.Fd()))
	if err != nil {
		return 80
	}
	return columns
}

// Paint colours a text, if the stream is to be coloured.
func (s Stream) Paint(text string, attributes ...color.Attribute) string {
	if !s.Color || len(attributes) == 0 {
		return text
	}
	c := color.New(attributes...)
	c.EnableColor() // whatever the package thinks of its own standard output
	return c.Sprint(text)
}

// A reader's eyes shall tell at a glance what is told (plain) from what the kernel said (green, behind a bar), what
// may be copied (bold, behind a dollar sign), and what is amiss (bold, behind a red mark). No text is yellow: that can't be read on white.
func (s Stream) render(e Event, language Language) string {
	switch e.Kind {
	case KindTitle:
		return "\n" + s.block("  ", e.Text, color.Bold, color.Underline)
	case KindStep:
		bullet := s.Paint("●", color.FgCyan, color.Bold) + " "
		return "\n" + s.block(bullet, e.Text, color.Bold)
	case KindSee:
		bar := "  " + s.Paint("│", color.FgGreen) + " "
		return s.evidence(bar, e.Text, fmt.Sprint(e.Fields["source"]))
	case KindWarn:
		return s.block(s.Paint("!", color.FgRed, color.Bold)+" ", e.Text, color.Bold)
	case KindTry:
		return s.block("  ", e.Text) + "\n    " +
			s.Paint("$ "+fmt.Sprint(e.Fields["command"]), color.FgMagenta, color.Bold) + "\n\n"
	case KindTree:
		return s.block("  ", e.Text) + s.tree(e.Fields["processes"].([]kernel.Stat))
	case KindTable:
		return s.table(e, language)
	case KindChart:
		return s.block("  ", e.Text) + s.chart(e.Fields["keys"].([]string), e.Fields["values"].([]float64))
	case KindLanes:
		return "\n" + s.block("  ", e.Text) + s.lanes(e.Fields["lanes"].([]kernel.Lane), language)
	case KindBars:
		return s.bars(strings.Split(e.Text, "|"), e.Fields["values"].([]int))
	case KindAsk:
		return "\n" + s.block(s.Paint("?", color.FgMagenta, color.Bold)+" ", e.Text, color.Bold)
	case KindVerdict:
		if e.Fields["right"] == true {
			return s.evidence("  "+s.Paint("✓", color.FgGreen, color.Bold)+" ", e.Text, fmt.Sprint(e.Fields["source"]))
		}
		return s.evidence("  "+s.Paint("✗", color.FgRed, color.Bold)+" ", e.Text, fmt.Sprint(e.Fields["source"]))
	case KindModel:
		return s.block("  ", e.Text) + s.model(e.Fields["arrow"].(Arrow), language)
	case KindCleanup:
		return "\n" + s.block("  ", e.Text)
	}
	return s.block("  ", e.Text)
}

// block breaks a text into lines that fit, the first behind the lead: spaces, or a bullet that is two columns wide.
func (s Stream) block(lead, text string, style ...color.Attribute) string {
	indent := "  "
	if strings.TrimSpace(lead) == "" {
		indent = lead
	}
	var b strings.Builder
	for i, line := range Wrap(text, s.Columns()-displaywidth.String(indent)) {
		if i == 0 {
			b.WriteString(lead)
		} else {
			b.WriteString(indent)
		}
		b.WriteString(s.Paint(line, style...) + "\n")
	}
	return b.String()
}

// evidence is a block that ends with its source, on the last line if there is room.
func (s Stream) evidence(bar, text, source string) string {
	const indent = 4
	source = "← " + source
	lines := Wrap(text, s.Columns()-indent)
	last := displaywidth.String(lines[len(lines)-1]) + 2 + displaywidth.String(source) + indent
	var b strings.Builder
	for i, line := range lines {
		b.WriteString(bar + s.Paint(line, color.FgGreen))
		if i < len(lines)-1 {
			b.WriteString("\n")
		}
	}
	if s.Columns() > 0 && last > s.Columns() {
		b.WriteString("\n" + bar)
	} else {
		b.WriteString("  ")
	}
	b.WriteString(s.Paint(source, color.Faint) + "\n")
	return b.String()
}

// stateNames are the states in words.
var stateNames = map[Language]map[kernel.State]string{
	English: {
		kernel.Running:  "running or ready",
		kernel.Sleeping: "sleeping",
		kernel.Disk:     "sleeping, uninterruptibly",
		kernel.Stopped:  "stopped",
		kernel.Zombie:   "zombie",
		kernel.Starting: "starting",
		kernel.Alive:    "alive",
		gone:            "gone",
	},
	Chinese: {
		kernel.Running:  "运行或就绪",
		kernel.Sleeping: "睡眠",
		kernel.Disk:     "不可中断的睡眠",
		kernel.Stopped:  "暂停",
		kernel.Zombie:   "僵尸",
		kernel.Starting: "启动中",
		kernel.Alive:    "活着",
		gone:            "已消失",
	},
}

// mostChildren is how many children of one process a tree shows; JSON has all.
const mostChildren = 8

// argsColumns is how much of a command line a tree shows.
const argsColumns = 48

// tree draws processes below their parents, with state and command line: what ps would say. A process whose parent is
// not in the list stands at the left.
func (s Stream) tree(processes []kernel.Stat) string {
	listed := map[int]bool{}
	for _, p := range processes {
		listed[p.PID] = true
	}
	var b strings.Builder
	var draw func(p kernel.Stat, lead, below string)
	draw = func(p kernel.Stat, lead, below string) {
		label := fmt.Sprintf("%s%s(%d)", lead, p.Comm, p.PID)
		args := p.Args
		if p.State == kernel.Zombie {
			args = "<defunct>"
		}
		room := argsColumns
		if s.Columns() > 0 {
			room = max(min(room, s.Columns()-displaywidth.String(label)-5), 0)
		}
		args = displaywidth.TruncateString(args, room, "…")
		b.WriteString(label + " " + s.Paint(string(p.State), stateColor(p.State), color.Bold) + "  " + s.Paint(args, color.Faint) + "\n")
		var children []kernel.Stat
		for _, child := range processes {
			if child.PPID == p.PID && child.PID != p.PID {
				children = append(children, child)
			}
		}
		for i, child := range children {
			if i == mostChildren-1 && len(children) > mostChildren {
				b.WriteString(below + "└─ " + s.Paint(fmt.Sprintf("… +%d", len(children)-i), color.Faint) + "\n")
				break
			}
			if i == len(children)-1 {
				draw(child, below+"└─ ", below+"   ")
			} else {
				draw(child, below+"├─ ", below+"│  ")
			}
		}
	}
	roots := 0
	for _, p := range processes {
		if listed[p.PPID] {
			continue
		}
		if roots++; roots == mostChildren && len(processes) > mostChildren {
			b.WriteString("    " + s.Paint(fmt.Sprintf("… +%d", len(processes)-roots+1), color.Faint) + "\n")
			break
		}
		draw(p, "    ", "    ")
	}
	return b.String()
}

func stateColor(state kernel.State) color.Attribute {
	switch state {
	case kernel.Running:
		return color.FgGreen
	case kernel.Zombie:
		return color.FgRed
	case kernel.Stopped:
		return color.FgMagenta
	}
	return color.FgCyan
}

// table aligns its columns by what is seen, not by bytes.
func (s Stream) table(e Event, language Language) string {
	rows := [][]string{strings.Split(e.Text, "|")}
	for _, row := range e.Fields["rows"].([][]any) {
		var cells []string
		for _, value := range row {
			cells = append(cells, cell(value, language))
		}
		rows = append(rows, cells)
	}
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, text := range row {
			width[c] = max(width[c], displaywidth.String(text))
		}
	}
	var b strings.Builder
	b.WriteString("\n")
	for r, row := range rows {
		for c, text := range row {
			if c < len(row)-1 {
				row[c] = text + strings.Repeat(" ", width[c]-displaywidth.String(text)+2)
			}
		}
		line := strings.Join(row, "")
		if r == 0 {
			line = s.Paint(line, color.Bold)
		}
		b.WriteString("  " + line + "\n")
	}
	return b.String() + "\n"
}

// bars draws each value as a part of their sum.
func (s Stream) bars(labels []string, values []int) string {
	const length = 30
	sum, width := 0, 0
	for i, label := range labels {
		sum += values[i]
		width = max(width, displaywidth.String(label))
	}
	var b strings.Builder
	for i, label := range labels {
		part := (length*values[i] + sum/2) / max(sum, 1)
		if values[i] > 0 && values[i] < sum { // neither nothing nor all
			part = min(max(part, 1), length-1)
		}
		b.WriteString("  " + label + strings.Repeat(" ", width-displaywidth.String(label)+2) +
			s.Paint(strings.Repeat("█", part), color.FgCyan) + strings.Repeat("░", length-part) + fmt.Sprintf(" %d\n", values[i]))
	}
	return b.String()
}

// chart draws each value against the largest.
func (s Stream) chart(keys []string, values []float64) string {
	const length = 40
	width, largest := 0, slices.Max(values)
	for _, key := range keys {
		width = max(width, displaywidth.String(key))
	}
	var b strings.Builder
	for i, key := range keys {
		part := int(length*values[i]/largest + 0.5)
		b.WriteString("    " + strings.Repeat(" ", width-displaywidth.String(key)) + key + "  " +
			s.Paint(strings.Repeat("█", part), color.FgCyan) + fmt.Sprintf(" %.2f\n", values[i]))
	}
	return b.String()
}

func cell(value any, language Language) string {
	yes, isBool := value.(bool)
	switch {
	case !isBool:
		return inText(value)
	case language == Chinese && yes:
		return "是"
	case language == Chinese:
		return "否"
	case yes:
		return "yes"
	}
	return "no"
}

// Wrap breaks a text into lines of at most so many columns (0 or less: it isn't broken), where Unicode allows it
// (UAX #14: Chinese between characters, but not before its punctuation).
func Wrap(text string, columns int) []string {
	if columns <= 0 {
		return []string{text}
	}
	var lines []string
	var line string
	state := -1
	for text != "" {
		var segment string
		var must bool
		segment, text, must, state = uniseg.FirstLineSegmentInString(text, state)
		if line != "" && displaywidth.String(strings.TrimRight(line+segment, " \n")) > columns {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		line += segment
		if must && text != "" {
			lines = append(lines, strings.TrimRight(line, " \n"))
			line = ""
		}
	}
	return append(lines, strings.TrimRight(line, " \n"))
}
