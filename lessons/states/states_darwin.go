package states

import (
	"context"
	"fmt"
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Run shows the states that macOS tells apart for a whole process.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	say.Title("states.title", "states: what a process is doing, in one letter")
	say.Warn("states.mach", "macOS lists a process that computes and one that waits alike: its threads have these states, and they belong to Mach. "+
		"What it tells of a whole process is R, T and Z. Run this lesson on Linux to see the others.")
	say.Step("states.start", "Start a child.")
	child := leash.Command("states", "sleeper")
	letExit, err := child.StdinPipe()
	if err != nil {
		return err
	}
	if err := leash.Start(child); err != nil {
		return say.StartError(err, 0)
	}
	pid := child.Process.Pid
	see := func() error {
		st, err := kernel.ReadStat(pid)
		say.See("states.letter", st.Source, "{pid} is in state {state}.", "pid", pid, "state", st.State)
		return err
	}
	if err := see(); err != nil {
		return err
	}
	say.Step("states.stop", "SIGSTOP stops it, and SIGCONT lets it go on.")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop %d: %w", pid, err)
	}
	if _, err := syscall.Wait4(pid, nil, syscall.WUNTRACED, nil); err != nil { // returns when it has stopped
		return fmt.Errorf("wait for %d to stop: %w", pid, err)
	}
	if err := see(); err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		return fmt.Errorf("continue %d: %w", pid, err)
	}
	letExit.Close()
	say.Step("states.exit", "It exits, and nobody has waited for it yet.")
	if err := kernel.AwaitExit(ctx, pid); err != nil {
		return err
	}
	if err := see(); err != nil {
		return err
	}
	say.Lanes()
	return nil
}

// Roles are the processes of this lesson.
func Roles() process.Roles { return process.Roles{"sleeper": sleeper} }

// sleeper waits for a line.
func sleeper([]string) error {
	process.AwaitLine()
	return nil
}
