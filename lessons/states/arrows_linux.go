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
	turns := s.Schedstat(pid)
	s.Model("admit",
		"new → ready: mtp has started {pid} (clone, then exec), and the scheduler has put it into its queue.",
		picture.Admit, "pid", pid)
	s.See("admitted", turns, "So far it has waited there for {ready}, all in all.")

	s.Step("run",
		"It computes, and does nothing else. It may run on processor {processor} only.",
		"processor", processor)
	s.Model("dispatch",
		"ready → running: the scheduler gives it the processor, for a time slice.",
		picture.Dispatch)
	running := s.AwaitState(pid, kernel.Running)
	s.See("dispatched", s.Schedstat(pid),
		"It has had {slices} time slices, and was on the processor for {running}.")
	seeLetter(s, running)
	s.Say("both",
		"R is for both, ready and running. Which of the two it is at this moment, the letter does not tell; how long it was each, schedstat does.")

	o.share(s, pid, processor)

	becomes := s.AskLetter("wait",
		"{pid} is going to read from a pipe in which there is nothing. In which state will it be?",
		"pid", pid)
	s.Step("wait", "Now it reads from a pipe in which there is nothing.")
	worker.SendLine() // it reads this byte, and then there is nothing more
	waiting := s.AwaitState(pid, kernel.Sleeping)
	s.Model("blocked",
		"running → waiting: it gives the processor up by itself, and sleeps until there is input.",
		picture.Block)
	seeLetter(s, waiting)
	becomes.Is(waiting.State, waiting)
	if where := awaitWchan(s.Context(), pid); where.Text != "" {
		s.See("wchan", where, "The kernel's function in which it sleeps: {function}.",
			"function", where.Text)
	}

	s.Step("wake", "Write a byte into the pipe.")
	worker.SendLine()
	woken := s.AwaitState(pid, kernel.Running)
	s.Model("woken",
		"waiting → ready: the byte has woken it. It does not run at once; it is queued again.",
		picture.Wake)
	seeLetter(s, woken)

	s.Step("exit", "It exits, and nobody has waited for it yet.")
	worker.LetExit()
	s.AwaitExit(pid)
	dead := s.Stat(pid)
	s.Model("exited",
		"running → terminated: it does not run again, and is only listed until its parent waits.",
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
