// Package stage is what a lesson performs on.
//
// A stage is to a lesson what *testing.T is to a test. It says what the lesson does and what the
// kernel answered, starts the lesson's children, and cleans up. A method that can't do its work
// ends the lesson there, as t.Fatal ends a test, with one error that says what was being done; so
// does every method once the lesson was interrupted. They are to be called from the goroutine that
// performs; what others have to say they say to the Narrator.
package stage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/sampler"
	"mtp/lessons/kit/terminal"
)

// Setting is how lessons are told.
type Setting struct {
	Language event.Language
	Terminal *terminal.Terminal
	Pace     float64  // how slowly the reader reads: 1 as most do, 0 without pauses
	Stepwise bool     // wait for Enter between the steps
	Predict  bool     // let the reader predict what the kernel will say
	Answers  []string // what is predicted, in order, instead of asking; nil: ask
	Record   bool     // remember what is said

	Cancel    func(error) // ends the context that New gets
	Interrupt func()      // does what Ctrl-C does, where the terminal sends no signal for it
	Share     func(int)   // see ShareCtrlC
}

// Keys are what x and q do where Enter is waited for: in the tour.
type Keys struct {
	Skip, Leave func()
	Reached     func() // hears of each step; nil: nobody does
}

// Stage is what one lesson performs on.
type Stage struct {
	lesson   Lesson
	setting  *Setting // that of the lessons within as well: the answers are used up together
	narrator *Narrator
	terminal *terminal.Terminal
	sampler  *sampler.Sampler
	ctx      context.Context
	keys     *Keys // nil: this is not the tour

	leash    *process.Leash // nil: no child was started yet
	cleanups []func()

	ofSteps   int         // how many there will be; 0: it was not said
	begun     []time.Time // the steps, so far
	resumeAt  int         // the step before which nothing is shown, and nobody is asked
	partial   bool        // not all of the lesson was taken part in
	concludes bool        // the lanes were shown: what is said next is a moment of its own
	reader    reader
	page      page
	titled    bool // nothing was said since the step's title
	held      bool // the reader has just pressed Enter
	score     quiz.Score
}

// New returns the stage of a lesson.
func New(ctx context.Context, l Lesson, setting *Setting) *Stage {
	return &Stage{
		lesson: l, setting: setting, terminal: setting.Terminal, sampler: sampler.New(), ctx: ctx,
		narrator: &Narrator{
			Voice: Voice(l, setting.Language), ctx: ctx, terminal: setting.Terminal,
			failed: setting.Cancel, record: setting.Record,
		},
		reader: reader{pace: setting.Pace},
	}
}

// Voice is a lesson's.
func Voice(l Lesson, language event.Language) event.Voice {
	return event.Voice{
		Lesson: l.Name, Language: language,
		Chinese: []event.Sentences{l.Chinese, chinese, picture.Chinese},
	}
}

// Within returns the stage of a lesson that is told within this one, at the same terminal. seen
// hears of all evidence.
func (s *Stage) Within(ctx context.Context, l Lesson, keys Keys, seen func(event.Event)) *Stage {
	within := New(ctx, l, s.setting)
	within.keys, within.narrator.seen = &keys, seen
	return within
}

// Guide makes this the stage of a tour: the reader predicts, and Enter, or a key, leads on.
func (s *Stage) Guide(keys Keys) {
	s.setting.Predict, s.setting.Stepwise = true, true
	s.keys = &keys
	s.terminal.RememberPage()
}

// Flow has nothing wait for Enter any more: another process reads the keyboard.
func (s *Stage) Flow() { s.setting.Stepwise = false }

// VoiceOf is another lesson's voice, in the same language.
func (s *Stage) VoiceOf(l Lesson) event.Voice { return Voice(l, s.setting.Language) }

// ended is what ends an act before its end.
type ended struct{ error }

// ResumeAt has what comes before a step performed, and not shown: the reader has seen it.
func (s *Stage) ResumeAt(step int) { s.resumeAt = step }

// At is the step that is under way; 0 before the first.
func (s *Stage) At() int { return len(s.begun) }

// unseen reports whether what happens is not to be shown.
func (s *Stage) unseen() bool { return s.At() > 0 && s.At() < s.resumeAt }

// LeaveUndone says that the reader has passed over what the lesson is about.
func (s *Stage) LeaveUndone() { s.partial = true }

// Incomplete reports whether the reader has passed over what the lesson is about.
func (s *Stage) Incomplete() bool { return s.partial }

// Perform performs, and cleans up. It returns what ended the act before its end. A stage is
// performed on once.
func (s *Stage) Perform(act func(*Stage)) (err error) {
	defer s.sampler.Stop()
	defer func() {
		s.terminal.Still()
		for _, do := range slices.Backward(s.cleanups) {
			do()
		}
	}()
	defer func() {
		if r := recover(); r != nil {
			end, is := r.(ended)
			if !is {
				panic(r)
			}
			err = end.error
		}
	}()
	act(s)
	return context.Cause(s.ctx)
}

// Cleanup has something done when the act is over, however it ends: what was asked for last comes
// first.
func (s *Stage) Cleanup(do func()) { s.cleanups = append(s.cleanups, do) }

// Context ends with an interruption. To wait until it does, see also Pass.
func (s *Stage) Context() context.Context { return s.ctx }

// Check ends the lesson if it was interrupted.
func (s *Stage) Check() {
	if s.ctx.Err() != nil {
		panic(ended{context.Cause(s.ctx)})
	}
}

// Must ends the lesson if there is an error.
func (s *Stage) Must(err error) {
	if err != nil {
		panic(ended{s.dressed(err)})
	}
}

// Mustf is Must for an error that does not say what was being done.
func (s *Stage) Mustf(err error, doing string, args ...any) {
	if err != nil {
		s.Must(fmt.Errorf("%s: %w", fmt.Sprintf(doing, args...), err))
	}
}

// MustStart is Must for a process that the lesson could not start by itself, after so many others.
func (s *Stage) MustStart(err error, made int) {
	s.Check()
	if err != nil {
		panic(ended{s.limitHit(fmt.Errorf("start a child: %w", err), made)})
	}
}

// Fail ends the lesson with an error in the reader's language: something that a student can do
// something about.
func (s *Stage) Fail(name, text string, fields ...any) {
	s.Check()
	panic(ended{s.narrator.Error(name, text, fields...)})
}

// Exit is the exit code of a program that was run, which becomes mtp's. It is no failure of mtp.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Exit ends the lesson with an exit code.
func (s *Stage) Exit(code int) { panic(ended{Exit(code)}) }

// Unsupported ends a lesson that is not possible here.
func (s *Stage) Unsupported(name, text string, fields ...any) {
	panic(ended{s.narrator.Unsupported(name, text, fields...)})
}

// dressed is an error as it is shown: with what the children had to say, and with the limit that
// was hit, if it was one. An interruption explains whatever failed during it.
func (s *Stage) dressed(err error) error {
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	started := 0
	if s.leash != nil {
		err, started = s.leash.Explain(err), s.leash.Children()
	}
	return s.limitHit(err, started)
}

// limitHit says which limit is in the way of another process, if that is what the error is about.
func (s *Stage) limitHit(err error, started int) error {
	switch {
	case errors.Is(err, syscall.EMFILE):
		return noFiles(s.narrator.Voice, started)
	case errors.Is(err, syscall.EAGAIN):
		limits := kernel.TaskLimits()
		if len(limits) == 0 {
			return err
		}
		// The task that did not come to be is not counted any more: what was hit is the limit with
		// the least room.
		hit := slices.MinFunc(limits, func(a, b kernel.Limit) int {
			return cmp.Compare(a.Room(), b.Room())
		})
		return s.narrator.Error("limit.hit",
			"fork failed after {made} children (EAGAIN): {limit} allows {max} tasks (processes and threads), and {used} are in use; see {source}. End some, or raise the limit",
			"made", started,
			"limit", hit.Name, "max", hit.Max, "used", hit.Used, "source", hit.Source)
	}
	return err
}

func noFiles(voice event.Voice, made int) error {
	return voice.Error("limit.files",
		"after {made} children mtp has no file descriptor left for another (EMFILE), and it needs some for each. Ask for fewer, or raise the limit (ulimit -n)",
		"made", made)
}

// Threads is how many tasks one Go program may need. One that can't have a thread when it needs it
// crashes, so a lesson asks for room beforehand.
const Threads = 8

// scarce is how many more tasks there have to be room for, else it is called tight: more than most
// lessons need.
const scarce = 16 * Threads

// files is how many files mtp needs to say what is missing.
const files = 8

// OwnRoom returns an error if a limit is in the way of the threads, or of the first files, that
// this program may need. If room for threads is tight it takes them now.
func OwnRoom(voice event.Voice) error {
	if !kernel.FilesLeft(files) {
		return noFiles(voice, 0)
	}
	if _, tight := kernel.ShortOf(scarce); !tight {
		return nil
	}
	const meanwhile = 2 // to make the others
	if err := Room(voice, Threads+meanwhile); err != nil {
		return err
	}
	process.HaveThreads(Threads)
	return nil
}

// Room ends the lesson if a limit is in the way of so many tasks (processes and their threads),
// those of this program included.
func (s *Stage) Room(tasks int) {
	const first = 5 // threads of a program that has just begun
	if self, err := kernel.ReadStat(os.Getpid()); err == nil {
		tasks -= max(self.Threads-first, 0)
	}
	s.Must(Room(s.narrator.Voice, tasks))
}

// Room returns an error that says which limit is in the way of so many more tasks, if one is.
func Room(voice event.Voice, tasks int) error {
	limit, short := kernel.ShortOf(tasks)
	if !short {
		return nil
	}
	return voice.Error("limit.room",
		"not enough room for {tasks} more tasks, which this lesson may need: {limit} allows {max} tasks (processes and threads), and {used} are in use; see {source}. End some, or raise the limit",
		"tasks", tasks,
		"limit", limit.Name, "max", limit.Max, "used", limit.Used, "source", limit.Source)
}

// Narrator says what happens from any goroutine, and never ends the lesson.
func (s *Stage) Narrator() *Narrator { return s.narrator }

// Terminal is the one that all is shown on.
func (s *Stage) Terminal() *terminal.Terminal { return s.terminal }

// Sampler looks at the lesson's processes.
func (s *Stage) Sampler() *sampler.Sampler { return s.sampler }

// ShareCtrlC says that so many Ctrl-C from now on are for a program that runs here.
func (s *Stage) ShareCtrlC(times int) { s.setting.Share(times) }

// Interrupt does what Ctrl-C does, where the terminal sends no signal for it.
func (s *Stage) Interrupt() { s.setting.Interrupt() }

// Score is how the reader's predictions went.
func (s *Stage) Score() quiz.Score { return s.score }
