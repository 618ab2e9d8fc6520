package states

import (
	"syscall"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// Run takes a child along every arrow of the model, shares a processor out, and shows every letter
// that ps has.
func (o Options) Run(s *stage.Stage) {
	s.Room(8 * stage.Threads)
	s.Title("states: what a process is doing, in one letter")
	o.arrows(s)
	o.letters(s)
	block(s)
	memory(s)
	s.Lanes()
	s.Say("summary",
		"Ready and running are R; waiting is S or D; stopped is T; dead and not waited for is Z. Between ready and running the scheduler decides, elsewhere the process itself and what it waits for.")
}

// startSteady starts a child, and returns when it is at its work. Until then Go's runtime is still
// starting, and sleeps now and then.
func startSteady(s *stage.Stage, role string, args ...any) *stage.Child {
	child := s.Start(role, args...)
	s.Must(kernel.Await(s.Context(), func() (bool, error) {
		blocked, err := s.Status(child.PID).Mask("SigBlk")
		return blocked&(1<<(unix.SIGURG-1)) != 0, err // the last that it does before
	}))
	return child
}

// end lets a child end and reaps it.
func end(s *stage.Stage, child *stage.Child) {
	child.LetExit()
	s.AwaitExit(child.PID) // unlike the wait, Ctrl-C ends this
	_, err := syscall.Wait4(child.PID, nil, 0, nil)
	s.Mustf(err, "wait for %d", child.PID)
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{"worker": worker, "sleeper": sleeper, "vforker": vforker, "holder": holder}
}
