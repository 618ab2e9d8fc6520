package states

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/stage"
)

// arrows takes a child along the arrows of the five-state model.
func (o Options) arrows(s *stage.Stage) {
	s.Step("model",
		"The textbooks have five states and six arrows between them. A child is going to take each arrow.")
	s.Say("three", "(ready, running and waiting alone are the three-state model.)")
	processor := lastProcessor(s)
	worker := startSteady(s, "worker", processor)
	pid := worker.PID
	s.Model("admit",
		"new → ready: mtp has started {pid} (clone, then exec). It may run as soon as the scheduler lets it.",
		picture.Admit, "pid", pid)
	admit(s, pid)

	s.Step("run", "It computes: it needs nothing but a processor.")
	status := s.Status(pid)
	s.See("pinned", status, "It may run on these processors: {processors}.",
		"processors", status.Get("Cpus_allowed_list"))
	s.Model("dispatch",
		"ready → running: the scheduler gives it the processor, for a time slice.",
		picture.Dispatch)
	running := s.AwaitState(pid, kernel.Running)
	s.See("dispatched", s.Schedstat(pid),
		"Time slices so far: {slices}; time on the processor: {running}.")
	seeLetter(s, running)
	s.Say("both",
		"R means ready or running. The letter can't tell them apart; schedstat has both times.")

	o.share(s, pid, processor)

	becomes := s.AskLetter("wait",
		"{pid} is going to read from a pipe in which there is nothing. In which state will it be?",
		"pid", pid)
	s.Step("wait", "Now it reads from a pipe in which there is nothing.")
	worker.SendLine() // it reads this byte, and then there is nothing more
	waiting := s.AwaitState(pid, kernel.Sleeping)
	s.Model("blocked",
		"running → waiting: it gives the processor up voluntarily, and sleeps until there is input.",
		picture.Block)
	seeLetter(s, waiting)
	becomes.Is(waiting.State, waiting)
	if where := awaitWchan(s.Context(), pid); where.Text != "" {
		s.See("wchan", where, "It sleeps in this function of the kernel: {function}.",
			"function", where.Text)
	}

	asleep := s.Schedstat(pid)
	s.Step("wake", "Write a byte into the pipe.")
	worker.SendLine()
	s.Model("woken",
		"waiting → ready: the byte has woken it, and it is queued for the processor again.",
		picture.Wake)
	turns := awaitTurn(s, pid, asleep)
	s.See("requeued", turns,
		"Since then it has spent {ready} in the ready queue, and {running} on the processor.",
		"ready", turns.Ready-asleep.Ready, "running", turns.Running-asleep.Running)
	seeLetter(s, s.AwaitState(pid, kernel.Running))

	s.Step("exit", "It exits, and its parent has not called wait yet.")
	worker.LetExit()
	s.AwaitExit(pid)
	dead := s.Stat(pid)
	s.Model("exited",
		"running → terminated: it will not run again. It stays listed until its parent calls wait.",
		picture.Exit)
	seeLetter(s, dead)
	end(s, worker)
}

// lastProcessor is the last on which this process may run: the first ones are busier.
func lastProcessor(s *stage.Stage) (last int) {
	var allowed unix.CPUSet
	s.Mustf(unix.SchedGetaffinity(0, &allowed), "ask for the processors")
	const maxProcessors = len(allowed) * 64
	for processor := range maxProcessors {
		if allowed.IsSet(processor) {
			last = processor
		}
	}
	return last
}

// awaitTurn returns a process's turns as soon as it has had one more.
func awaitTurn(s *stage.Stage, pid int, before kernel.Schedstat) (turns kernel.Schedstat) {
	err := kernel.Await(s.Context(), func() (bool, error) {
		var err error
		turns, err = kernel.ReadSchedstat(pid)
		return turns.Slices > before.Slices && turns.Running > before.Running, err
	}, pid)
	s.Mustf(err, "see %d on the processor", pid)
	return turns
}

// awaitWchan reads in which of the kernel's functions a process sleeps. It may be in state S
// already, and on the processor for a moment yet. The text is empty if the kernel keeps it to
// itself.
func awaitWchan(ctx context.Context, pid int) (function kernel.File) {
	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_ = kernel.Await(ctx, func() (bool, error) {
		function, _ = kernel.ReadFile(pid, "wchan")
		if function.Text == "0" { // it does not sleep
			function.Text = ""
		}
		return function.Text != "", nil
	})
	return function
}
