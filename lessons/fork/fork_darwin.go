package fork

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Run starts a child as Go can on macOS: as another program, not as a copy.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()

	say.Title("fork.title", "fork: one process calls it, two return")
	say.Warn("fork.spawn", "On macOS a Go program can't fork and go on: its libraries do not survive it. "+
		"So mtp starts itself once more (fork, then exec at once): the child is a new run of the program, not a copy. Run this lesson on Linux to see the copy.")
	say.Step("fork.self", "Who am I?")
	self, err := kernel.ReadStat(os.Getpid())
	if err != nil {
		return err
	}
	say.See("fork.pid", self.Source, "My PID is {pid}, my parent's is {ppid}.", "pid", self.PID, "ppid", self.PPID)
	for range o.Children {
		command := leash.Command("fork", "child")
		if err := leash.Start(command); err != nil {
			return say.StartError(err, 0)
		}
		pid := command.Process.Pid
		say.See("fork.returned", fmt.Sprintf("fork in %d", self.PID), "In me, the parent, it returned {pid}: the child's PID.", "pid", pid)
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
		say.See("fork.status", fmt.Sprintf("wait4(%d)", pid), "Child {pid} exited with status {status}.", "pid", pid, "status", status.ExitStatus())
	}
	say.Lanes()
	say.Say("fork.summary", "Only the low 8 bits of an exit status survive: 404\u00a0=\u00a0256\u00a0+\u00a0148.")
	return nil
}
