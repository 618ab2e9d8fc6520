// Package tour walks through the lessons in the course's order, with predictions, and remembers how
// far one has come.
package tour

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// Options are the tour's flags.
type Options struct {
	From  string `help:"Begin with this lesson." placeholder:"LESSON"`
	List  bool   `help:"List the lessons, and how far you are."`
	Reset bool   `help:"Forget how far you are."`

	lessons []stage.Lesson
	perform func(stage.Lesson, *stage.Stage)
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.From == "" {
		return nil
	}
	var names []string
	for _, l := range o.lessons {
		names = append(names, l.Name)
	}
	return stage.FindLesson(o.From, names)
}

// Asks reports whether somebody has to be there who answers.
func (o Options) Asks() bool { return !o.List && !o.Reset }

// Why a lesson of the tour ended before its end.
var (
	errSkipped = errors.New("skipped")
	errLeft    = errors.New("left")
)

// Run walks on from where one left.
func (o Options) Run(s *stage.Stage) {
	w := walk{Stage: s, Options: o}
	w.load()
	switch {
	case o.Reset:
		w.reset()
	case o.List:
		w.list()
	default:
		w.through()
	}
}

// walk is a tour under way.
type walk struct {
	*stage.Stage
	Options
	record progress
	path   string // where it is kept; empty: nowhere
	next   error  // what the reader wants at the border between two lessons
}

// load reads what was kept.
func (w *walk) load() {
	path, err := progressPath(os.Getenv)
	aside := ""
	if err == nil {
		w.record, aside, err = loadProgress(path)
		w.path = path
	}
	if err != nil {
		w.Warn("nowhere", "Your progress will not be kept: {error}.", "error", err)
		w.path, w.record = "", progress{}
	}
	if aside != "" {
		w.Warn("damaged",
			"Your progress could not be read, and begins anew. The old file is kept: {aside}",
			"aside", aside)
	}
}

func (w *walk) reset() {
	if w.path != "" && len(w.record) > 0 {
		w.Must((progress{}).save(w.path))
	}
	w.Say("reset", "Your progress is forgotten: {lessons} lessons.", "lessons", len(w.record))
}

// list shows how far one is.
func (w *walk) list() {
	table := w.Table("list", "lesson", "lesson", "done", "done", "right", "right", "time", "time")
	for _, l := range w.lessons {
		done, right, took := any(nil), any(nil), any(nil)
		r, ok := w.record[l.Name]
		switch {
		case ok && r.Done.IsZero():
			done = event.Word{
				Key:  fmt.Sprint("step ", r.Step),
				Text: w.Text("list.step", "step") + " " + strconv.Itoa(r.Step),
			}
		case ok:
			done = r.Done.Local().Format("2006-01-02 15:04")
			right = fmt.Sprintf("%d/%d", r.Right, r.Made)
			took = time.Duration(r.Seconds * float64(time.Second))
		}
		table.Row(l.Name, done, right, took)
	}
	table.Show()
	w.score()
}

// score says how all predictions went.
func (w *walk) score() {
	right, made := 0, 0
	for _, r := range w.record {
		right, made = right+r.Right, made+r.Made
	}
	if made > 0 {
		w.Say("score", "Predictions that were right, in all: {right} of {made}.",
			"right", right, "made", made)
	}
}

// through walks from a lesson, or from the first that was not done yet, to the end.
func (w *walk) through() {
	w.Guide(stage.Keys{
		Skip:  func() { w.next = errSkipped },
		Leave: func() { w.next = errLeft },
	})
	w.Title("mtp tour: the lessons, one after the other")
	w.Say("how",
		"At [Enter], press Enter to go on, or type b to see the last step again, x to skip, or q to leave, and then Enter. Before something happens you may predict it. Your progress is kept at each step, so you can leave at any time.")
	named := func(l stage.Lesson) bool { return l.Name == w.From }
	begin := slices.IndexFunc(w.lessons, named)
	if begin < 0 {
		begin = max(GoesOnAt(w.lessons, w.record), 0)
	}
	due := func(l stage.Lesson) bool { return w.record[l.Name].Done.IsZero() || w.From != "" }
	if !slices.ContainsFunc(w.lessons, due) {
		w.Say("all", "You have walked through all lessons. (mtp tour --reset forgets that.)")
	}
	for i, l := range w.lessons[begin:] {
		if !due(l) {
			continue
		}
		if step := w.record[l.Name].Step; step > 1 {
			w.Say("resumes", "You have come to step {step} of {lesson}.",
				"step", step, "lesson", l.Name)
		}
		w.Say("lesson", "Next comes lesson {number} of {count}, {lesson}: {help}",
			"number", begin+i+1, "count", len(w.lessons),
			"lesson", l.Name, "help", w.VoiceOf(l).Text("help", l.Help))
		err := w.pause()
		if err == nil {
			err = w.lesson(l)
		}
		w.Check()
		switch {
		case errors.Is(err, errLeft):
			w.bye()
			return
		case errors.Is(err, errSkipped):
			w.Say("skipped", "{lesson} is skipped.", "lesson", l.Name)
		case err != nil:
			w.Warn("failed", "{lesson} could not be shown here: {error}",
				"lesson", l.Name, "error", err)
		}
	}
	w.score()
	w.interview()
}

// pause waits for Enter, and returns what the reader wants instead.
func (w *walk) pause() error {
	w.next = nil
	w.Pause()
	return w.next
}

// bye says where the tour goes on.
func (w *walk) bye() {
	at := GoesOnAt(w.lessons, w.record)
	if at < 0 {
		w.Say("bye.all", "Until next time. You have walked through all lessons.")
		return
	}
	l := w.lessons[at]
	if step := w.record[l.Name].Step; step > 1 {
		w.Say("bye.step", "Until next time: mtp tour goes on with {lesson}, at step {step}.",
			"lesson", l.Name, "step", step)
		return
	}
	w.Say("bye", "Until next time: mtp tour goes on with {lesson}.", "lesson", l.Name)
}

// lesson tells one lesson, and remembers it.
func (w *walk) lesson(l stage.Lesson) error {
	ctx, cancel := context.WithCancelCause(w.Context())
	defer cancel(nil)
	kept := w.record[l.Name]
	if !kept.Done.IsZero() { // it is done once more
		kept = Kept{}
	}
	seen := map[string]evidence{}
	maps.Copy(seen, kept.Seen)
	begun := time.Now()
	var within *stage.Stage
	record := func() Kept {
		score := within.Score()
		return Kept{
			Step: within.At(), Seconds: kept.Seconds + time.Since(begun).Seconds(),
			Made: kept.Made + score.Made, Right: kept.Right + score.Right, Seen: seen,
		}
	}
	keys := stage.Keys{
		Skip: func() { cancel(errSkipped) }, Leave: func() { cancel(errLeft) },
		Reached: func() {
			r := record()
			r.Left = time.Now()
			w.remember(l.Name, r)
		},
	}
	within = w.Within(ctx, l, keys, func(e event.Event) {
		seen[e.Name] = evidence{Text: e.Text, Source: e.Source}
	})
	if kept.Step > 1 {
		w.Say("resumed",
			"It goes on at step {step}. What comes before it is done again, because each lesson needs processes of its own; you need not read it again.",
			"step", kept.Step)
		within.ResumeAt(kept.Step)
	}
	err := within.Perform(func(s *stage.Stage) {
		if l.Invite != nil {
			l.Invite(s)
		} else {
			w.perform(l, s)
		}
	})
	if errors.Is(err, errors.ErrUnsupported) {
		w.Warn("unsupported", "Not on this system: {error}", "error", err)
	} else if err != nil {
		return err
	}
	if within.Incomplete() {
		return errSkipped
	}
	done := record()
	done.Done, done.Step = time.Now(), 0
	w.remember(l.Name, done)
	w.Say("keep", "Remember: {gist}", "gist", w.VoiceOf(l).Text("gist", l.Gist))
	w.Say("done", "{lesson} took {time}. Predictions that were right: {right} of {made}.",
		"lesson", l.Name, "time", time.Duration(done.Seconds*float64(time.Second)),
		"right", done.Right, "made", done.Made)
	w.Say("source", "How it is done: mtp source {lesson}. Alone: mtp {lesson}.", "lesson", l.Name)
	for _, c := range l.Checks {
		voice := w.VoiceOf(l)
		voice.Chinese = append(voice.Chinese, c.Chinese)
		w.Say("now", "Now you: {task} Then: mtp check {check} -- ./mine",
			"task", voice.Text(c.Task.Name, c.Task.Text, c.Task.Fields...), "check", c.Name)
	}
	return nil
}

// remember keeps what was done, beside what another tour may have kept meanwhile.
func (w *walk) remember(name string, r Kept) {
	w.record[name] = r
	if w.path == "" {
		return
	}
	kept, _, err := loadProgress(w.path)
	if err == nil {
		kept[name] = r
		err = kept.save(w.path)
	}
	if err != nil {
		w.Warn("unsaved", "Your progress is not kept: {error}.", "error", err)
		w.path = ""
	}
}

// question is one of the interview's; lessons say by its name which of their events answer it.
type question struct{ name, question, answer string }

func (w *walk) questions() []question {
	return []question{
		{
			name: "process",
			question: w.Text("interview.process",
				"What is a process, and how does it differ from a program?"),
			answer: w.Text("interview.process.answer",
				"A program is a file: instructions and data. A process is a program that runs, with a PID, memory, open files and a state of its own. Many processes may run one program; a process ends, and the program stays."),
		},
		{
			name: "states",
			question: w.Text("interview.states",
				"Which states does a process have, and how does it move between them?"),
			answer: w.Text("interview.states.answer",
				"New, ready, running, waiting, terminated. The scheduler takes it from ready to running and back. It blocks by itself, and is ready again when what it waits for has come. It ends from running. Linux shows R for ready and running, S and D for waiting, T for stopped, Z for a zombie."),
		},
		{
			name: "dead",
			question: w.Text("interview.dead",
				"What are orphans and zombies, and what does one do about them?"),
			answer: w.Text("interview.dead.answer",
				"An orphan's parent has ended; another process adopts it, and nothing is wrong. A zombie has ended, and its parent has not waited for it; it uses up a PID. A parent waits for every child, at once or in a loop on SIGCHLD; or it ignores SIGCHLD, and the kernel reaps; or a double fork leaves the child to an adopter."),
		},
		{
			name: "memory",
			question: w.Text("interview.memory",
				"Do processes share memory, and how does a result get back?"),
			answer: w.Text("interview.memory.answer",
				"They share none unless they ask for it (MAP_SHARED): the same address means something else in each. A result comes back through shared memory, through what the kernel keeps for both, such as a pipe, a socket or a file, or as an exit status."),
		},
		{
			name: "status",
			question: w.Text("interview.status",
				"What does a parent learn when its child has ended?"),
			answer: w.Text("interview.status.answer",
				"Whether it exited or was killed by a signal, and the low 8 bits of its exit status or the signal's number."),
		},
	}
}

// interview asks the course's questions; each answer points at what was seen.
func (w *walk) interview() {
	questions := w.questions()
	w.Say("interview",
		"Those were the lessons. Now come {count} questions that are often asked in interviews. Answer aloud, then compare.",
		"count", len(questions))
	for i, q := range questions {
		ask := func() {
			w.TitleAs("question", "Question {number}: {question}",
				"number", i+1, "question", q.question)
		}
		for _, show := range []func(){ask, func() { w.answer(q) }} {
			err := w.pause()
			if errors.Is(err, errLeft) {
				w.bye()
				return
			}
			if errors.Is(err, errSkipped) {
				break
			}
			show()
		}
	}
	w.Say("end",
		"That is all. Every lesson can be run again by its own name, with flags of its own: mtp LESSON --help.")
}

// answer gives the answer, and points at what was seen of it.
func (w *walk) answer(q question) {
	w.Say("answer", "{answer}", "answer", q.answer)
	for _, l := range w.lessons {
		r := w.record[l.Name]
		for _, name := range l.Shows[q.name] {
			if e, ok := r.Seen[name]; ok {
				day := r.Done.Local().Format("2006-01-02")
				source := fmt.Sprintf("mtp %s, %s: %s", l.Name, day, e.Source)
				w.See("seen", kernel.Source(source), "{text}", "text", e.Text)
			}
		}
	}
}
