package workers

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// childLasts is how long a child works on after the main function has returned, at pace 1.
const childLasts = 500 * time.Millisecond

// household is a main process with a child.
type household struct {
	*process.Process
	out   *os.File
	child int
}

// daemons shows how the same child fares when its parent ends: as a daemon, and not.
func daemons(ctx context.Context, say *narrate.Narrator, parent *process.Parent, leash *process.Leash) error {
	say.Step("workers.daemon", "What becomes of a child when its parent ends? Start three main processes, each with a child that has work to do. In the second and the third, the child is a daemon.")
	mainReturns, letMainReturn, err := os.Pipe()
	if err != nil {
		return err
	}
	defer letMainReturn.Close()
	defer mainReturns.Close()
	workIsDone, finishWork, err := os.Pipe()
	if err != nil {
		return err
	}
	defer finishWork.Close()
	defer workIsDone.Close()
	var homes []*household
	for _, daemon := range []bool{false, true, true} {
		home := &household{Process: parent.Process("main")}
		home.Named = map[string]string{"daemon": strconv.FormatBool(daemon)}
		home.Files = []*os.File{mainReturns, workIsDone}
		if home.out, err = start(say, home.Process, len(homes)); err != nil {
			return err
		}
		defer home.out.Close()
		homes = append(homes, home)
	}
	for _, home := range homes {
		if err := home.hear(ctx, "child", &home.child); err != nil {
			return err
		}
		leash.Tie(home.child, "child")
	}
	family, err := kernel.Descendants(os.Getpid())
	if err != nil {
		return err
	}
	say.Tree("workers.homes", "Three families:", family)
	say.Say("workers.ends", "Now kill the third main process ({pid}), and let the main functions of the others return.", "pid", homes[2].PID())
	if err := homes[2].Kill(); err != nil {
		return err
	}
	letMainReturn.Close()

	plain, daemon, code := homes[0], homes[1], 0
	for _, home := range []*household{plain, daemon} {
		if err := home.hear(ctx, "main returned", &code); err != nil {
			return err
		}
	}
	if err := daemon.hear(ctx, "exit code", &code); err != nil {
		return err
	}
	say.See("workers.terminated", fmt.Sprintf("%s in %d", process.StatusSource(daemon.child), daemon.PID()),
		"A daemon, {child}: on its way out its parent has terminated it (by SIGTERM; on Windows by TerminateProcess). Its exit code is {code}.", "child", daemon.child, "code", code)

	orphan := homes[2]
	if err := kernel.AwaitExit(ctx, orphan.child); err != nil {
		return err
	}
	_ = orphan.Join(ctx) // killed, as it should be
	code, _ = orphan.ExitCode()
	say.See("workers.killedparent", process.StatusSource(orphan.PID()), "The parent that was killed, {pid}: exit code {code}. It had no time to end anybody.", "pid", orphan.PID(), "code", code)
	say.See("workers.leashed", kernel.StatSource(orphan.child), "Yet its daemon, {child}, has ended. mtp's children are told by the kernel of their parent's end; Python's are not, and there it would live on.", "child", orphan.child)

	st, err := kernel.ReadStat(plain.child)
	if err != nil {
		return err
	}
	say.See("workers.waits", st.Source, "Not a daemon, {child}: it still works, in state {state}. Its parent is still {ppid}: the main function has returned, but the process waits for its child.",
		"child", plain.child, "state", st.State, "ppid", st.PPID)
	say.Rest(childLasts)
	finishWork.Close()
	if err := plain.hear(ctx, "exit code", &code); err != nil {
		return err
	}
	say.See("workers.finished", fmt.Sprintf("%s in %d", process.StatusSource(plain.child), plain.PID()), "{child} has finished its work: exit code {code}. Now its parent can end, too.", "child", plain.child, "code", code)
	return errors.Join(plain.Join(ctx), daemon.Join(ctx))
}

// hear reads a number that the main process reports.
func (h *household) hear(ctx context.Context, what string, number *int) error {
	if _, err := fmt.Fscanf(h.out, what+" %d\n", number); err != nil {
		return fmt.Errorf("hear from %s: %w", h.Name, errors.Join(err, h.Join(ctx)))
	}
	return nil
}

// main starts a child, and does what is due when its main function returns.
func main(args []string) error {
	flags := flag.NewFlagSet("main", flag.ContinueOnError)
	daemon := flags.Bool("daemon", false, "whether the child is a daemon")
	if err := flags.Parse(args); err != nil {
		return err
	}
	mainReturns, workIsDone := process.File(0), process.File(1)
	parent, err := process.NewParent("workers", Roles(), process.Inherited())
	if err != nil {
		return err
	}
	child := parent.Process("child")
	if workIsDone != nil {
		child.Files = []*os.File{workIsDone}
	}
	if err := child.SetDaemon(*daemon); err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	fmt.Println("child", child.PID())
	await(mainReturns)
	fmt.Println("main returned", 0)
	err = parent.End(context.Background())
	code, _ := child.ExitCode()
	fmt.Println("exit code", code)
	return err
}

// child works until it is told that it has finished.
func child([]string) error {
	await(process.File(0))
	return nil
}

// await returns when the other end of the pipe is closed everywhere.
func await(pipe *os.File) {
	if pipe != nil {
		_, _ = io.Copy(io.Discard, pipe)
	}
}
