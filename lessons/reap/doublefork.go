//go:build unix

package reap

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// doubleFork is the course's: the child of a child is nobody's duty here.
func doubleFork(s *stage.Stage) account {
	s.Step("double",
		"Double fork: the child starts a grandchild and exits at once. The parent waits for the child only.")
	middle := s.Child("middle", workTime)
	middle.Listen()
	middle.Start()
	begun := time.Now()
	var status syscall.WaitStatus
	_, err := syscall.Wait4(middle.PID, &status, 0, nil)
	first := time.Since(begun)
	s.Mustf(err, "wait for the child")
	code := s.ExitStatus(middle.PID, status)
	var grandchild int
	middle.Hear("grandchild %d\n", &grandchild)
	s.Tie(grandchild, "grandchild")
	s.See("double.first", kernel.Call("wait4", middle.PID),
		"The wait for the child blocked for {blocked}: until the child had started the grandchild, and exited with status {status}.",
		"blocked", first, "status", code)
	orphan := s.Stat(grandchild)
	s.See("double.adopter", orphan,
		"The grandchild {pid} has been adopted: its parent is {ppid}.")

	s.Step("double.work", "Both work side by side: mtp writes code, the grandchild tests it.")
	for part := 1; part <= 2; part++ {
		s.Say("double.write", "{pid} writes code, part {part}.", "pid", os.Getpid(), "part", part)
		s.Pass(workTime / 2)
	}
	var tested int
	middle.Hear("tested %d\n", &tested) // the grandchild prints to the same pipe
	s.See("double.test", kernel.Stdout(grandchild),
		"{pid} says that it has tested {parts} parts.", "pid", grandchild, "parts", tested)
	middle.LetExit() // the grandchild has its input as well
	s.AwaitExit(grandchild)
	begun = time.Now()
	_, err = syscall.Wait4(grandchild, &status, 0, nil)
	second := time.Since(begun)
	a := account{
		[]int{middle.PID, grandchild}, 2, max(first, second), 1, kernel.Call("wait4", grandchild),
	}
	switch {
	case errors.Is(err, syscall.ECHILD):
		s.See("double.notmine", a.source,
			"wait fails with ECHILD, \"no child processes\": the grandchild is not mtp's child.")
		s.So("double.whose",
			"mtp never learns its status. Its adopter, {ppid}, has to wait for it; if that ignores SIGCHLD explicitly, the kernel reaps it.",
			"ppid", orphan.PPID)
	default:
		s.Mustf(err, "wait for the grandchild")
		a.statuses++
		s.See("double.mine", a.source, "wait returned the grandchild's status: {status}.",
			"status", s.ExitStatus(grandchild, status))
		s.So("double.here",
			"So mtp itself has adopted it: here it is PID 1, or a subreaper, and had to reap.")
	}
	return a
}

// middle starts the grandchild, and exits at once.
func middle(args []string) error {
	grandchild := process.Inherited().Command("reap", "grandchild", args...)
	grandchild.Stdin, grandchild.Stdout = os.Stdin, os.Stdout
	return process.Inherited().Start(grandchild)
}

// grandchild tests the code.
func grandchild(args []string) error {
	fmt.Println("grandchild", os.Getpid())
	if err := process.Work(args); err != nil {
		return err
	}
	fmt.Println("tested", 2)
	process.AwaitLine()
	return nil
}
