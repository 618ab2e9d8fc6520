//go:build unix

// Package zombie shows a zombie: a process that has ended and that nobody has waited for.
//
// When a process ends, the kernel takes back its memory, its files and everything else, but keeps its PID and its exit
// status, because its parent may still ask for them. Until the parent does, with wait(2), the process stays in the process table in
// state Z: dead, yet listed. It can't be killed, for it is dead already. The wait hands the status over and takes the
// zombie away; it is "reaped".
package zombie

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Count int           `help:"How many zombies to make." default:"1" placeholder:"N"`
	Hold  time.Duration `help:"How long to keep them for you to look at; Enter ends it sooner, 0 does not hold." default:"10s" placeholder:"DURATION"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Count < 1 || o.Count > 100_000 {
		return errors.New("--count must be from 1 to 100000")
	}
	if o.Hold < 0 {
		return errors.New("--hold must not be negative")
	}
	return nil
}

// exitStatus is what the children exit with: a number that is easy to recognise.
const exitStatus = 7

// Run makes zombies, looks at one, fails to kill it, and reaps it.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if err := say.Room(o.Count + 2*narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	self := os.Getpid()

	say.Title("zombie.title", "zombie: dead, yet still in the process table")

	say.Step("zombie.start", "Start a child: mtp once more, in the role of a child that will exit with status {status}.",
		"status", exitStatus)
	child := leash.Command("zombie", "child", strconv.Itoa(exitStatus))
	letExit, err := child.StdinPipe()
	if err != nil {
		return err
	}
	if err := leash.Start(child); err != nil {
		return say.StartError(err, 0)
	}
	pid := child.Process.Pid
	alive, err := kernel.Descendants(self)
	if err != nil {
		return err
	}
	say.Tree("zombie.alive", "The child {pid} lives. Its parent is {ppid}.", alive, "pid", pid, "ppid", self)

	becomes := say.Ask("zombie.ask.state", "The child is going to exit, and its parent will not call wait. In which state will the kernel list it then?", narrate.Letter,
		say.Text("zombie.rule.state", "R running or ready, S sleeping, T stopped, Z zombie: a dead process keeps its PID and its status until its parent has asked for them."))
	say.Step("zombie.exit", "Now the child exits. Its parent does not call wait.")
	letExit.Close()
	// No Wait here: that omission is the lesson.
	if err := kernel.AwaitExit(ctx, pid); err != nil {
		return err
	}
	st, err := kernel.ReadStat(pid)
	if err != nil {
		return leash.Explain(err)
	}
	say.See("zombie.born", st.Source, "Child {pid} is dead, yet the kernel still lists it, in state {state} (zombie).",
		"pid", pid, "state", st.State)
	becomes.Is(st.State, st.Source)
	dead, err := kernel.Descendants(self)
	if err != nil {
		return err
	}
	say.Tree("zombie.dead", "ps aux shows it as <defunct>.", dead)

	say.Step("zombie.anatomy", "What is left of it?")
	if err := anatomy(say, st); err != nil {
		return leash.Explain(err)
	}

	dies := say.Ask("zombie.ask.kill", "mtp is going to send it SIGKILL. Will that take it out of the process table?", narrate.YesNo,
		say.Text("zombie.rule.kill", "It is dead already. Only a wait takes it away."))
	say.Step("zombie.kill", "Can it be killed? Send it SIGKILL, which no process can catch, block or ignore.")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill %d: %w", pid, err)
	}
	say.See("zombie.killed", fmt.Sprintf("kill(%d, SIGKILL)", pid), "The kernel accepts the signal: kill returned 0.")
	if st, err = kernel.ReadStat(pid); err != nil {
		return err
	}
	say.See("zombie.unmoved", st.Source, "Nothing has changed: state {state}. The dead can't be killed.", "state", st.State)
	dies.Is(st.State != kernel.Zombie, st.Source)

	others, err := o.startMore(ctx, say, leash)
	if err != nil {
		return err
	}

	if o.Hold > 0 {
		say.Try("zombie.try", psCommand(self, pid), "Look for yourself. Type this in another terminal:")
		say.Hold(o.Hold, "zombie.hold", "Held for {hold}.")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}

	say.Step("zombie.wait", "Now the parent calls wait.")
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", pid, err)
	}
	say.See("zombie.reaped", fmt.Sprintf("wait4(%d)", pid),
		"wait returned at once and handed the exit status over: {status}.", "pid", pid, "status", status.ExitStatus())
	if st, err := kernel.ReadStat(pid); !errors.Is(err, kernel.ErrGone) {
		return errors.Join(fmt.Errorf("%d is listed after wait, in state %s", pid, st.State), err)
	}
	say.See("zombie.gone", kernel.StatSource(pid), "PID {pid} is no longer listed: the zombie is gone, and its number is free.", "pid", pid)
	if err := reapMore(say, others); err != nil {
		return err
	}
	say.Lanes()
	say.Say("zombie.summary", "A zombie lasts until its parent waits for it. If the parent ends first, another process "+
		"adopts the zombie and has to wait for it instead.")
	return nil
}

// startMore makes the other zombies that were asked for, and says what they use up.
func (o Options) startMore(ctx context.Context, say *narrate.Narrator, leash *process.Leash) (pids []int, err error) {
	if o.Count == 1 {
		return nil, nil
	}
	say.Step("zombie.more", "Make {more} more in the same way.", "more", o.Count-1)
	stop := say.Wait("zombie.making", "Each is a process of its own that starts and exits.")
	defer stop()
	for len(pids) < o.Count-1 {
		child := leash.Command("zombie", "child", strconv.Itoa(exitStatus)) // its standard input is empty: it exits at once
		if err := leash.Start(child); err != nil {
			return nil, say.StartError(err, 1+len(pids))
		}
		pids = append(pids, child.Process.Pid)
	}
	zombies := 1
	for _, pid := range pids {
		if err := kernel.AwaitExit(ctx, pid); err != nil {
			return nil, err
		}
		st, err := kernel.ReadStat(pid)
		if err != nil {
			return nil, err
		}
		if st.State == kernel.Zombie {
			zombies++
		}
	}
	stop()
	say.See("zombie.many", kernel.StatSource(pids[0])+" …", "{zombies} children of {ppid} are in state Z.",
		"zombies", zombies, "ppid", os.Getpid())
	say.Say("zombie.cost", "Their memory is long gone. What zombies use up is process numbers:")
	for _, limit := range kernel.TaskLimits() {
		if limit.Unlimited {
			say.See("zombie.unlimited", limit.Source, "{limit}: {used} in use; no limit applies to you.",
				"limit", limit.Name, "used", limit.Used)
			continue
		}
		say.See("zombie.limit", limit.Source, "{limit}: {used} in use of {max}.",
			"limit", limit.Name, "used", limit.Used, "max", limit.Max)
	}
	return pids, nil
}

func reapMore(say *narrate.Narrator, pids []int) error {
	for _, pid := range pids {
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
	}
	if len(pids) > 0 {
		say.See("zombie.allreaped", fmt.Sprintf("wait4(%d) …", pids[0]), "One wait each, and the other {count} are gone too.", "count", len(pids))
	}
	return nil
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"child": child}
}

// child waits for a line (or the end of its input), then exits with the status that it was given.
func child(args []string) error {
	process.AwaitLine()
	if len(args) != 1 {
		return errors.New("want the exit status as the only argument")
	}
	status, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	os.Exit(status)
	return nil
}
