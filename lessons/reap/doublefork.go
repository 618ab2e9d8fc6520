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
func doubleFork(s *stage.Stage) {
	s.Step("double",
		"Double fork: the child starts a grandchild and exits at once. The parent waits for the child only.")
	middle := s.Child("middle", s.Scaled(workTime))
	middle.Listen()
	middle.Start()
	var grandchild int
	middle.Hear("grandchild %d\n", &grandchild)
	s.Tie(grandchild, "grandchild")
	begun := time.Now()
	_, err := syscall.Wait4(middle.PID, nil, 0, nil)
	blocked := time.Since(begun)
	s.Mustf(err, "wait for the child")
	s.See("double.first", kernel.Call("wait4", middle.PID),
		"The wait for the child blocked for {blocked} only.", "blocked", blocked)
	orphan := s.Stat(grandchild)
	s.See("double.adopter", orphan,
		"The grandchild {pid} has been adopted: its parent is {ppid}.")

	s.Step("double.work", "Both work side by side: mtp writes code, the grandchild tests it.")
	for part := 1; part <= 2; part++ {
		s.Say("double.write", "{pid} writes code, part {part}.", "pid", os.Getpid(), "part", part)
		work(s, workTime/2)
	}
	var tested int
	middle.Hear("tested %d\n", &tested) // the grandchild prints to the same pipe
	s.Say("double.test", "{pid} has tested {parts} parts.", "pid", grandchild, "parts", tested)
	middle.LetExit() // the grandchild has its input as well
	s.AwaitExit(grandchild)
	call := kernel.Call("wait4", grandchild)
	switch _, err := syscall.Wait4(grandchild, nil, 0, nil); {
	case errors.Is(err, syscall.ECHILD):
		s.See("double.notmine", call,
			"ECHILD, \"no child processes\": the grandchild has ended, but it is not mtp's child. Its status is for {ppid} to collect.",
			"ppid", orphan.PPID)
	default:
		s.Mustf(err, "wait for the grandchild")
		s.See("double.mine", call,
			"Here mtp is the adopter itself (PID 1, or a subreaper), so that it had to reap.")
	}
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
