package states

import (
	"syscall"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// Run shows the states that macOS tells apart for a whole process.
func (o Options) Run(s *stage.Stage) {
	s.Title("states: what a process is doing, in one letter")
	s.Steps(3)
	s.Warn("mach",
		"macOS lists a process that computes and one that waits alike: its threads have these states, and they belong to Mach. What it tells of a whole process is R, T and Z. Run this lesson on Linux to see the others.")
	s.Step("start", "Start a child.")
	child := s.Start("sleeper")
	seeLetter(s, s.Stat(child.PID))

	s.Step("stop", "SIGSTOP stops it, and SIGCONT lets it go on.")
	s.Mustf(syscall.Kill(child.PID, syscall.SIGSTOP), "stop %d", child.PID)
	_, err := syscall.Wait4(child.PID, nil, syscall.WUNTRACED, nil) // returns when it has stopped
	s.Mustf(err, "wait for %d to stop", child.PID)
	seeLetter(s, s.Stat(child.PID))
	s.Mustf(syscall.Kill(child.PID, syscall.SIGCONT), "continue %d", child.PID)

	child.LetExit()
	s.Step("exit", "It exits, and its parent has not called wait yet.")
	s.AwaitExit(child.PID)
	seeLetter(s, s.Stat(child.PID))
	s.Lanes()
}

// sleeper waits for a line.
func sleeper([]string) error {
	process.AwaitLine()
	return nil
}

// roles are the processes of this lesson.
func roles() process.Roles { return process.Roles{"sleeper": sleeper} }
