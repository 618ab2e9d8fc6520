// Package event is what a lesson says: events, one after the other, each of a kind, with a name,
// fields for programs and a sentence for people.
//
// A lesson speaks in English, at the place where the reader of its code needs the sentence; the
// Chinese stands beside it, in the lesson's zh.go, under the same name. An event is made once.
// How it looks is for others to decide: package terminal shows it to people, JSON to programs.
package event

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind is what sort of event it is. The list is closed; programs that read --json may rely on it.
type Kind string

// The kinds of events.
const (
	Title   Kind = "title"   // the lesson's name and subject, once
	Step    Kind = "step"    // what is done next
	Say     Kind = "say"     // an explanation
	See     Kind = "see"     // evidence: what the kernel reported; "source" says where
	So      Kind = "so"      // a conclusion: it follows from what was seen, and was not read itself
	Warn    Kind = "warn"    // something that is not as the lesson would have it
	Try     Kind = "try"     // an invitation; "command" is what to type in another terminal
	Wait    Kind = "wait"    // the lesson waits
	Tree    Kind = "tree"    // processes and their states: "processes"
	Table   Kind = "table"   // "rows"
	Bars    Kind = "bars"    // parts of a whole: "values", by key
	Chart   Kind = "chart"   // quantities against the largest: "values", by key
	Lanes   Kind = "lanes"   // processes over time: "lanes", with the spans of their states
	Ask     Kind = "ask"     // a prediction is asked for; "answer" says in which form
	Verdict Kind = "verdict" // what was predicted and what came; "right": whether they agree
	Model   Kind = "model"   // the five states; "arrow" names the one that was taken
	Cleanup Kind = "cleanup" // what was ended on the way out: "pids"
	Begin   Kind = "begin"   // for programs, the first: "version", "system", "flags"
	End     Kind = "end"     // for programs, the last: "outcome", "exit_code"
)

// Event is one thing that was said.
type Event struct {
	Time    time.Time
	Lesson  string
	Kind    Kind
	Name    string // with the lesson's name and the fields, the contract with programs; Text is not
	Fields  []Field
	Text    string // in the reader's language
	Source  string // of evidence and verdicts: where it was read
	Command string // of an invitation
	Right   bool   // of a verdict
	Step    int    // of a step: which of its Steps; 0: not known
	Steps   int
	Picture Picture // nil if there is none
}

// Field is a part of an event, by name.
type Field struct {
	Name  string
	Value any
}

// Fact is something that was read. From says where, in a form that can be checked in another
// terminal: "/proc/4711/stat", "wait4(4711)". Fields are its parts: name, value, …
type Fact interface {
	From() string
	Fields() []any
}

// Picture is what an event shows besides its sentence. It draws itself.
type Picture interface {
	Draw(Pen) string        // for people: whole lines
	Fields() map[string]any // for programs
}

// fields turns name, value, … into fields.
func fields(pairs []any) []Field {
	list := make([]Field, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, Field{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return list
}

// fill puts the fields into the sentence's {holes}. A hole that none fills is a mistake in the code
// of who says it.
func fill(text string, list []Field) string {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(text, "{")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		hole, after, _ := strings.Cut(rest, "}")
		value, ok := lookUp(list, hole)
		if !ok {
			panic(fmt.Sprintf("nothing fills {%s} in %q", hole, text))
		}
		b.WriteString(Text(value))
		text = after
	}
}

// holes are the names of a sentence's holes.
func holes(text string) (names []string) {
	for {
		_, rest, open := strings.Cut(text, "{")
		if !open {
			return names
		}
		hole, after, _ := strings.Cut(rest, "}")
		names, text = append(names, hole), after
	}
}

func lookUp(list []Field, name string) (any, bool) {
	for _, f := range list {
		if f.Name == name {
			return f.Value, true
		}
	}
	return nil, false
}

// Text is a value as people read it.
func Text(value any) string {
	switch v := value.(type) {
	case time.Duration:
		switch {
		case v < time.Millisecond:
			return fmt.Sprintf("%d\u00a0µs", v.Microseconds())
		case v < time.Second:
			const tenth = 100 * time.Microsecond
			return decimal(float64(v.Round(tenth)/tenth)/10) + "\u00a0ms"
		}
		const hundredth = 10 * time.Millisecond
		return decimal(float64(v.Round(hundredth)/hundredth)/100) + "\u00a0s"
	case nil:
		return "–"
	case Blank:
		return blankMark
	case Word:
		return v.Text
	}
	return fmt.Sprint(value)
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Word is a word or a sentence as a field: people read the text, in their language, and programs
// the key.
type Word struct{ Key, Text string }

// MarshalText is the key.
func (w Word) MarshalText() ([]byte, error) { return []byte(w.Key), nil }

// Blank stands for a number that is not known yet when a line is prepared; see Pieces.
type Blank struct{}

// blankMark is U+FFFC, which stands for an object in a text.
const blankMark = "\ufffc"

// MarshalText makes a string of it, which Pieces takes out again.
func (Blank) MarshalText() ([]byte, error) { return []byte(blankMark), nil }

// Pieces cuts a line at its blanks. What is left to do, writing the pieces with the number between
// them, needs neither memory nor Go's runtime.
func Pieces(line string) []string {
	return strings.Split(strings.ReplaceAll(line, `"`+blankMark+`"`, blankMark), blankMark)
}
