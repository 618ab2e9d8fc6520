//go:build unix

// Package orphan shows an orphan: a process whose parent has ended before it.
//
// Every process has a parent, so the kernel finds it a new one at that moment: the nearest living ancestor that has
// declared itself a subreaper (PR_SET_CHILD_SUBREAPER(2const)), else the init of its PID namespace, which calls itself PID 1
// there. Only the children of the process that ended move; theirs stay with them. The adopter gets SIGCHLD when the orphan
// ends, and whether it then waits for it is the adopter's business.
package orphan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Subreaper bool `help:"Let mtp be the adopter: it declares itself a subreaper, and reaps."`
}

// Run makes an orphan, finds out who adopts it, and what the adopter does when it ends.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if err := say.Room(4 * narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	self := os.Getpid()

	say.Title("orphan.title", "orphan: its parent ends first")

	if o.Subreaper {
		say.Step("orphan.subreaper", "mtp declares itself a subreaper: the kernel will give it the orphans among its descendants.")
		if err := setSubreaper(true); err != nil {
			return err
		}
		defer func() { _ = setSubreaper(false) }()
		say.See("orphan.subreaper.set", fmt.Sprintf("prctl(PR_SET_CHILD_SUBREAPER) in %d", self), "The kernel agreed.")
	}

	defer leash.Cut() // before it is an ordinary process again: what comes to it now, it can reap

	say.Step("orphan.start", "Start a parent. It starts a child, and the child starts one of its own.")
	parent := leash.Command("orphan", "parent")
	letParentExit, err := parent.StdinPipe()
	if err != nil {
		return err
	}
	childInput, letChildExit, err := os.Pipe()
	if err != nil {
		return err
	}
	defer letChildExit.Close()
	parent.ExtraFiles = append(parent.ExtraFiles, childInput) // handed on to the child
	reports, err := parent.StdoutPipe()
	if err != nil {
		return err
	}
	if err := leash.Start(parent); err != nil {
		return say.StartError(err, 0)
	}
	childInput.Close()
	var child, grandchild int
	if _, err := fmt.Fscanf(reports, "child %d\ngrandchild %d\n", &child, &grandchild); err != nil {
		return leash.Explain(fmt.Errorf("learn the PIDs of the child and its child: %w", err))
	}
	leash.Tie(child, "child")
	leash.Tie(grandchild, "grandchild")
	all, err := kernel.Descendants(self)
	if err != nil {
		return err
	}
	say.Tree("orphan.family", "Four generations, mtp included:", all)
	if _, err := seeParent(say, child); err != nil {
		return err
	}

	adopted := say.Ask("orphan.ask.ppid", "{pid} is going to exit. What will the parent PID of its child {child} be then? (Its ancestors, the nearest first: {ancestors}.)", narrate.Number,
		say.Text("orphan.rule.ppid", "An orphan goes to the nearest living ancestor that is a subreaper, else to the init of its PID namespace, which calls itself PID 1 there."),
		"pid", parent.Process.Pid, "child", child, "ancestors", ancestorsOf(self))
	moves := say.Ask("orphan.ask.moves", "And its grandchild {grandchild}: will it get a new parent as well?", narrate.YesNo,
		say.Text("orphan.rule.moves", "Only the children of the process that has ended move."), "grandchild", grandchild)
	say.Step("orphan.exit", "Now the parent, {pid}, exits. Its child lives on: an orphan.", "pid", parent.Process.Pid)
	letParentExit.Close()
	if _, err := syscall.Wait4(parent.Process.Pid, nil, 0, nil); err != nil {
		return fmt.Errorf("wait for the parent: %w", err)
	}
	adopter, err := seeParent(say, child)
	if err != nil {
		return err
	}
	adopted.Is(adopter, kernel.StatSource(child))
	explain(say, adopter)
	stays, err := seeParent(say, grandchild)
	if err != nil {
		return err
	}
	moves.Is(stays != child, kernel.StatSource(grandchild))
	if stays == child {
		say.Say("orphan.stays", "The grandchild has not moved: its parent lives.")
	}
	say.Tree("orphan.adopted", "The adopter and its new family:", kernel.Family(adopter, child, grandchild))

	say.Step("orphan.end", "Now the orphan ends. Does its adopter wait for it, or leave a zombie?")
	letChildExit.Close()
	if err := kernel.AwaitExit(ctx, child); err != nil {
		return err
	}
	if adopter == self {
		err = reapOrphan(say, child)
	} else {
		err = seeWhatBecameOf(ctx, say, child, adopter)
	}
	if err != nil {
		return err
	}
	say.Lanes()
	return nil
}

// ancestorsOf names a process and its ancestors, the nearest first, as far as /proc shows them.
func ancestorsOf(pid int) string {
	var list []string
	for {
		st, err := kernel.ReadStat(pid)
		if err != nil { // hidden, or it has just ended
			break
		}
		list = append(list, fmt.Sprintf("%s(%d)", st.Comm, st.PID))
		pid = st.PPID
	}
	return strings.Join(list, ", ")
}

// seeParent says who a process's parent is, and returns its PID.
func seeParent(say *narrate.Narrator, pid int) (int, error) {
	st, err := kernel.ReadStat(pid)
	if err != nil {
		return 0, err
	}
	say.See("orphan.ppid", st.Source, "The parent of {pid} is {ppid}.", "pid", pid, "ppid", st.PPID)
	return st.PPID, nil
}

// explain says who the adopter is, and why it is the one.
func explain(say *narrate.Narrator, adopter int) {
	if st, err := kernel.ReadStat(adopter); err == nil {
		say.See("orphan.adopter", st.Source, "The name of {pid} is {name}.", "pid", adopter, "name", st.Comm)
	} else {
		say.Warn("orphan.hidden", "/proc hides {pid} from us (it is mounted with hidepid).", "pid", adopter)
	}
	switch {
	case adopter == os.Getpid() && adopter != 1:
		say.Say("orphan.by.mtp", "That is mtp itself: the nearest living subreaper among the orphan's ancestors.")
	case adopter == os.Getpid():
		say.Say("orphan.by.first", "That is mtp itself: here it is PID 1, the first process of its PID namespace, as in a container.")
	case adopter == 1:
		say.Say("orphan.by.init", "PID 1 is init, the first process. It gets the orphans that no nearer ancestor has asked for. (One that has is called a subreaper.)")
	default:
		say.Say("orphan.by.subreaper", "It is not PID 1, but a nearer ancestor that has asked the kernel for the orphans among its descendants: a subreaper.")
	}
}

// reapOrphan is the adopter's duty.
func reapOrphan(say *narrate.Narrator, pid int) error {
	st, err := kernel.ReadStat(pid)
	if err != nil {
		return err
	}
	say.See("orphan.zombie", st.Source, "{pid} is in state {state}: a zombie, until its adopter, mtp, waits for it.", "pid", pid, "state", st.State)
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return fmt.Errorf("wait for the orphan: %w", err)
	}
	say.See("orphan.reaped", fmt.Sprintf("wait4(%d)", pid), "mtp has reaped it; its exit status was {status}.", "status", status.ExitStatus())
	return nil
}

// patience is how long the adopter gets to wait for the orphan: most do so at once.
const patience = time.Second

// seeWhatBecameOf says whether a foreign adopter has reaped the orphan.
func seeWhatBecameOf(ctx context.Context, say *narrate.Narrator, pid, adopter int) error {
	for begun := time.Now(); ctx.Err() == nil; time.Sleep(5 * time.Millisecond) { // its wait is not ours to observe
		st, err := kernel.ReadStat(pid)
		switch {
		case errors.Is(err, kernel.ErrGone):
			say.See("orphan.gone", kernel.StatSource(pid), "{pid} is no longer listed: {adopter} has reaped it.", "pid", pid, "adopter", adopter)
			return nil
		case err != nil:
			return err
		case time.Since(begun) > patience:
			say.See("orphan.left", st.Source, "{pid} is in state {state}, {patience} later: {adopter} has not waited for it yet.",
				"pid", pid, "state", st.State, "adopter", adopter, "patience", patience)
			say.Say("orphan.left.why", "A good init waits for every orphan. This one is slow, or never does; until then the zombie stays.")
			return nil
		}
	}
	return context.Cause(ctx)
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"parent": parent, "child": child, "grandchild": grandchild}
}

// parent starts the child, and ends before it.
func parent([]string) error {
	child := process.Inherited().Command("orphan", "child")
	child.Stdin, child.Stdout = os.Stdin, os.Stdout
	if process.Inherited() != nil {
		child.Stdin = os.NewFile(5, "the child's input") // behind the two ends of the leash
	}
	if err := process.Inherited().Start(child); err != nil {
		return err
	}
	process.AwaitLine()
	return nil // without a Wait: the child is on its own
}

// child has a child itself, and reaps it.
func child([]string) error {
	fmt.Println("child", os.Getpid())
	grandchild := process.Inherited().Command("orphan", "grandchild")
	letExit, err := grandchild.StdinPipe()
	if err != nil {
		return err
	}
	if err := process.Inherited().Start(grandchild); err != nil {
		return err
	}
	fmt.Println("grandchild", grandchild.Process.Pid)
	process.AwaitLine()
	letExit.Close()
	return grandchild.Wait()
}

// grandchild only lives.
func grandchild([]string) error {
	process.AwaitLine()
	return nil
}
