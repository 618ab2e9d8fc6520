package terminal

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/fatih/color"
	"github.com/rivo/uniseg"

	"mtp/lessons/kit/event"
)

// A reader's eyes shall tell at a glance what is told (plain) from what the kernel said (green,
// behind a bar), what may be copied (bold, behind a dollar sign), and what is amiss (bold, behind a
// red mark). No text is yellow: that can't be read on white.
func (s Stream) text(e event.Event) string {
	switch e.Kind {
	case event.Title:
		return "\n" + s.block("  ", e.Text, color.Bold, color.Underline)
	case event.Step:
		bullet := s.Paint("●", color.FgCyan, color.Bold) + " "
		return "\n" + s.block(bullet, e.Text, color.Bold)
	case event.See:
		bar := "  " + s.Paint("│", color.FgGreen) + " "
		return s.evidence(bar, e.Text, e.Source)
	case event.So:
		return s.block("⇒ ", e.Text)
	case event.Warn:
		return s.block(s.Paint("!", color.FgRed, color.Bold)+" ", e.Text, color.Bold)
	case event.Try:
		command := s.Paint("$ "+e.Command, color.FgMagenta, color.Bold)
		return s.block("  ", e.Text) + "\n    " + command + "\n\n"
	case event.Ask:
		return "\n" + s.block(s.Paint("?", color.FgMagenta, color.Bold)+" ", e.Text, color.Bold)
	case event.Verdict:
		mark := s.Paint("✗", color.FgRed, color.Bold)
		if e.Right {
			mark = s.Paint("✓", color.FgGreen, color.Bold)
		}
		return s.evidence("  "+mark+" ", e.Text, e.Source)
	case event.Lanes, event.Cleanup:
		return "\n" + s.block("  ", e.Text)
	case event.Table, event.Bars: // which speak for themselves
		return ""
	case event.Say, event.Wait, event.Tree, event.Chart, event.Model, event.Begin, event.End:
	}
	return s.block("  ", e.Text)
}

// block breaks a text into lines that fit, the first behind the lead: spaces, or a bullet that is
// two columns wide.
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

// ink is what an ink is on a terminal.
func ink(i event.Ink) color.Attribute {
	switch i {
	case event.Plain:
		return color.Reset
	case event.Bold:
		return color.Bold
	case event.Faint:
		return color.Faint
	case event.Underline:
		return color.Underline
	case event.Reverse:
		return color.ReverseVideo
	case event.Red:
		return color.FgRed
	case event.Green:
		return color.FgGreen
	case event.Blue:
		return color.FgBlue
	case event.Magenta:
		return color.FgMagenta
	case event.Cyan:
		return color.FgCyan
	}
	return color.Reset
}

// draw paints with inks.
func (s Stream) draw(text string, inks ...event.Ink) string {
	attributes := make([]color.Attribute, len(inks))
	for i := range inks {
		attributes[i] = ink(inks[i])
	}
	return s.Paint(text, attributes...)
}

// Wrap breaks a text into lines of at most so many columns (0 or less: it isn't broken), where
// Unicode allows it (UAX #14: Chinese between characters, but not before its punctuation).
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
		whole := strings.TrimRight(line+segment, " \n")
		if line != "" && displaywidth.String(whole) > columns {
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
