package stage

import (
	"fmt"
	"path"
	"strings"

	"mtp/lessons/kit/backtrace"
	"mtp/lessons/kit/event"
)

// Line is where in the source something was done, in parentheses, to follow what was done. For
// programs it is "file:line in function". It is empty if that is not known.
func (s *Stage) Line(stack backtrace.Stack) event.Word {
	if len(stack) == 0 {
		return event.Word{}
	}
	voice := s.narrator.Voice
	fields := []any{"place", place(stack[0]), "function", stack[0].Function}
	text := ""
	switch {
	case stack[0].Line == 0:
		text = voice.Text("line.function", "in {function}", fields...)
	case !named(stack[0]):
		text = place(stack[0])
	case stack[0].About:
		text = voice.Text("line.about", "about {place} in {function}", fields...)
	default:
		text = voice.Text("line.place", "{place} in {function}", fields...)
	}
	if len(stack) > 1 && stack[1].Line > 0 && named(stack[1]) {
		text = voice.Text("line.from", "{callee}, called from {caller} at {from}",
			"callee", text, "caller", stack[1].Function, "from", place(stack[1]))
	}
	text = voice.Text("line.aside", " ({where})", "where", text)
	return event.Word{Key: stack.String(), Text: text}
}

func place(f backtrace.Frame) string { return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line) }

// named reports whether a function has a name that its author gave it. Python calls a program's own
// lines <module>.
func named(f backtrace.Frame) bool {
	return f.Function != "" && !strings.HasPrefix(f.Function, "<")
}
