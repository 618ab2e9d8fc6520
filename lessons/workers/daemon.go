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

// childLasts is how long a child works on after the main function has returned.
const childLasts = 500 * time.Millisecond

// household is a main process with a child.
type household struct {
	*worker
	child int
	asked int // the signal that the kernel shall send the child when its parent ends; 0: none
}

// endParents shows how the same child fares when its parent ends: as a daemon, and not.
func endParents(s *stage.Stage, parent *process.Parent) {
	s.Step("daemon",
		"What becomes of a child when its parent ends? Start three parents, each with a child that has work to do. In the second and the third, the child is a daemon.")
	adoptOrphans(s)
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
		home.hear(s, "child %d %d\n", &home.child, &home.asked)
		s.Tie(home.child, "child")
	}
	s.Tree("homes", "Three parents with a child each:")
	if orphaned.asked != 0 {
		s.See("asked", kernel.In("prctl(PR_GET_PDEATHSIG)", orphaned.child),
			"{child}, the third child, has asked the kernel to send it signal {signal} when its parent ends.",
			"child", orphaned.child, "signal", orphaned.asked)
	}
	err := plain.SetDaemon(true)
	s.See("toolate", kernel.In("err", os.Getpid()),
		"Make the first parent a daemon now that it runs? SetDaemon returns an error: {error}.",
		"error", fmt.Sprint(err))
	s.Say("assertion",
		"Python, too, wants to know before start: p.daemon = True afterwards raises AssertionError, \"process has already started\".")

	s.Step("ends",
		"Now kill the third parent, {pid}, and let the main functions of the others return.",
		"pid", orphaned.PID())
	s.Must(orphaned.Kill())
	letMainReturn.Close()

	var code int
	for _, home := range []*household{plain, daemon} {
		home.hear(s, "main returned %d\n", &code)
	}
	daemon.hear(s, "exit code %d\n", &code)
	s.See("terminated", daemon.childStatus(),
		"The daemon {child}: its parent, about to end, terminated it (by SIGTERM; on Windows by TerminateProcess). Exit code {code}.",
		"child", daemon.child, "code", code)

	_ = orphaned.Join(s.Context()) // killed, as it should be
	code, _ = orphaned.ExitCode()
	s.See("killedparent", process.StatusSource(orphaned.PID()),
		"The parent that was killed, {pid}: exit code {code}.", "pid", orphaned.PID(), "code", code)
	orphaned.tellOrphan(s)

	s.See("waits", s.Stat(plain.child),
		"Not a daemon, {child}: it still works, in state {state}. Its parent is still {ppid}: the main function has returned, but the process waits for its child.",
		"child", plain.child)
	s.Pass(childLasts)
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
	says, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	defer says.Close()
	if err := child.Start(); err != nil {
		return err
	}
	var asked int
	if _, err := fmt.Fscanln(says, &asked); err != nil {
		return errors.Join(err, child.Join(context.Background()))
	}
	fmt.Println("child", child.PID(), asked)
	await(mainReturns)
	fmt.Println("main returned", 0)
	err = parent.End(context.Background())
	code, _ := child.ExitCode()
	fmt.Println("exit code", code)
	return err
}

// child says which signal it gets when its parent ends, and works until it is told that it has
// finished.
func child([]string) error {
	fmt.Println(signalOfParentsEnd())
	await(process.File(0))
	return nil
}

// await returns when the other end of the pipe is closed everywhere.
func await(pipe *os.File) {
	if pipe != nil {
		_, _ = io.Copy(io.Discard, pipe)
	}
}
