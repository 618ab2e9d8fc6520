package chat

import (
	"hash/fnv"
	"io"
	"strings"
	"time"

	"mtp/lessons/chat/line"
	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/terminal"
)

// transcript is what people read of a chat: rows such as "12:04 ann  hello". Programs get events.
// All that is said in a chat goes through the narrator; where a row is to stand for it, the
// transcript writes that instead. It belongs to whoever narrates: to one goroutine at a time.
type transcript struct {
	*stage.Narrator
	terminal *terminal.Terminal
	out      io.Writer
	bell     bool
	second   time.Time // in which the bell has rung
	rung     int       // so often

	instead func() string // what is written next
}

// newMark is the word in the rule above what comes while nobody looks; none for a screen reader,
// which would spell the rule.
func newMark(s *stage.Stage) string {
	if s.Terminal().Out.Plain {
		return ""
	}
	return s.Text("screen.new", "new")
}

// newTranscript returns a transcript, which writes to out.
func newTranscript(s *stage.Stage, out io.Writer, bell bool) *transcript {
	t := &transcript{Narrator: s.Narrator(), terminal: s.Terminal(), out: out, bell: bell}
	if !t.terminal.JSON {
		t.terminal.Redirect(t)
	}
	return t
}

// Write writes what the terminal has made of an event, or the row that stands for it.
func (t *transcript) Write(p []byte) (int, error) {
	if t.instead == nil {
		return t.out.Write(p)
	}
	_, err := io.WriteString(t.out, t.instead())
	return len(p), err
}

// row is what people are shown of an event.
type row struct {
	*transcript
	draw func(sentence string) string
}

// Say says an event, and shows the row.
func (r row) Say(name, text string, fields ...any) {
	if r.draw != nil {
		r.instead = func() string { return r.draw(r.Text(name, text, fields...)) }
	}
	r.Narrator.Say(name, text, fields...)
	r.instead = nil
}

// message is the row of what somebody has said.
func (t *transcript) message(name, text string) row {
	return row{t, func(string) string { return t.line(name, styleOf(name), "  ", text) }}
}

// mostRings is how often the bell rings in a second.
const mostRings = 5

// ringing is a row that rings the bell, if that is wished.
func (r row) ringing() row {
	if !r.bell || !r.terminal.Watched() {
		return r
	}
	if now := time.Now(); now.Sub(r.second) >= time.Second {
		r.second, r.rung = now, 0
	}
	if r.rung++; r.rung > mostRings {
		return r
	}
	return row{r.transcript, func(sentence string) string { return "\a" + r.draw(sentence) }}
}

// administrator is the row of what the administrator has said. A name has no space in it, so nobody
// else's row looks like that.
func (t *transcript) administrator(text string) row {
	name := t.Text("admin.name", "admin") + " @"
	return row{t, func(string) string { return t.line(name, bold(), " ", text) }}
}

// notice is the row of what has happened: the event's own sentence.
func (t *transcript) notice() row {
	return row{t, func(sentence string) string { return t.line("*", nil, " ", sentence) }}
}

// noticeOf is a notice in other words than the event's.
func (t *transcript) noticeOf(text string) row {
	return row{t, func(string) string { return t.line("*", nil, " ", text) }}
}

// sentence is no row, but a sentence as in any lesson.
func (t *transcript) sentence() row { return row{transcript: t} }

// faint is the row of what is not so yet: the event's own sentence, which says so.
func (t *transcript) faint() row {
	return row{t, func(sentence string) string {
		lines := strings.TrimSuffix(t.line("…", nil, " ", sentence), "\n")
		return t.terminal.Out.Draw(lines, event.Faint) + "\n"
	}}
}

// unseen is for an event that people see otherwise.
func (t *transcript) unseen() row {
	return row{t, func(string) string { return "" }}
}

// line draws a row: the time of day, who it is, and the text beside that. Below a name that takes
// more than half of the row, the text begins a line of its own. A screen reader gets no indents.
func (t *transcript) line(who string, style []event.Ink, gap, text string) string {
	lead := time.Now().Format("15:04") + " "
	columns, hang := t.terminal.Out.Columns(), line.Width(lead+who+gap)
	if t.terminal.Out.Plain {
		return strings.Join(terminal.Wrap(lead+who+gap+text, columns), "\n") + "\n"
	}
	var b strings.Builder
	b.WriteString(lead)
	indent := strings.Repeat(" ", line.Width(lead))
	if columns == 0 || hang <= columns/2 {
		b.WriteString(t.terminal.Out.Draw(who, style...) + gap)
		indent = strings.Repeat(" ", hang)
	} else {
		hang = len(indent)
		for _, part := range terminal.Wrap(who, columns-hang) {
			b.WriteString(t.terminal.Out.Draw(part, style...) + "\n" + indent)
		}
	}
	b.WriteString(strings.Join(terminal.Wrap(text, columns-hang), "\n"+indent) + "\n")
	return b.String()
}

// bold is how the administrator's name looks.
func bold() []event.Ink { return []event.Ink{event.Bold} }

// styleOf is a name's own style, the same in every session. Colour says nothing by itself.
func styleOf(name string) []event.Ink {
	h := fnv.New32a()
	_, _ = io.WriteString(h, name)
	styles := [][]event.Ink{
		bold(), {event.Bold, event.Magenta}, {event.Bold, event.Blue}, {event.Bold, event.Violet},
	}
	return styles[h.Sum32()%uint32(len(styles))]
}
