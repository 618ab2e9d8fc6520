// Package narrate says what a lesson does and what the kernel answered, and decides how that is shown.
//
// A lesson speaks in English, at the place where the reader of its code needs the sentence; the Chinese stands beside
// it, in the lesson's zh.go, under the same name. An event is said once and rendered once: as text for people
// (text.go) or as JSON for programs (json.go). The narrator is the only owner of the terminal: narration, spinner
// and prompt never write at the same time.
package narrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/briandowns/spinner"
	"github.com/fatih/color"

	"mtp/lessons/kit/kernel"
)

// Kind is what sort of event it is. The list is closed; programs that read --json may rely on it.
type Kind string

// The kinds of events.
const (
	KindTitle   Kind = "title"   // the lesson's name and subject, once
	KindStep    Kind = "step"    // what is done next
	KindSay     Kind = "say"     // an explanation
	KindSee     Kind = "see"     // evidence: what the kernel reported; the field "source" says where
	KindWarn    Kind = "warn"    // something that is not as the lesson would have it
	KindTry     Kind = "try"     // an invitation; the field "command" is what to type in another terminal
	KindWait    Kind = "wait"    // the lesson waits
	KindTree    Kind = "tree"    // processes and their states; the field "processes" lists them
	KindTable   Kind = "table"   // the field "rows" lists them
	KindBars    Kind = "bars"    // quantities side by side; the field "values" has them by key
	KindChart   Kind = "chart"   // quantities against the largest; the field "values" has them by key
	KindLanes   Kind = "lanes"   // processes over time; the field "lanes" lists them, with the spans of their states
	KindAsk     Kind = "ask"     // a prediction is asked for; the field "answer" says in which form
	KindVerdict Kind = "verdict" // what was predicted, and what came; "right" says whether they agree
	KindModel   Kind = "model"   // the five states and the arrow that was taken; the field "arrow" names it
	KindCleanup Kind = "cleanup" // what was ended on the way out; the field "pids" lists it
)

// Event is one thing that was said.
type Event struct {
	Time   time.Time
	Lesson string
	Kind   Kind
	Name   string // "zombie.born": with Fields, the contract with programs; Text is not
	Fields map[string]any
	Text   string
}

// Sentences maps an event's name to its Chinese sentence, which has the same holes as the English one.
type Sentences map[string]string

// Options says how to narrate.
type Options struct {
	Lesson   string
	Language Language
	Chinese  Sentences
	JSON     bool
	Pace     float64  // how long pauses are: 1 as in the course, 0 none
	Stepwise bool     // wait for Enter between the steps
	Predict  bool     // let the reader predict what the kernel will say
	Answers  []string // what is predicted, in order, instead of asking
	Trace    bool     // remember what is said, for WriteTrace
	Out      Stream   // narration and results
	Err      Stream   // progress
	In       *os.File
	// Closed is called when the output can't be written any more.
	Closed func(error)
	// Interrupt is what Ctrl-C does where the terminal sends no signal for it.
	Interrupt func()
	// Seen hears of all evidence; nil: nobody does.
	Seen func(name, text, source string)
	// Skip and Leave are what s and q do where Enter is waited for; nil if there is nothing to skip.
	Skip, Leave func()
}

// Narrator tells one lesson. After its context has ended it is silent, except for Cleanup: what a lesson observes
// while it is being torn down is not what it teaches.
type Narrator struct {
	Options
	Watch    *kernel.Watch // over the lesson's processes
	ctx      context.Context
	mu       sync.Mutex // one writer at a time
	steps    int
	step     *strings.Builder // what was shown since the last step began
	score    Score
	held     bool                  // the reader has just had a hold
	known    map[kernel.State]bool // the states that were explained
	said     []Event               // for the trace
	blank    bool                  // the last line was empty
	keyboard *keyboard
	spinner  *spinner.Spinner // nil if none is turning
}

// New returns the narrator of a lesson.
func New(ctx context.Context, o Options) *Narrator {
	o.Language = cmp.Or(o.Language, English)
	return &Narrator{Options: o, Watch: kernel.NewWatch(), ctx: ctx, keyboard: newKeyboard(o.In), step: new(strings.Builder), known: map[kernel.State]bool{}}
}

// Title announces the lesson.
func (n *Narrator) Title(name, text string, fields ...any) {
	n.say(KindTitle, name, text, fields)
}

// Step says what is done next. Before every step but the first it leaves the reader time, or waits for Enter.
func (n *Narrator) Step(name, text string, fields ...any) {
	if n.steps > 0 {
		n.Pause()
		n.turnPage()
	}
	n.steps++
	n.say(KindStep, name, text, fields)
}

// Say explains.
func (n *Narrator) Say(name, text string, fields ...any) {
	n.say(KindSay, name, text, fields)
}

// See shows evidence. The source is where the kernel said so, in a form that can be checked: "/proc/4711/stat",
// "wait4(4711)".
func (n *Narrator) See(name, source, text string, fields ...any) {
	fields = append(fields, "source", source)
	n.say(KindSee, name, text, fields)
	if n.Seen != nil {
		n.Seen(name, fill(n.translate(name, text), fieldMap(fields)), source)
	}
}

// Warn says what is not as the lesson would have it.
func (n *Narrator) Warn(name, text string, fields ...any) {
	n.say(KindWarn, name, text, fields)
}

// Try invites the reader to type a command in another terminal.
func (n *Narrator) Try(name, command, text string, fields ...any) {
	n.say(KindTry, name, text, append(fields, "command", command))
}

// Tree draws processes as a tree, each with its PID and state.
func (n *Narrator) Tree(name, text string, processes []kernel.Stat, fields ...any) {
	n.say(KindTree, name, text, append(fields, "processes", processes))
}

// Table shows rows side by side. The text is the table's head, its cells separated by '|'; keys are the columns'
// names in JSON.
func (n *Narrator) Table(name, text string, keys []string, rows [][]any) {
	n.say(KindTable, name, text, []any{"keys", keys, "rows", rows})
}

// Bars draws quantities side by side. The text is their labels, separated by '|'; keys are their names in JSON.
func (n *Narrator) Bars(name, text string, keys []string, values []int) {
	n.say(KindBars, name, text, []any{"keys", keys, "values", values})
}

// Chart draws quantities against the largest of them, each with its key before it. The text says what they are.
func (n *Narrator) Chart(name, text string, keys []string, values []float64) {
	n.say(KindChart, name, text, []any{"keys", keys, "values", values})
}

// Last says how far it came; it speaks also after an interruption.
func (n *Narrator) Last(name, text string, fields ...any) {
	n.write(n.event(KindWarn, name, text, fields))
}

// Lanes draws the lesson's processes over time, in which state each was found, moment by moment. It returns what it has
// drawn.
func (n *Narrator) Lanes() []kernel.Lane {
	lanes := n.Watch.Lanes()
	if len(lanes) > 0 {
		n.say(KindLanes, "lanes", "The processes over time, as the kernel listed them:", []any{"lanes", lanes})
	}
	return lanes
}

// Model draws the five states of the textbooks, and the arrow that a process has just taken.
func (n *Narrator) Model(name, text string, arrow Arrow, fields ...any) {
	n.say(KindModel, name, text, append(fields, "arrow", arrow))
}

// Within returns a narrator of a lesson that is told within this one: same terminal, same keyboard.
func (n *Narrator) Within(ctx context.Context, lesson string, chinese Sentences) *Narrator {
	options := n.Options
	options.Lesson, options.Chinese = lesson, chinese
	within := New(ctx, options)
	within.keyboard, within.step = n.keyboard, n.step
	return within
}

// Text is a word or two in the reader's language, to be used as a field.
func (n *Narrator) Text(name, text string) string { return n.translate(name, text) }

// Cleanup says which processes had to be ended on the way out. It speaks also after an interruption.
func (n *Narrator) Cleanup(pids []int) {
	if len(pids) == 0 {
		return
	}
	list := strings.Trim(fmt.Sprint(pids[:min(len(pids), mostChildren)]), "[]")
	if len(pids) > mostChildren {
		list += fmt.Sprintf(" … +%d", len(pids)-mostChildren)
	}
	n.write(n.event(KindCleanup, "cleanup", "Cleaned up: {list}.", []any{"list", list, "pids", pids}))
}

// Error returns an error whose text is the sentence in the reader's language. It is for what a student can do
// something about; other errors are English, as the system's are.
func (n *Narrator) Error(name, text string, fields ...any) error {
	return errors.New(fill(n.translate(name, text), fieldMap(fields)))
}

// Unsupported is Error for something that is not possible here; it matches errors.ErrUnsupported.
func (n *Narrator) Unsupported(name, text string, fields ...any) error {
	return unsupported{n.Error(name, text, fields...)}
}

type unsupported struct{ error }

func (unsupported) Is(target error) bool { return target == errors.ErrUnsupported }

// Hole stands for a number that is not known when a line is prepared.
const Hole hole = 807_045_053

type hole int64

// Prepare renders an event without writing it, and returns the parts around each Hole among its fields: what is left
// to do, writing them with the number in between, needs neither memory nor the Go runtime.
func (n *Narrator) Prepare(kind Kind, name, text string, fields ...any) []string {
	return strings.Split(n.render(n.event(kind, name, text, fields)), strconv.FormatInt(int64(Hole), 10))
}

func (n *Narrator) say(kind Kind, name, text string, fields []any) {
	if n.ctx.Err() == nil {
		n.Watch.Look() // so that the lanes know what the lesson says
		n.write(n.event(kind, name, text, fields))
	}
}

func (n *Narrator) event(kind Kind, name, text string, pairs []any) Event {
	fields := fieldMap(pairs)
	return Event{
		Time: time.Now(), Lesson: n.Lesson, Kind: kind, Name: name,
		Fields: fields, Text: fill(n.translate(name, text), fields),
	}
}

// write shows one event in one Write.
func (n *Narrator) write(e Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopSpinner()
	if n.Trace {
		n.said = append(n.said, e)
	}
	text := n.render(e)
	if e.Kind == KindStep {
		n.step.Reset()
	}
	n.step.WriteString(text)
	if _, err := io.WriteString(n.Out, text); err != nil {
		n.Closed(fmt.Errorf("write the output: %w", err))
	}
}

func (n *Narrator) render(e Event) string {
	if n.JSON {
		return renderJSON(e)
	}
	text := n.Out.render(e, n.Language)
	if e.Kind == KindTree {
		text += n.legend(e.Fields["processes"].([]kernel.Stat))
	}
	if n.blank { // one empty line is enough
		text = strings.TrimPrefix(text, "\n")
	}
	n.blank = strings.HasSuffix(text, "\n\n")
	return text
}

// legend explains the state letters that are met for the first time.
func (n *Narrator) legend(processes []kernel.Stat) string {
	var meanings []string
	for _, p := range processes {
		if meaning := stateNames[n.Language][p.State]; meaning != "" && !n.known[p.State] && p.State != kernel.Alive {
			n.known[p.State] = true
			meanings = append(meanings, string(p.State)+" "+meaning)
		}
	}
	if len(meanings) == 0 {
		return ""
	}
	return n.Out.block("    ", "("+strings.Join(meanings, ", ")+")", color.Faint)
}

func (n *Narrator) translate(name, text string) string {
	if n.Language != Chinese {
		return text
	}
	for _, sentences := range []Sentences{n.Chinese, zh} {
		if sentence, ok := sentences[name]; ok {
			return sentence
		}
	}
	return text
}

// fieldMap turns "name", value, … into a map.
func fieldMap(pairs []any) map[string]any {
	fields := map[string]any{}
	for pair := range slices.Chunk(pairs, 2) {
		fields[pair[0].(string)] = pair[1]
	}
	return fields
}

// fill puts the fields into the sentence's {holes}.
func fill(text string, fields map[string]any) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		pairs = append(pairs, "{"+name+"}", inText(fields[name]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// inText is a field as people read it.
func inText(value any) string {
	switch v := value.(type) {
	case time.Duration:
		switch {
		case v < time.Millisecond:
			return fmt.Sprintf("%d\u00a0µs", v.Microseconds())
		case v < time.Second:
			return strconv.FormatFloat(float64(v.Round(100*time.Microsecond)/(100*time.Microsecond))/10, 'f', -1, 64) + "\u00a0ms"
		}
		return strconv.FormatFloat(float64(v.Round(10*time.Millisecond)/(10*time.Millisecond))/100, 'f', -1, 64) + "\u00a0s"
	case nil:
		return "–"
	case hole:
		return strconv.FormatInt(int64(v), 10)
	}
	return fmt.Sprint(value)
}
