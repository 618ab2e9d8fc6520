// Package customprocess shows a type of one's own that is a process: the course's subclass of multiprocessing.Process, with a
// field, two steps and a run method.
//
// In Python the subclass overrides run, and start, inherited, calls it in the child. Go has no inheritance. A type that embeds another
// gets its methods (they are promoted), but inside such a method the receiver is the embedded value: it knows nothing of the
// type around it, and calls its own Run. Who wants the outer one has to hand the outer value over, as an interface.
package customprocess

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Value int `help:"The field that the type adds." default:"2" placeholder:"N"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Value < -mostValue || o.Value > mostValue {
		return fmt.Errorf("--value must be from -%d to %d", mostValue, mostValue)
	}
	return nil
}

const mostValue = 1_000_000

// worker is a process with a Run that does nothing, as that of Python's Process without a target.
type worker struct{ *process.Process }

// Run is what a type that embeds worker would like to override.
func (w worker) Run() error {
	fmt.Println("Run of worker: nothing to do")
	return nil
}

// bootstrap is what the child does first. Its receiver is a worker, always: it calls the Run above.
func (w worker) bootstrap() error { return w.Run() }

// stepper embeds worker and adds a field, two steps, and a Run of its own.
type stepper struct {
	worker
	value int
}

// Run hides the Run of worker. It does not override it.
func (s *stepper) Run() error {
	s.step1()
	s.step2()
	return nil
}

func (s *stepper) step1() {
	fmt.Println("step 1: PID", os.Getpid(), "value", s.value)
}

func (s *stepper) step2() {
	s.value *= 10
	fmt.Println("step 2: PID", os.Getpid(), "value", s.value)
}

// runner is whatever has a Run.
type runner interface{ Run() error }

// bootstrap, as a function, gets the whole value in an interface. Which Run it calls is looked up in that value's type.
func bootstrap(r runner) error { return r.Run() }

// newStepper returns a stepper that was not started. What the child needs to build one like it goes into its command line.
func newStepper(parent *process.Parent, role string, value int) *stepper {
	s := &stepper{worker: worker{parent.Process(role)}, value: value}
	s.Named = map[string]string{"value": strconv.Itoa(value)}
	return s
}

// Run starts two children of the type: one finds the inner Run, one the outer.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if err := say.Room(2 * narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	parent, err := process.NewParent("custom-process", Roles(), leash)
	if err != nil {
		return err
	}

	say.Title("custom.title", "custom-process: a type of your own that is a process")
	say.Step("custom.type", "A type, stepper. It embeds worker, which embeds Process; it adds a field, value = {value}, two steps, and a Run that takes them.", "value", o.Value)
	say.Say("custom.promoted", "What a type embeds lends it its methods: a stepper has Start, Join and PID. (They are promoted.) It looks like inheritance.")

	say.Step("custom.first", "Start a stepper. In the child, a method promoted from worker calls Run. Which Run?")
	first := newStepper(parent, "promoted", o.Value)
	out, err := start(say, first.Process)
	if err != nil {
		return err
	}
	defer out.Close()
	said, err := io.ReadAll(out)
	if err := errors.Join(err, first.Join(ctx)); err != nil {
		return err
	}
	say.See("custom.inner", fmt.Sprintf("stdout of %d", first.PID()), "The child {pid} says: \"{said}\".", "pid", first.PID(), "said", strings.TrimSpace(string(said)))
	say.Say("custom.hidden", "The inner one. The method's receiver is the worker inside, which does not know of the stepper around it: stepper's Run hides worker's, and does not override it. "+
		"In Python, self is the whole object, so that run is the subclass's.")

	kept := say.Ask("custom.ask.value", "A second stepper is going to multiply its value, {value}, by ten in its child. What will the value in the parent be then?", narrate.Number,
		say.Text("custom.rule.value", "The child has a stepper of its own: processes share no memory."), "value", o.Value)
	say.Step("custom.second", "Start another. This time the child hands the whole stepper over, as an interface.")
	second := newStepper(parent, "interface", o.Value)
	results, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer results.Close()
	gate, letExit, err := os.Pipe()
	if err != nil {
		return err
	}
	defer letExit.Close()
	second.Files = []*os.File{in, gate}
	out, err = start(say, second.Process)
	in.Close()
	gate.Close()
	if err != nil {
		return err
	}
	defer out.Close()
	for step := 1; step <= 2; step++ {
		var pid, value int
		if _, err := fmt.Fscanf(out, "step "+strconv.Itoa(step)+": PID %d value %d\n", &pid, &value); err != nil {
			return fmt.Errorf("hear of step %d: %w", step, errors.Join(err, second.Join(ctx)))
		}
		say.See("custom.step", fmt.Sprintf("stdout of %d", second.PID()), "Step {step} in {pid}: value is {value}.", "step", step, "pid", pid, "value", value)
	}
	say.Say("custom.lookup", "The outer one: an interface carries the value's type along, and Run is looked up there.")

	say.Step("custom.copy", "Step 2 has multiplied the child's value by ten. And the parent's?")
	say.See("custom.parent", fmt.Sprintf("value in %d", os.Getpid()), "In the parent, {pid}: value is {value}.", "pid", os.Getpid(), "value", second.value)
	kept.Is(second.value, fmt.Sprintf("value in %d", os.Getpid()))
	if child := kernel.Family(second.PID()); len(child) == 1 && child[0].Args != "" {
		say.See("custom.cmdline", fmt.Sprintf("ps -o args -p %d", second.PID()), "The child's command line: {args}.", "args", child[0].Args)
	}
	say.Say("custom.own", "They share no memory. The child was told the value there, and built a stepper of its own.")
	say.Say("custom.pickle", "Python's spawn does the same with pickle: it writes the object into a pipe, and the child reads a copy.")

	say.Step("custom.results", "How does a result get back? Through a pipe, or as the exit code.")
	var result int
	if _, err := fmt.Fscanf(results, "%d\n", &result); err != nil {
		return fmt.Errorf("read the result: %w", errors.Join(err, second.Join(ctx)))
	}
	say.See("custom.pipe", fmt.Sprintf("a pipe from %d", second.PID()), "Through the pipe: {result}.", "result", result)
	bits := say.Ask("custom.ask.code", "The child is going to exit with {result} as its exit code. Which one will arrive?", narrate.Number,
		say.Text("custom.rule.code", "On Unix an exit code has 8 bits: what arrives is the remainder after division by 256. On Windows it has 32."), "result", result)
	letExit.Close()
	var failure *process.Failure
	if err := second.Join(ctx); err != nil && !errors.As(err, &failure) {
		return err
	}
	code, _ := second.ExitCode()
	say.See("custom.code", process.StatusSource(second.PID()), "As the exit code: {code}.", "code", code)
	bits.Is(code, process.StatusSource(second.PID()))
	say.Say("custom.bits", "A pipe takes whatever you write into it. An exit code has 8 bits on Unix: 0 to 255.")
	say.Lanes()
	return nil
}

// start starts a process whose output can then be read.
func start(say *narrate.Narrator, p *process.Process) (*os.File, error) {
	out, err := p.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.Start(); err != nil {
		return nil, say.StartError(err, 0)
	}
	return out, nil
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"promoted": promoted, "interface": byInterface}
}

// parse builds a stepper like the parent's.
func parse(args []string) (*stepper, error) {
	flags := flag.NewFlagSet("stepper", flag.ContinueOnError)
	value := flags.Int("value", 0, "the stepper's value")
	err := flags.Parse(args)
	return &stepper{value: *value}, err
}

// promoted calls the method that stepper has of worker.
func promoted(args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	return s.bootstrap()
}

// byInterface calls the function that takes any runner, and reports the result in both ways.
func byInterface(args []string) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if err := bootstrap(s); err != nil {
		return err
	}
	if pipe, gate := process.File(0), process.File(1); pipe != nil {
		fmt.Fprintln(pipe, s.value)
		_, _ = io.Copy(io.Discard, gate) // until the parent has looked
	}
	os.Exit(s.value) // of which, on Unix, 8 bits arrive
	return nil
}
