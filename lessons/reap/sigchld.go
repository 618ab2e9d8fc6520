//go:build unix

package reap

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// siblings is how many children the handler has.
const siblings = 5

// sigchld has a parent of its own, because signals to it have to stay pending: mtp stops it
// meanwhile.
func sigchld(s *stage.Stage) account {
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
		"All {count} children are going to end while their parent is stopped. Signals to it stay pending, until it goes on. How many times will its SIGCHLD handler run then?",
		"count", siblings)
	s.Step("sigchld.stop",
		"Stop the parent: signals to it stay pending. Then let all {count} children end.",
		"count", siblings)
	s.Mustf(syscall.Kill(parent.PID, syscall.SIGSTOP), "stop the parent")
	_, err := syscall.Wait4(parent.PID, nil, syscall.WUNTRACED, nil) // returns when it has stopped
	s.Mustf(err, "wait for the parent to stop")
	for _, child := range children {
		s.Stat(child) // it is there: no SIGCHLD has come yet
	}
	letExit.Close()
	for _, child := range children {
		s.AwaitExit(child)
	}
	s.Sampler().Look() // it wants to find a zombie twice: here, and for the tree
	s.Pass(2 * instant)
	s.TreeOf("sigchld.tree", "They have ended, and their parent can't wait: zombies.",
		s.Descendants(parent.PID))
	seePending(s, parent.PID)

	s.Step("sigchld.cont", "Let the parent go on.")
	s.Mustf(syscall.Kill(parent.PID, syscall.SIGCONT), "continue the parent")
	var ran, reaped, calls, longest int
	parent.Hear("signals %d reaped %d calls %d longest %d\n", &ran, &reaped, &calls, &longest)
	var status syscall.WaitStatus
	_, err = syscall.Wait4(parent.PID, &status, 0, nil)
	s.Mustf(err, "wait for %d", parent.PID)
	s.ExitStatus(parent.PID, status)
	s.See("sigchld.done", parent.Stdout(),
		"Signals that its handler got: {signals}. Children that it reaped: {reaped}.",
		"signals", ran, "reaped", reaped)
	signals.Is(ran, parent.Stdout())
	s.Say("sigchld.loop",
		"One signal may stand for several children, so a handler must loop: it calls wait with WNOHANG until no child is left to reap.")
	return account{children, calls, time.Duration(longest), reaped, parent.Stdout()}
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
	signals, reaped, calls := 0, 0, 0
	var longest time.Duration
	for reaped < siblings {
		<-ended
		signals++
		for { // one signal may stand for many ends
			begun := time.Now()
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			calls, longest = calls+1, max(longest, time.Since(begun))
			if pid <= 0 || err != nil {
				break
			}
			reaped++
		}
	}
	fmt.Println("signals", signals, "reaped", reaped, "calls", calls,
		"longest", longest.Nanoseconds())
	return nil
}

// sibling ends when its input does.
func sibling([]string) error {
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}
