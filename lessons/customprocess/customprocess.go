// Package customprocess shows a type of one's own that is a process: the course's subclass of
// multiprocessing.Process, with a field, two steps and a run method.
//
// In Python the subclass overrides run, and start, inherited, calls it in the child. Go has no
// inheritance. A type that embeds another gets its methods (they are promoted), but inside such a
// method the receiver is the embedded value: it knows nothing of the type around it, and calls its
// own Run. To have the outer one called, one passes the outer value as an interface value.
package customprocess

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Value int `help:"The field that the type adds." default:"40" placeholder:"N"`
}

const maxValue = 1_000_000

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Value < -maxValue || o.Value > maxValue {
		return event.Mistake("mistake.value",
			"--value must be from -{max} to {max}", "max", maxValue)
	}
	return nil
}

// Questions are the forms of what is asked.
func (Options) Questions() []quiz.Form { return []quiz.Form{quiz.Number, quiz.Number} }

// Run forgets the Process inside once. Then it starts two children of the type: one finds the inner
// Run, one the outer. It looks at what has become of the value in the parent, and how the child's
// comes back.
func (o Options) Run(s *stage.Stage) {
	s.Room(2 * stage.Threads)
	s.Title("custom-process: a type of your own that is a process")
	s.Steps(6)
	s.Step("type",
		"A type, stepper: it embeds worker, which embeds Process, and adds a field, value = {value}, two steps, and a Run that takes them.",
		"value", o.Value)
	s.Say("promoted",
		"A type gets the methods of what it embeds (they are promoted): a stepper has Start, Join and PID. It looks like inheritance.")
	o.forgetProcess(s)

	parent := s.Parent()
	o.findInnerRun(s, parent)
	o.findOuterRun(s, parent)
	s.Lanes()
}

// forgetProcess makes a stepper without a Process inside, and starts it.
func (o Options) forgetProcess(s *stage.Stage) {
	s.Step("forget",
		"Forget the Process inside, as one forgets super().__init__() in Python, and call Start.")
	err := startWithoutProcess(o.Value)
	s.See("panic", kernel.In("err", os.Getpid()), "Start panics: {error}.",
		"error", fmt.Sprint(err))
	s.Say("constructor",
		"Where the constructor was skipped, the embedded pointer is nil. In Python the attributes are missing that Process.__init__ sets: start raises AttributeError, \"object has no attribute '_closed'\".")
}

// findInnerRun starts a child that calls Run in a promoted method.
func (o Options) findInnerRun(s *stage.Stage, parent *process.Parent) {
	s.Step("first",
		"Start a stepper. In the child, a method promoted from worker calls Run. Which Run?")
	first := newStepper(parent, "promoted", o.Value)
	out := start(s, first.Process)
	said, err := io.ReadAll(out)
	s.Must(errors.Join(err, first.Join(s.Context())))
	s.See("inner", kernel.Stdout(first.PID()), "The child {pid} says: \"{said}\".",
		"pid", first.PID(), "said", strings.TrimSpace(string(said)))
	s.Say("hidden",
		"The inner one. The method's receiver is the worker inside, which does not know of the stepper around it: stepper's Run hides worker's, and does not override it. In Python, self is the whole object, so the subclass's run is called.")
}

// findOuterRun starts a child that calls Run through an interface, and looks for its value here.
func (o Options) findOuterRun(s *stage.Stage, parent *process.Parent) {
	kept := s.AskNumber("value",
		"A second stepper is going to multiply its value, {value}, by ten in its child. What will the value in the parent be then?",
		"value", o.Value)
	s.Step("second",
		"Start another. This time the child passes the whole stepper as an interface value.")
	second := newStepper(parent, "interface", o.Value)
	results, in := s.Pipe()
	gate, letExit := s.Pipe()
	second.Files = []*os.File{in, gate}
	out := start(s, second.Process)
	in.Close() // or reading the result would wait for ourselves, should the child die
	gate.Close()
	for range 2 {
		var step, pid, value int
		hear(s, second, out, "step %d: PID %d value %d\n", &step, &pid, &value)
		s.See("step", kernel.Stdout(second.PID()), "Step {step} in {pid}: value is {value}.",
			"step", step, "pid", pid, "value", value)
	}
	s.Say("lookup",
		"The outer one: an interface value carries the type of what is in it, and Run is looked up there.")

	s.Step("copy", "Step 2 has multiplied the child's value by ten. And the parent's?")
	inParent := kernel.In("value", os.Getpid())
	s.See("parent", inParent, "In the parent, {pid}: value is {value}.",
		"pid", os.Getpid(), "value", second.value)
	kept.Is(second.value, inParent)
	// macOS and Windows tell no command line.
	if child := kernel.Family(second.PID()); len(child) == 1 && child[0].Args != "" {
		s.See("cmdline", kernel.Source(fmt.Sprintf("/proc/%d/cmdline", second.PID())),
			"The child's command line: {args}.", "args", child[0].Args)
	}
	s.So("own",
		"The child was told the value by its command line, and built a stepper of its own: the two values are in two processes, and share no memory.")
	s.Say("pickle",
		"Python's spawn does the same with pickle: it writes the object into a pipe, and the child reads a copy.")

	fetchResult(s, second, results, letExit)
}

// fetchResult gets the child's value, through a pipe and as the exit code.
func fetchResult(s *stage.Stage, child *stepper, results, letExit *os.File) {
	s.Step("results", "How does a result get back? Here, through a pipe and as the exit code.")
	var result int
	hear(s, child, results, "%d\n", &result)
	s.See("pipe", kernel.Source(fmt.Sprintf("a pipe from %d", child.PID())),
		"Through the pipe: {result}.", "result", result)
	arrives := s.AskNumber("code",
		"The child is going to call exit({result}). Which exit code will the parent get?",
		"result", result)
	letExit.Close()
	var failure *process.Failure // which any exit code but 0 is
	if err := child.Join(s.Context()); !errors.As(err, &failure) {
		s.Must(err)
	}
	code, _ := child.ExitCode()
	collected := process.StatusSource(child.PID())
	s.See("code", collected, "As the exit code: {code}.", "code", code)
	arrives.Is(code, collected)
	s.Say("bits",
		"Whatever is written into a pipe comes out of it. Of an exit code, Unix passes on 8 bits: 0 to 255.")
}

// start starts a process, and returns what it prints.
func start(s *stage.Stage, p *process.Process) *os.File {
	out, err := p.StdoutPipe()
	s.Must(err)
	s.Cleanup(func() { out.Close() })
	s.Must(p.Start())
	return out
}

// hear reads what a child has written, as fmt.Fscanf does. If that fails, how the child has ended
// says why.
func hear(s *stage.Stage, child *stepper, from *os.File, format string, into ...any) {
	if _, err := fmt.Fscanf(from, format, into...); err != nil {
		s.Mustf(errors.Join(err, child.Join(s.Context())), "hear from %s", child.Name)
	}
}
