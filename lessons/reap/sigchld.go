//go:build unix

package reap

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// siblings is how many children the handler has.
const siblings = 5

// sigchld has a parent of its own, because the signal has to be held back from it: mtp stops it
// meanwhile.
func sigchld(s *stage.Stage) {
	s.Step("sigchld",
		"SIGCHLD: the kernel tells the parent. Start a parent with a handler for that signal, and {count} children.",
		"count", siblings)
	parent := s.Child("parent")
	gate, letExit := s.Pipe()
	parent.Cmd.Stdin = gate // the children have it too, and end when it does
	parent.Listen()
	parent.Start()
	children := make([]int, siblings)
	for i := range children {
		parent.Hear("child %d\n", &children[i])
		s.Tie(children[i], "sibling")
	}
	s.TreeOf("sigchld.family", "The parent and its children:", s.Descendants(parent.PID))

	signals := s.AskNumber("signals",
		"All {count} children are going to end while signals to their parent are held back. How often will its SIGCHLD handler run then?",
		"count", siblings)
	s.Step("sigchld.stop",
		"Stop the parent, so that signals to it are held back. Then let all {count} children end.",
		"count", siblings)
	s.Mustf(syscall.Kill(parent.PID, syscall.SIGSTOP), "stop the parent")
	_, err := syscall.Wait4(parent.PID, nil, syscall.WUNTRACED, nil) // returns when it has stopped
	s.Mustf(err, "wait for the parent to stop")
	letExit.Close()
	for _, child := range children {
		s.AwaitExit(child)
	}
	s.TreeOf("sigchld.tree", "The children are zombies now:", s.Descendants(parent.PID))
	seePending(s, parent.PID)

	s.Step("sigchld.cont", "Let the parent go on.")
	s.Mustf(syscall.Kill(parent.PID, syscall.SIGCONT), "continue the parent")
	var ran, reaped int
	parent.Hear("signals %d reaped %d\n", &ran, &reaped)
	_, err = syscall.Wait4(parent.PID, nil, 0, nil)
	s.Mustf(err, "wait for %d", parent.PID)
	s.See("sigchld.done", parent.Stdout(),
		"Signals that its handler got: {signals}. Children that it reaped: {reaped}.",
		"signals", ran, "reaped", reaped)
	signals.Is(ran, parent.Stdout())
	s.Say("sigchld.loop",
		"Standard signals do not queue, so a handler must loop: wait with WNOHANG until there is nobody left to reap.")
}

// parent reaps its children as a handler of SIGCHLD should.
func parent([]string) error {
	ended := make(chan os.Signal, siblings)
	signal.Notify(ended, syscall.SIGCHLD)
	for range siblings {
		child := process.Inherited().Command("reap", "sibling")
		child.Stdin = os.Stdin
		if err := process.Inherited().Start(child); err != nil {
			return err
		}
		fmt.Println("child", child.Process.Pid)
	}
	signals, reaped := 0, 0
	for reaped < siblings {
		<-ended
		signals++
		for { // one signal may stand for many ends
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if pid <= 0 || err != nil {
				break
			}
			reaped++
		}
	}
	fmt.Println("signals", signals, "reaped", reaped)
	return nil
}

// sibling ends when its input does.
func sibling([]string) error {
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}
