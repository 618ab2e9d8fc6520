package states

import (
	"syscall"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// Run takes a child along every arrow of the model, shares a processor out, and shows every letter
// that ps has.
func (o Options) Run(s *stage.Stage) {
	s.Room(8 * stage.Threads)
	s.Title("states: what a process is doing, in one letter")
	s.Steps(11)
	s.Sampler().TellReady()
	o.arrows(s)
	o.letters(s)
	sleeper := block(s)
	memory(s)
	end(s, sleeper) // so that a reader could look into /proc before
	s.Lanes()
	s.Say("summary",
		"Ready and running are R, waiting is S or D, stopped is T, dead and not yet waited for is Z. The scheduler decides which process runs. A process waits or exits by its own calls, and what it waits for wakes it. Signals stop a process, let it go on, or end it.")
}

// startSteady starts a child, and returns when it is at its work, which it says. Until then Go's
// runtime is still starting, and sleeps now and then.
func startSteady(s *stage.Stage, role string, args ...any) *stage.Child {
	child := s.Child(role, args...)
	child.Listen()
	child.Start()
	child.Hear("\n")
	return child
}

// end lets a child end and reaps it.
func end(s *stage.Stage, child *stage.Child) {
	child.LetExit()
	s.AwaitExit(child.PID) // unlike the wait, Ctrl-C ends this
	var status syscall.WaitStatus
	_, err := syscall.Wait4(child.PID, &status, 0, nil)
	s.Mustf(err, "wait for %d", child.PID)
	s.ExitStatus(child.PID, status)
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{"worker": worker, "sleeper": sleeper, "vforker": vforker, "holder": holder}
}
