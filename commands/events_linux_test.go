package commands_test

import (
	"go/ast"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"mtp/commands"
	"mtp/lessons/kit/outside"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"

	"github.com/alecthomas/kong"
)

// Programs read events by name and fields: the language must not matter to them, every sentence is
// in it, and events.txt has them all.
func TestEvents(t *testing.T) {
	t.Parallel()
	said := performances{events: map[string]string{}, anyLesson: map[string]bool{lanes: true}}
	for _, event := range inFolder(t, "../lessons/kit/stage", "*") {
		said.anyLesson[strings.TrimPrefix(event, "* ")] = true
	}
	const program = `trap : USR1; /bin/sleep 0.5 & kill -USR1 $$; kill $!; wait
(/bin/sleep 0.6 &); /bin/true; exec /bin/true`
	tools := [][]string{
		{"list"},
		{"ps"},
		{"ps", "--zombies"},
		{"watch", "--output=/dev/stdout", "--", "sh", "-c", program},
	}
	t.Run("performed", func(t *testing.T) {
		for _, lesson := range append(variants(), tools...) {
			t.Run(strings.Join(lesson, " "), func(t *testing.T) {
				t.Parallel()
				theSameInBothLanguages(t, lesson, said.perform)
			})
		}
	})
	writtenDown(t, said.events)
}

// events.txt is what programs may rely on: each line has a lesson, a kind, a name and fields. It is
// held against what the lessons say when they are performed, and against their sources. To write it
// anew: MTP_WRITE_EVENTS=1 go test ./commands -run '^TestEvents$'
func writtenDown(t *testing.T, said map[string]string) {
	t.Helper()
	text, err := os.ReadFile("events.txt")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{} // by lesson, kind and name: the fields
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		written[strings.Join(words[:3], " ")] = strings.Join(words[3:], " ")
	}
	inSource := sayable(t)
	if os.Getenv("MTP_WRITE_EVENTS") != "" {
		write(t, written, said, inSource)
		return
	}
	for event, fields := range said {
		// What was not performed when events.txt was written has no fields there: it depends on the
		// machine, or its load.
		if written[event] != fields && written[event] != "" {
			t.Errorf("%s: events.txt has %q, but it is said with %q", event, written[event], fields)
		}
	}
	for _, event := range inSource {
		if _, ok := written[event]; !ok {
			t.Errorf("events.txt lacks %s", event)
		}
	}
	for event := range written {
		if _, ok := said[event]; !ok && !slices.Contains(inSource, event) {
			t.Errorf("events.txt has %s, which nobody says", event)
		}
	}
}

// performances are the events of all variants, with their fields. What the stage says for any
// lesson is listed once, for the lesson "*".
type performances struct {
	mu        sync.Mutex
	events    map[string]string
	anyLesson map[string]bool // by kind and name
}

func (p *performances) perform(t *testing.T, lesson []string, language string) []outside.Event {
	t.Helper()
	predicted := "--answers=" + answers(t, lesson)
	command := append([]string{"mtp", "--json", "--pace=0", "--lang=" + language, predicted},
		lesson...)
	events := outside.Start(t, command...).Finish()
	if step, of := lastStep(events); step != of {
		t.Errorf("%q: the last step is %d of %d", lesson, step, of)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range events {
		event := e.Kind + " " + e.Name
		if p.anyLesson[event] {
			event = "* " + event
		} else {
			event = e.Lesson + " " + event
		}
		p.events[event] = strings.Join(slices.Sorted(maps.Keys(e.Fields)), " ")
	}
	return events
}

// lastStep is which step the last one is, by count if there are several, and of how many it says it
// is one.
func lastStep(events []outside.Event) (step, of int) {
	for _, e := range events {
		if e.Kind == "step" {
			step, of = step+1, e.Number("of")
		}
	}
	if step == 1 && of == 0 {
		return 0, 0 // it needs no number
	}
	return step, of
}

// lanes is an event whose name is that of its kind.
var lanes = strings.Join([]string{"lanes", "lanes"}, " ")

// answers predict something at each question: mostly wrong.
func answers(t *testing.T, lesson []string) string {
	t.Helper()
	forms := questions(t, lesson)
	list := make([]string, len(forms))
	for i, form := range forms {
		list[i] = map[quiz.Form]string{quiz.Number: "1", quiz.YesNo: "y", quiz.Letter: "R"}[form]
	}
	return strings.Join(list, ",")
}

// questions are the forms of what a lesson asks with these flags.
func questions(t *testing.T, lesson []string) []quiz.Form {
	t.Helper()
	for _, l := range commands.Course() {
		if l.Name != lesson[0] {
			continue
		}
		parser, err := kong.New(&struct{}{}, kong.DynamicCommand(l.Name, "", "", l.Options))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(lesson)
		if err != nil {
			t.Fatal(err)
		}
		asker, is := reflect.TypeAssert[stage.Questioner](parsed.Selected().Target)
		if !is {
			return nil
		}
		return asker.Questions()
	}
	return nil
}

// sayable are the events that stand in the sources, on any system.
func sayable(t *testing.T) (events []string) {
	t.Helper()
	for _, l := range commands.Course() {
		folder := "../lessons/" + strings.ReplaceAll(l.Name, "-", "")
		events = append(events, inFolder(t, folder, l.Name)...)
	}
	events = append(events, inFolder(t, "../lessons/tour", "tour")...)
	for _, l := range commands.Tools() {
		events = append(events, inFolder(t, "../lessons/"+l.Name, l.Name)...)
	}
	for _, event := range inFolder(t, ".", "list") {
		if strings.Contains(event, " list.") {
			events = append(events, event)
		}
	}
	return append(append(events, inFolder(t, "../lessons/kit/stage", "*")...), "* "+lanes)
}

// kinds are the verbs that make events, with their kinds.
var kinds = map[string]string{
	"Title": "title", "TitleAs": "title", "Step": "step", "Say": "say", "So": "so", "See": "see",
	"Warn": "warn", "Last": "warn", "Try": "try", "Meanwhile": "wait", "Hold": "wait",
	"Progress": "wait", "Tree": "tree", "TreeOf": "tree", "Listing": "tree", "Table": "table",
	"Bars":  "bars",
	"Chart": "chart", "Model": "model", "Pieces": "say", "AskNumber": "ask", "AskYesNo": "ask",
	"AskLetter": "ask", "predict.right": "verdict", "predict.wrong": "verdict", "cleanup": "cleanup",
	"lanes": "lanes", "begin": "begin", "end": "end",
}

func inFolder(t *testing.T, folder, lesson string) (events []string) {
	t.Helper()
	eachCall(t, folder, func(verb string, names []string) {
		kind := kinds[verb]
		if verb == "Make" && len(names) > 0 {
			kind = kinds[names[0]]
		}
		if kind == "" || len(names) == 0 && verb != "Title" {
			return
		}
		name := "title"
		if verb != "Title" {
			name = names[0]
		}
		if kind == "ask" {
			name = "ask." + name
		}
		events = append(events, lesson+" "+kind+" "+name)
	})
	slices.Sort(events)
	return slices.Compact(events)
}

// write writes events.txt anew. An event that was not performed keeps the fields that it has.
func write(t *testing.T, written, said map[string]string, inSource []string) {
	t.Helper()
	all := maps.Clone(said)
	for event, fields := range written { // what depends on the machine may not be said today
		if _, ok := all[event]; !ok && slices.Contains(inSource, event) {
			all[event] = fields
		}
	}
	for _, event := range inSource {
		if _, ok := all[event]; !ok {
			all[event] = written[event]
		}
	}
	var text strings.Builder
	for _, event := range slices.Sorted(maps.Keys(all)) {
		text.WriteString(strings.TrimSpace(event+" "+all[event]) + "\n")
	}
	if err := os.WriteFile("events.txt", []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every question has a rule, which is its hint.
func TestEveryQuestionHasARule(t *testing.T) {
	t.Parallel()
	for _, l := range commands.Course() {
		folder := "../lessons/" + strings.ReplaceAll(l.Name, "-", "")
		for _, event := range inFolder(t, folder, l.Name) {
			question, asks := strings.CutPrefix(event, l.Name+" ask ask.")
			if asks && l.Rules[question] == "" {
				t.Errorf("%s asks %s, for which its record has no rule", l.Name, question)
			}
		}
	}
}

// eachCall visits the calls in a folder's sources, each with the names among its arguments.
func eachCall(t *testing.T, dir string, visit func(function string, names []string)) {
	t.Helper()
	eachNode(t, dir, func(_ string, node ast.Node) {
		call, isCall := node.(*ast.CallExpr)
		if !isCall {
			return
		}
		if method, is := call.Fun.(*ast.SelectorExpr); is {
			var names []string
			for _, arg := range call.Args {
				if text := literal(arg); text != "" {
					names = append(names, text)
				}
			}
			visit(method.Sel.Name, names)
		}
	})
}
