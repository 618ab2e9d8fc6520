package customprocess

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"mtp/lessons/kit/process"
)

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

// bootstrap, as a function, gets the whole value in an interface. Which Run it calls is looked up
// in that value's type.
func bootstrap(r runner) error { return r.Run() }

// newStepper returns a stepper that was not started. What the child needs to build one like it goes
// into its command line.
func newStepper(parent *process.Parent, role string, value int) *stepper {
	s := &stepper{worker: worker{parent.Process(role)}, value: value}
	s.Named = map[string]string{"value": strconv.Itoa(value)}
	return s
}

// startWithoutProcess starts a stepper that was not made by newStepper: its pointer to a Process is
// nil, the zero value.
func startWithoutProcess(value int) (err error) {
	defer func() { err, _ = recover().(error) }()
	forgotten := &stepper{value: value}
	return forgotten.Start()
}

// parse builds a stepper like the parent's.
func parse(args []string) (*stepper, error) {
	flags := flag.NewFlagSet("stepper", flag.ContinueOnError)
	value := flags.Int("value", 0, "the stepper's value")
	err := flags.Parse(args)
	return &stepper{value: *value}, err
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{"promoted": promoted, "interface": byInterface}
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
