package stage

import (
	"context"
	"os"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/sampler"
	"mtp/lessons/kit/terminal"
)

// Title announces the lesson.
func (s *Stage) Title(text string, fields ...any) { s.TitleAs("title", text, fields...) }

// TitleAs is Title for a lesson that has several.
func (s *Stage) TitleAs(name, text string, fields ...any) {
	s.say(s.narrator.Make(event.Title, name, nil, text, fields...))
}

// Step says what is done next. Before every step but the first it leaves the reader time, or waits
// for Enter.
func (s *Stage) Step(name, text string, fields ...any) {
	if len(s.begun) > 0 && !s.unseen() {
		s.Pause()
		s.turnPage()
	}
	s.begun = append(s.begun, time.Now())
	if s.keys != nil && s.keys.Reached != nil && !s.unseen() {
		s.keys.Reached()
	}
	e := s.narrator.Make(event.Step, name, nil, text, fields...)
	if s.ofSteps > 0 {
		e.Step, e.Steps = len(s.begun), s.ofSteps
	}
	s.say(e)
}

// Steps says how many steps there will be, so that each can say which of them it is.
func (s *Stage) Steps(count int) { s.ofSteps = count }

// Say explains.
func (s *Stage) Say(name, text string, fields ...any) {
	s.say(s.narrator.Make(event.Say, name, nil, text, fields...))
}

// So draws a conclusion: something that follows from what was seen, and was not read itself.
func (s *Stage) So(name, text string, fields ...any) {
	s.say(s.narrator.Make(event.So, name, nil, text, fields...))
}

// See shows evidence: a fact, and what it says. What the fact itself knows need not be given for
// the sentence's holes.
func (s *Stage) See(name string, fact event.Fact, text string, fields ...any) {
	s.say(s.narrator.Make(event.See, name, fact, text, fields...))
}

// Warn says what is not as the lesson would have it.
func (s *Stage) Warn(name, text string, fields ...any) {
	s.say(s.narrator.Make(event.Warn, name, nil, text, fields...))
}

// Try invites the reader to type a command in another terminal.
func (s *Stage) Try(name, command, text string, fields ...any) {
	e := s.narrator.Make(event.Try, name, nil, text, fields...)
	e.Command = command
	s.say(e)
}

// Beyond says where the reader finds more: in the lesson's source, and in the next lesson.
func (s *Stage) Beyond(next Lesson) {
	if next.Name == s.lesson.Name {
		s.Say("next.none", "How it is done: mtp source {lesson}.", "lesson", s.lesson.Name)
		return
	}
	s.Say("next", "How it is done: mtp source {lesson}. The next lesson: mtp {next}.",
		"lesson", s.lesson.Name, "next", next.Name)
}

// Text is a word or two in the reader's language. As a field, use Word.
func (s *Stage) Text(name, text string) string { return s.narrator.Text(name, text) }

// Word is a word or a sentence as a field: the text in the reader's language for people, the name
// for programs.
func (s *Stage) Word(name, text string) event.Word {
	return event.Word{Key: name, Text: s.Text(name, text)}
}

// Tree draws mtp and all below it as a tree, each process with its PID and state.
func (s *Stage) Tree(name, text string, fields ...any) {
	all, err := kernel.Descendants(os.Getpid())
	s.Must(err)
	s.TreeOf(name, text, all, fields...)
}

// TreeOf draws these processes as a tree.
func (s *Stage) TreeOf(name, text string, processes []kernel.Stat, fields ...any) {
	s.draw(event.Tree, picture.Tree(processes), name, text, fields)
}

// Listing draws all these processes in columns, with where they were read.
func (s *Stage) Listing(
	name, text string, from event.Fact, processes picture.Listing, fields ...any,
) {
	s.drawFrom(event.Tree, processes, name, from, text, fields)
}

// Bars draws quantities as parts of a whole.
func (s *Stage) Bars(name string, bars picture.Bars) { s.draw(event.Bars, bars, name, "", nil) }

// Chart draws quantities against the largest of them. The text says what they are.
func (s *Stage) Chart(name, text string, chart picture.Chart) {
	s.draw(event.Chart, chart, name, text, nil)
}

// Model draws the five states of the textbooks, and the arrow that a process has just taken.
func (s *Stage) Model(name, text string, arrow picture.Arrow, fields ...any) {
	s.draw(event.Model, picture.Model{Taken: arrow}, name, text, fields)
}

// Lanes draws the lesson's processes over time, in which state each was found, moment by moment. It
// returns what it has drawn. The last step, the lanes and what follows from them are three moments,
// each with its time to read.
func (s *Stage) Lanes() []sampler.Lane {
	lanes := s.sampler.Lanes()
	if len(lanes) > 0 {
		if !s.titled { // else they are what the step is about
			s.Pause()
			s.turnPage()
			s.page.title = event.Event{}
		}
		defer func() { s.concludes = true }()
		text := s.Text("lanes",
			"The processes over time: their states as the kernel listed them, again and again. Shorter states may be missing:")
		s.draw(event.Lanes, picture.Lanes{Lanes: lanes, Steps: s.begun}, "lanes", text, nil)
	}
	return lanes
}

// LanesNow draws the processes over time, as far as the sampler knows, without a pause.
func (s *Stage) LanesNow() {
	lanes := s.sampler.Lanes()
	if len(lanes) == 0 {
		return
	}
	text := s.Text("lanes.traced", "The processes over time, as they were traced:")
	e := s.narrator.Make(event.Lanes, "lanes", nil, text)
	e.Text, e.Picture = text, picture.Lanes{Lanes: lanes}
	s.say(e)
}

// Table is rows side by side, being filled.
type Table struct {
	stage *Stage
	name  string
	fact  event.Fact // nil: none
	picture.Table
}

// Table returns a table without rows. Its columns are given as a key for programs and a head for
// people, each.
func (s *Stage) Table(name string, keysAndHeads ...string) *Table {
	t := &Table{stage: s, name: name}
	for i := 0; i < len(keysAndHeads); i += 2 {
		key := keysAndHeads[i]
		head := s.narrator.Text(name+"."+key, keysAndHeads[i+1])
		t.Columns = append(t.Columns, picture.Column{Key: key, Head: head})
	}
	return t
}

// Row adds a row; a cell that is nil is not known.
func (t *Table) Row(cells ...any) { t.Rows = append(t.Rows, cells) }

// From says where the rows were read.
func (t *Table) From(fact event.Fact) { t.fact = fact }

// Show draws the table.
func (t *Table) Show() { t.stage.drawFrom(event.Table, t.Table, t.name, t.fact, "", nil) }

func (s *Stage) draw(kind event.Kind, p event.Picture, name, text string, fields []any) {
	s.drawFrom(kind, p, name, nil, text, fields)
}

func (s *Stage) drawFrom(
	kind event.Kind, p event.Picture, name string, fact event.Fact, text string, fields []any,
) {
	e := s.narrator.Make(kind, name, fact, text, fields...)
	e.Picture = p
	s.say(e)
}

// Pieces is a sentence as Say would show it, cut at the blanks among its fields.
func (s *Stage) Pieces(name, text string, fields ...any) []string {
	return s.terminal.Pieces(s.narrator.Make(event.Say, name, nil, text, fields...))
}

func (s *Stage) say(e event.Event) {
	s.Check()
	if s.unseen() {
		s.sampler.Look()
		return
	}
	if s.concludes {
		s.concludes = false
		s.Pause()
	}
	s.sampler.Look() // so that the lanes know what the lesson says
	s.place(e)
	s.titled = e.Kind == event.Step
	s.narrator.tell(e)
	s.reader.shown(e)
	s.held = false
}

// Meanwhile says what the lesson waits for, and shows for how long until it says something else. It
// waits for nothing itself.
func (s *Stage) Meanwhile(name, text string, fields ...any) {
	s.say(s.narrator.Make(event.Wait, name, nil, text, fields...))
	if !s.unseen() {
		s.terminal.Passed()
	}
}

// Progress says that the lesson waits, and shows how far something is, from 0 to 1, with the time
// that is left and a rate, until it says something else. whole is how much there is to do.
func (s *Stage) Progress(name, text string, whole float64, done func() float64, fields ...any) {
	s.say(s.narrator.Make(event.Wait, name, nil, text, fields...))
	if !s.unseen() {
		s.terminal.Progress(whole, done)
	}
}

// Hold keeps things as they are, so that they can be looked at, until the time is over or Enter is
// pressed; for a class that steps through the lesson, until Enter.
func (s *Stage) Hold(duration time.Duration) {
	if s.unseen() {
		return
	}
	if s.setting.Stepwise {
		s.say(s.narrator.Make(event.Wait, "hold.enter", nil,
			"Held until Enter is pressed, or the input ends."))
		s.prompt()
		s.held = true
		return
	}
	s.say(s.narrator.Make(event.Wait, "hold", nil, "Held for up to {hold}.", "hold", duration))
	if duration > 0 {
		if s.terminal.Hold(s.ctx, duration) {
			s.reader.isThrough()
		}
		s.Check()
	}
}

// Pause leaves time to read what was shown, on a terminal, or waits for Enter; elsewhere nobody is
// reading yet. Enter and space end it at once.
func (s *Stage) Pause() {
	switch {
	case s.setting.Stepwise:
		if !s.held {
			s.prompt()
		}
	case s.terminal.Watched():
		if s.terminal.Read(s.ctx, s.reader.left()) {
			s.reader.isThrough()
		}
		s.Check()
	}
}

// Pass lets a time pass that the act takes.
func (s *Stage) Pass(duration time.Duration) {
	over, cancel := context.WithTimeout(s.ctx, duration)
	defer cancel()
	<-over.Done()
	s.Check()
}

// prompt waits for Enter, or for one of the tour's keys. At the end of the input it does not wait
// any more.
func (s *Stage) prompt() { s.PromptOr(s.ctx) }

// PromptOr waits for Enter, or until the context ends, which it reports; see prompt.
func (s *Stage) PromptOr(ctx context.Context) (ended bool) {
	for {
		text := s.Text("prompt", "[Enter]")
		if s.keys != nil {
			text = s.Text("prompt.tour", "[Enter] on · b again · x skip lesson · q leave")
		}
		line, how := s.readLine(ctx, text)
		is, over := s.key(line)
		if how != terminal.Line || over || !is && (line == "" || s.keys == nil) {
			s.page.rows = 0
			s.Check()
			return how == terminal.Interrupted
		}
		if !is {
			s.narrator.Warn("prompt.keys", "Only Enter, b, x and q mean something here.")
		}
	}
}

// key does what a key of the tour does, if the line is one. No answer to a question looks like one.
// over: the prompt is, too.
func (s *Stage) key(line string) (is, over bool) {
	if s.keys == nil {
		return false, false
	}
	switch line {
	case "b":
		s.terminal.ShowPageAgain()
		return true, false
	case "x":
		s.keys.Skip()
		return true, true
	case "q":
		s.keys.Leave()
		return true, true
	}
	return false, false
}
