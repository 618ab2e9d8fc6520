//go:build unix

// Package orphan shows an orphan: a process whose parent has ended before it.
//
// The kernel finds it a new parent at that moment: the nearest living ancestor that has declared
// itself a subreaper (PR_SET_CHILD_SUBREAPER(2const)), else the init of its PID namespace, which
// calls itself PID 1 there. Only the children of the process that has ended move; theirs stay with
// them. When the orphan ends, its adopter is sent SIGCHLD. Whether it then waits is its own
// business; if it ignores SIGCHLD explicitly, the kernel reaps the orphan.
package orphan

import (
	"fmt"
	"os"
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Subreaper bool `help:"Let mtp be the adopter: it declares itself a subreaper, and reaps."`
}

// Questions are the forms of what is asked.
func (Options) Questions() []quiz.Form { return []quiz.Form{quiz.Number, quiz.YesNo} }

// Run makes an orphan, finds out who adopts it, and what the adopter does when it ends.
func (o Options) Run(s *stage.Stage) {
	s.Room(4 * stage.Threads)
	s.Title("orphan: its parent ends first")
	s.Steps(3)
	if o.Subreaper {
		s.Steps(4)
		becomeSubreaper(s)
	}

	s.Step("start", "Start a parent. It starts a child, and the child starts one of its own.")
	parent := s.Child("parent")
	childInput, letChildExit := s.Pipe()
	parent.Give(childInput) // to be handed on to the child
	parent.Listen()
	parent.Start()
	var child, grandchild int
	parent.Hear("child %d\ngrandchild %d\n", &child, &grandchild)
	s.Tie(child, "child")
	s.Tie(grandchild, "grandchild")
	s.Tree("family", "Four generations, mtp included:")
	seeParent(s, child)
	seeSubreaper(s)

	adopted := s.AskNumber("ppid",
		"{pid} is going to exit. What will the parent PID of its child {child} be then? (Above {pid} are, the nearest first: {ancestors}.)",
		"pid", parent.PID, "child", child, "ancestors", ancestorsOf(os.Getpid()))
	moves := s.AskYesNo("moves",
		"And its grandchild {grandchild}: will it get a new parent as well?",
		"grandchild", grandchild)
	s.Step("exit", "Now the parent, {pid}, exits. Its child lives on: an orphan.",
		"pid", parent.PID)
	parent.LetExit()
	var status syscall.WaitStatus
	_, err := syscall.Wait4(parent.PID, &status, 0, nil)
	s.Mustf(err, "wait for the parent")
	s.ExitStatus(parent.PID, status)
	orphan := seeParent(s, child)
	adopted.Because("went",
		"An orphan goes to the nearest living subreaper among its ancestors; if there is none, to the init of its PID namespace.")
	adopted.Is(orphan.PPID, orphan)
	seeAdopter(s, orphan.PPID)
	below := seeParent(s, grandchild)
	moves.Is(below.PPID != child, below)
	if below.PPID == child {
		s.So("stays", "The grandchild has not moved: its parent lives.")
	}
	s.TreeOf("adopted", "The family now:", kernel.Family(orphan.PPID, child, grandchild))
	s.Try("try", fmt.Sprintf("pstree -psT %d", child),
		"Look for yourself, in another terminal (with --step there is time for it):")

	s.Step("end", "Now the orphan ends. Will its adopter wait for it?")
	living(s, child)
	letChildExit.Close()
	s.AwaitExit(child)
	if orphan.PPID == os.Getpid() {
		reapOrphan(s, child)
	} else {
		seeWhatBecameOf(s, child, orphan.PPID)
	}
	s.Lanes()
}

// parent starts the child, and ends before it.
func parent([]string) error {
	child := process.Inherited().Command("orphan", "child")
	child.Stdin, child.Stdout = os.Stdin, os.Stdout
	if input := process.File(0); input != nil { // there is none if a student plays the lesson
		child.Stdin = input
	}
	if err := process.Inherited().Start(child); err != nil {
		return err
	}
	os.Stdout.Close() // now only the child has the pipe to mtp, which notices if the child fails
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

// grandchild just lives.
func grandchild([]string) error {
	process.AwaitLine()
	return nil
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{"parent": parent, "child": child, "grandchild": grandchild}
}
