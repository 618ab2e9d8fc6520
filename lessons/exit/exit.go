// Package exit shows how a process ends, and what its parent learns of it.
//
// A process ends by _exit(2), or by a signal. Its parent gets a status word from wait(2): which of
// the two it was, and eight bits of the number that _exit was given, or the signal. (Windows keeps
// 32 bits.) Before exit(3) calls _exit, it runs the exit handlers and then flushes stdio's buffers.
// Go's os.Exit and Python's os._exit are _exit: what is in a buffer then is lost. And a fork copies
// the buffers with all the rest, so what was not flushed before is written twice.
package exit

import (
	"fmt"
	"os"
	"strings"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Status int `help:"What one of the children exits with." default:"300" placeholder:"N"`
}

// Run lets children end in every way, and reads what is left of them.
func (o Options) Run(s *stage.Stage) {
	s.Room(3 * stage.Threads)
	s.Title("exit: how a process ends, and what its parent learns of it")
	steps := 4
	for _, more := range []bool{hasPython(), canFork} {
		if more {
			steps++
		}
	}
	s.Steps(steps)
	numbers(s)
	o.statuses(s)
	python(s)
	buffers(s)
	copies(s)
	s.Say("summary",
		"A parent learns how its child ended, and a small number. Whatever else a child has to say, it must write out before _exit, and before a fork.")
}

// Questions are the forms of what is asked.
func (Options) Questions() []quiz.Form {
	forms := []quiz.Form{quiz.Number, quiz.Number}
	if canFork {
		forms = append(forms, quiz.Number)
	}
	return forms
}

// numbers shows which process has which PID.
func numbers(s *stage.Stage) {
	s.Step("who",
		"Start a child that asks for its own PID and for its parent's: getpid and getppid.")
	child, written := hear(s, "who")
	var own, parent int
	_, err := fmt.Sscan(written, &own, &parent)
	s.Mustf(err, "hear from the child")
	s.See("child", child.Stdout(), "The child: getpid says {pid}, getppid says {ppid}.",
		"pid", own, "ppid", parent)
	s.See("parent", kernel.In("getpid", os.Getpid()),
		"I am its parent: here getpid says {pid}, and starting the child gave me {child}.",
		"pid", os.Getpid(), "child", child.PID)
}

// who prints its own PID and its parent's.
func who([]string) error {
	fmt.Println(os.Getpid(), os.Getppid())
	return nil
}

// hear lets a child play a role to its end, and returns what it has written.
func hear(s *stage.Stage, role string, args ...any) (child *stage.Child, written string) {
	child = s.Child(role, args...)
	child.Listen()
	child.Start()
	written = child.HearAll()
	if status, _ := wait(s, child); word(status) != 0 {
		s.Must(fmt.Errorf("the child that plays %s ended with status %#x", role, word(status)))
	}
	return child, written
}

// seeArrived shows how many lines a child has written.
func seeArrived(s *stage.Stage, from *stage.Child, written string) (lines int) {
	lines = strings.Count(written, "\n")
	s.See("arrived", pipeFrom(from), "Lines that have arrived: {lines}.", "lines", lines)
	return lines
}

// pipeFrom names the pipe that a child has written into.
func pipeFrom(child *stage.Child) kernel.Source {
	return kernel.Source(fmt.Sprintf("a pipe from %d", child.PID))
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{"who": who, "end": end, "buffered": buffered, "copied": copied}
}
