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
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// childLasts is how long a child works on after the main function has returned, at pace 1.
const childLasts = 500 * time.Millisecond

// household is a main process with a child.
type household struct {
	*worker
	child int
}

// endParents shows how the same child fares when its parent ends: as a daemon, and not.
func endParents(s *stage.Stage, parent *process.Parent) {
	s.Step("daemon",
		"What becomes of a child when its parent ends? Start three main processes, each with a child that has work to do. In the second and the third, the child is a daemon.")
	mainReturns, letMainReturn := s.Pipe()
	workIsDone, finishWork := s.Pipe()
	found := func(daemon bool) *household {
		p := parent.Process("main")
		p.Named = map[string]string{"daemon": strconv.FormatBool(daemon)}
		p.Files = []*os.File{mainReturns, workIsDone}
		return &household{worker: start(s, p)}
	}
	plain, daemon, orphaned := found(false), found(true), found(true)
	for _, home := range []*household{plain, daemon, orphaned} {
		home.hear(s, "child %d\n", &home.child)
		s.Tie(home.child, "child")
	}
	s.Tree("homes", "Three families:")
	s.Say("ends",
		"Now kill the third main process ({pid}), and let the main functions of the others return.",
		"pid", orphaned.PID())
	s.Must(orphaned.Kill())
	letMainReturn.Close()

	var code int
	for _, home := range []*household{plain, daemon} {
		home.hear(s, "main returned %d\n", &code)
	}
	daemon.hear(s, "exit code %d\n", &code)
	s.See("terminated", daemon.childStatus(),
		"A daemon, {child}: on its way out its parent has terminated it (by SIGTERM; on Windows by TerminateProcess). Its exit code is {code}.",
		"child", daemon.child, "code", code)

	s.AwaitExit(orphaned.child)
	_ = orphaned.Join(s.Context()) // killed, as it should be
	code, _ = orphaned.ExitCode()
	s.See("killedparent", process.StatusSource(orphaned.PID()),
		"The parent that was killed, {pid}: exit code {code}. It had no time to end anybody.",
		"pid", orphaned.PID(), "code", code)
	s.See("leashed", kernel.StatSource(orphaned.child),
		"Yet its daemon, {child}, has ended. mtp's children are told by the kernel of their parent's end; Python's are not, and there it would live on.",
		"child", orphaned.child)

	s.See("waits", s.Stat(plain.child),
		"Not a daemon, {child}: it still works, in state {state}. Its parent is still {ppid}: the main function has returned, but the process waits for its child.",
		"child", plain.child)
	s.Rest(childLasts)
	finishWork.Close()
	plain.hear(s, "exit code %d\n", &code)
	s.See("finished", plain.childStatus(),
		"{child} has finished its work: exit code {code}. Now its parent can end, too.",
		"child", plain.child, "code", code)
	s.Must(errors.Join(plain.Join(s.Context()), daemon.Join(s.Context())))
}

// childStatus is where the main process has its child's exit code from.
func (h *household) childStatus() kernel.Source {
	return kernel.In(process.StatusSource(h.child).From(), h.PID())
}

// main starts a child, and does what is due when its main function returns.
func main(args []string) error {
	flags := flag.NewFlagSet("main", flag.ContinueOnError)
	daemon := flags.Bool("daemon", false, "whether the child is a daemon")
	if err := flags.Parse(args); err != nil {
		return err
	}
	mainReturns, workIsDone := process.File(0), process.File(1)
	parent, err := process.NewParent("workers", roles(), process.Inherited())
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
