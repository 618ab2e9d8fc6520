package terminal

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/fatih/color"
	"github.com/rivo/uniseg"

	"mtp/lessons/kit/event"
)

// A reader's eyes shall tell at a glance what is told (without a mark) from what the kernel said
// (behind a bar), what may be copied (bold, behind a dollar sign), and what is amiss (bold, behind
// a mark). The marks say it without colour, too; text has the terminal's own.
func (s Stream) text(e event.Event) string {
	switch e.Kind {
	case event.Title:
		return "\n" + s.block("  ", e.Text, event.Bold, event.Underline)
	case event.Step:
		bullet := s.Draw("●", event.Blue, event.Bold) + " "
		text := e.Text
		if e.Steps > 0 {
			text = fmt.Sprintf("%d/%d  %s", e.Step, e.Steps, text)
		}
		return "\n" + s.block(bullet, text, event.Bold)
	case event.See:
		bar := "  " + s.Draw("│", event.Green, event.Bold) + " "
		return s.evidence(bar, bar, e.Text, e.Source)
	case event.So:
		return s.block("⇒ ", e.Text)
	case event.Warn:
		return s.block(s.Draw("!", event.Red, event.Bold)+" ", e.Text, event.Bold)
	case event.Try:
		command := s.Draw("$ "+e.Command, event.Magenta, event.Bold)
		return s.block("  ", e.Text) + "\n    " + command + "\n\n"
	case event.Ask:
		return "\n" + s.block(s.Draw("?", event.Magenta, event.Bold)+" ", e.Text, event.Bold)
	case event.Verdict:
		mark := s.Draw("✗", event.Red, event.Bold)
		if e.Right {
			mark = s.Draw("✓", event.Green, event.Bold)
		}
		return s.evidence("  "+mark+" ", "    ", e.Text, e.Source)
	case event.Lanes, event.Cleanup:
		return "\n" + s.block("  ", e.Text)
	case event.Table, event.Bars: // which speak for themselves
		return ""
	case event.Say, event.Wait, event.Tree, event.Chart, event.Model, event.Begin, event.End:
	}
	return s.block("  ", e.Text)
}

// plain is an event for a screen reader: words and punctuation, no marks that it would spell out,
// and no indentation. so introduces a conclusion.
func (s Stream) plain(e event.Event, so string) string {
	text := e.Text
	switch e.Kind {
	case event.Title:
		return s.block("", text) + "\n"
	case event.Step:
		if e.Steps > 0 {
			text = fmt.Sprintf("%d/%d. %s", e.Step, e.Steps, text)
		}
		return "\n" + s.block("", text)
	case event.See, event.Verdict:
		return s.block("", text+" ("+e.Source+")")
	case event.Try:
		return s.block("", text) + e.Command + "\n"
	case event.Table, event.Bars:
		return ""
	case event.So:
		text = so + text
	case event.Warn, event.Ask, event.Lanes, event.Cleanup, event.Say, event.Wait,
		event.Tree, event.Chart, event.Model, event.Begin, event.End:
	}
	return s.block("", text)
}

// block breaks a text into lines that fit, the first behind the lead: spaces, or a bullet that is
// two columns wide.
func (s Stream) block(lead, text string, style ...event.Ink) string {
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
		b.WriteString(s.Draw(line, style...) + "\n")
	}
	return b.String()
}

// evidence is a block that ends with its source, on the last line if there is room. first and rest
// stand before its lines.
func (s Stream) evidence(first, rest, text, source string) string {
	const indent = 4
	source = "← " + source
	lines := Wrap(text, s.Columns()-indent)
	last := displaywidth.String(lines[len(lines)-1]) + 2 + displaywidth.String(source) + indent
	if s.Columns() == 0 || last <= s.Columns() {
		lines[len(lines)-1] += "  " + s.Draw(source, event.Faint)
	} else {
		for _, line := range Wrap(source, s.Columns()-indent) {
			lines = append(lines, s.Draw(line, event.Faint))
		}
	}
	return first + strings.Join(lines, "\n"+rest) + "\n"
}

// ink is what an ink is on a terminal. The colours are those of xterm's cube of 256, whose values
// are fixed, that have a contrast of 4.5 or more (WCAG 2, AA) both on black and on white.
func ink(i event.Ink) []color.Attribute {
	const foreground, indexed = 38, 5
	switch i {
	case event.Bold:
		return []color.Attribute{color.Bold}
	case event.Underline:
		return []color.Attribute{color.Underline}
	case event.Reverse:
		return []color.Attribute{color.ReverseVideo}
	case event.Faint:
		return []color.Attribute{foreground, indexed, 243}
	case event.Red:
		return []color.Attribute{foreground, indexed, 131}
	case event.Green:
		return []color.Attribute{foreground, indexed, 29}
	case event.Blue:
		return []color.Attribute{foreground, indexed, 63}
	case event.Magenta:
		return []color.Attribute{foreground, indexed, 163}
	case event.Violet:
		return []color.Attribute{foreground, indexed, 98}
	}
	return nil
}

// Draw paints with inks, if the stream is to be coloured.
func (s Stream) Draw(text string, inks ...event.Ink) string {
	var attributes []color.Attribute
	for _, i := range inks {
		attributes = append(attributes, ink(i)...)
	}
	return s.paint(text, attributes...)
}

// Wrap breaks a text into lines of at most so many columns (0 or less: it isn't broken), at spaces
// and where Unicode allows it (UAX #14: Chinese between characters, but not before its
// punctuation), but not within what is typed or copied, such as --pace or /proc/1/stat. A word that
// is longer than a line is broken there, too, and else between what a reader calls characters.
func Wrap(text string, columns int) []string {
	if columns <= 0 {
		return []string{text}
	}
	w := wrapping{columns: columns}
	var word []string // what may be broken only if it is longer than a line
	for state := -1; text != ""; {
		var segment string
		var must bool
		segment, text, must, state = uniseg.FirstLineSegmentInString(text, state)
		// For Unicode / and . belong to what is before a space, too. Paths begin with them.
		for part := range strings.SplitAfterSeq(segment, " ") {
			if word = append(word, part); part != "" && !isTypedOn(part, text) {
				w.add(word)
				word = word[:0]
			}
		}
		if must && text != "" {
			w.end()
		}
	}
	w.end()
	return w.lines
}

// isTypedOn reports whether a text goes on without a space where a part of it ends, both in ASCII.
func isTypedOn(part, rest string) bool {
	isTyped := func(b byte) bool { return b > ' ' && b < 0x7f }
	return rest != "" && isTyped(part[len(part)-1]) && isTyped(rest[0])
}

// wrapping is a text on its way into lines.
type wrapping struct {
	columns int
	lines   []string
	line    string // the last one, with the spaces at its end
}

// fits reports whether a text with nothing but spaces behind it is no wider than a line.
func (w *wrapping) fits(text string) bool {
	return displaywidth.String(strings.TrimRight(text, " \n")) <= w.columns
}

// add adds a word, in parts if it does not fit into a line.
func (w *wrapping) add(word []string) {
	if whole := strings.Join(word, ""); len(word) > 1 && w.fits(whole) {
		word = []string{whole}
	}
	for _, part := range word {
		if w.line != "" && !w.fits(w.line+part) {
			w.end()
		}
		if w.line == "" {
			parts := broken(part, w.columns)
			w.lines, part = append(w.lines, parts[:len(parts)-1]...), parts[len(parts)-1]
		}
		w.line += part
	}
}

// end ends a line.
func (w *wrapping) end() {
	w.lines = append(w.lines, strings.TrimRight(w.line, " \n"))
	w.line = ""
}

// broken are the parts of a word, each as wide as a line but the last. The spaces behind it stay.
func broken(word string, columns int) (parts []string) {
	rest := word
	for displaywidth.String(strings.TrimRight(rest, " \n")) > columns {
		width, at := 0, 0
		for g := displaywidth.StringGraphemes(rest); g.Next(); at += len(g.Value()) {
			if width += g.Width(); width > columns && at > 0 {
				break
			}
		}
		if at == len(rest) {
			break // it is one character
		}
		parts, rest = append(parts, rest[:at]), rest[at:]
	}
	return append(parts, rest)
}
