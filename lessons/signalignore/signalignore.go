//go:build unix

// Package signalignore shows what it means to ignore SIGCHLD, in so many words.
//
// SIGCHLD's default action is to be ignored. Yet that default and an explicit SIG_IGN differ: with the default, dead
// children become zombies; with SIG_IGN, the kernel reaps them itself, and nobody learns their statuses. Then wait(2) has
// nothing to return but the news, after the last child has ended, that there are no children (ECHILD). See sigaction(2).
package signalignore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Count int `help:"How many children to start each time." default:"3" placeholder:"N"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Count < 2 || o.Count > 1000 {
		return errors.New("--count must be from 2 to 1000")
	}
	return nil
}

// Run starts the same children twice: with SIGCHLD at its default, and ignored.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if err := say.Room((1 + o.Count) * narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	restore, err := setDefault() // Go's runtime has a handler for it, whatever this process inherited
	if err != nil {
		return err
	}
	defer restore()

	say.Title("ignore.title", "signal-ignore: SIGCHLD at its default, and ignored")

	if strangers, err := kernel.Descendants(os.Getpid()); err != nil || len(strangers) > 1 {
		return errors.Join(err, say.Error("ignore.strangers", "this process already had children when mtp started, and wait would wait for them too; start it from a shell"))
	}

	say.Step("ignore.default", "SIGCHLD at its default. Start {count} children that exit at once; mtp does not wait.", "count", o.Count)
	if err := seeDisposition(say, os.Getpid()); err != nil {
		return err
	}
	zombies, err := o.start(ctx, say, leash, 0)
	if err != nil {
		return err
	}
	for _, pid := range zombies {
		if err := kernel.AwaitExit(ctx, pid); err != nil {
			return err
		}
	}
	listed := kernel.Family(zombies...)
	say.Tree("ignore.zombies", "All ended, and all still listed, as zombies:", listed)
	last := zombies[len(zombies)-1]
	for _, pid := range zombies[:len(zombies)-1] {
		if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
	}
	say.Say("ignore.keep", "mtp waits for all but {pid}, which is left as a zombie.", "pid", last)

	clears := say.Ask("ignore.ask.clears", "mtp is going to ignore SIGCHLD. Will that clear the zombie {pid}, which is there already?", narrate.YesNo,
		say.Text("ignore.rule.clears", "SIG_IGN counts for children that end from then on."), "pid", last)
	say.Step("ignore.ignore", "Ignore SIGCHLD, explicitly: signal(SIGCHLD, SIG_IGN).")
	signal.Ignore(syscall.SIGCHLD)
	if err := seeDisposition(say, os.Getpid()); err != nil {
		return err
	}
	old, err := kernel.ReadStat(last)
	if err != nil {
		return err
	}
	say.See("ignore.old", old.Source, "{pid}, which ended before that, is still in state {state}: SIG_IGN clears no zombie that is already there.",
		"pid", last, "state", old.State)
	clears.Is(old.State != kernel.Zombie, old.Source)
	if _, err := syscall.Wait4(last, nil, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", last, err)
	}
	say.See("ignore.old.reaped", fmt.Sprintf("wait4(%d)", last), "A wait took it away, as always.")

	become := say.Ask("ignore.ask.zombies", "Now {count} more children start and end, while SIGCHLD is ignored. How many of them will become zombies?", narrate.Number,
		say.Text("ignore.rule.zombies", "With SIG_IGN the kernel reaps children itself, at once."), "count", o.Count)
	say.Step("ignore.again", "Start as many children again. These work for a moment, and exit one after the other.")
	before := say.Watch.Zombies()
	pids, err := o.start(ctx, say, leash, say.Scaled(workTime))
	if err != nil {
		return err
	}
	stop := say.Wait("ignore.wait", "mtp waits for any child: wait4(-1).")
	begun := time.Now()
	pid, err := syscall.Wait4(-1, nil, 0, nil)
	blocked := time.Since(begun)
	stop()
	seen := say.Watch.Zombies() - before
	if !errors.Is(err, syscall.ECHILD) {
		return errors.Join(fmt.Errorf("wait4(-1) should have failed with ECHILD, but returned %d", pid), err)
	}
	say.See("ignore.echild", "wait4(-1)", "wait blocked for {blocked}, until the last child had ended, and then failed: ECHILD, \"no child processes\".",
		"blocked", blocked)
	say.See("ignore.never", kernel.StatSource(pids[0])+" …", "Zombies among the {count} children: {zombies}. Still listed now: {listed}.",
		"count", len(pids), "zombies", seen, "listed", len(kernel.Family(pids...)))
	become.Is(seen, kernel.StatSource(pids[0])+" …")
	say.Say("ignore.price", "The kernel has reaped them itself. The price: nobody knows their exit statuses.")

	say.Step("ignore.exec", "SIG_IGN survives exec: a program started now inherits it.")
	if err := seeHeir(say, leash); err != nil {
		return err
	}

	say.Step("ignore.restore", "Set SIGCHLD back to its default.")
	if _, err := setDefault(); err != nil {
		return err
	}
	if err := seeDisposition(say, os.Getpid()); err != nil {
		return err
	}
	say.Lanes()
	return nil
}

// workTime is how long the last child works, at pace 1.
const workTime = 1500 * time.Millisecond

// start starts the children; they work for up to so long.
func (o Options) start(ctx context.Context, say *narrate.Narrator, leash *process.Leash, longest time.Duration) (pids []int, err error) {
	for i := range o.Count {
		work := longest * time.Duration(i+1) / time.Duration(o.Count)
		child := leash.Command("signal-ignore", "child", work.String())
		if err := leash.Start(child); err != nil {
			return nil, say.StartError(err, i)
		}
		pids = append(pids, child.Process.Pid)
	}
	return pids, context.Cause(ctx)
}

// seeHeir starts a program that is not Go's, for Go's runtime sets its own handlers when it starts, and looks at what it inherited.
func seeHeir(say *narrate.Narrator, leash *process.Leash) error {
	const program = "/bin/cat"
	if _, err := os.Stat(program); errors.Is(err, fs.ErrNotExist) {
		say.Warn("ignore.nocat", "There is no /bin/cat here to show it with.")
		return nil
	}
	heir := exec.Command(program)
	letExit, err := heir.StdinPipe()
	if err != nil {
		return err
	}
	if err := leash.Start(heir); err != nil { // it returns after the exec
		return say.StartError(err, 0)
	}
	if err := seeDisposition(say, heir.Process.Pid); err != nil {
		return err
	}
	letExit.Close()
	if pid, err := syscall.Wait4(-1, nil, 0, nil); !errors.Is(err, syscall.ECHILD) {
		return errors.Join(fmt.Errorf("wait4(-1) should have failed with ECHILD, but returned %d", pid), err)
	}
	return nil
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"child": process.Work}
}
