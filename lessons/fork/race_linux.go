package fork

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/rawfork"
	"mtp/lessons/kit/stage"
)

// The letters of the race.
const (
	parentLetter = 'p'
	childLetter  = 'c'
)

// race forks many times, and tells only who was first.
func race(s *stage.Stage, rounds int) {
	s.Step("race",
		"Fork {rounds} times. After each fork, parent and child write a letter to the same pipe. Who writes first?",
		"rounds", rounds)
	s.Meanwhile("racing", "Each child exits at once.")
	parent, child := raced(s, rounds)
	seeFirst(s, parent, child)
	s.Bars("first", picture.Bars{
		{Key: "parent", Label: s.Text("first.parent", "parent first"), Value: float64(parent)},
		{Key: "child", Label: s.Text("first.child", "child first"), Value: float64(child)},
	})
	sayUnspecified(s)
}

// raced forks so many times. The first letter in the pipe tells who wrote first.
func raced(s *stage.Stage, rounds int) (parent, child int) {
	letters, pen := s.Pipe()
	from, to := int(letters.Fd()), int(pen.Fd())
	first := map[byte]int{}
	for round := range rounds {
		s.Check()
		pid, errno := forkAndWrite(to)
		if errno != 0 {
			s.MustStart(errno, round)
		}
		_, err := unix.Wait4(pid, nil, 0, nil)
		s.Mustf(err, "wait for %d", pid)
		both := make([]byte, 2) // they are there: the child has ended, and we went on
		if n, err := unix.Read(from, both); err != nil || n != 2 {
			err = errors.Join(err, io.ErrUnexpectedEOF)
			s.Must(fmt.Errorf("read who was first: %d letters: %w", n, err))
		}
		first[both[0]]++
	}
	return first[parentLetter], first[childLetter]
}

// seeFirst shows who was first how often.
func seeFirst(s *stage.Stage, parent, child int) {
	s.See("firsts", kernel.Source(fmt.Sprintf("a pipe from %d …", os.Getpid())),
		"First to write: the parent {parent}, the child {child}.", "parent", parent, "child", child)
}

func sayUnspecified(s *stage.Stage) {
	s.Say("unspecified",
		"Which of the two goes on first is not specified. A program that relies on an order here is wrong, even if it works today.")
}

// forkAndWrite forks a child; both write their letter to the pipe, and the child exits.
//
//go:norace
//go:nocheckptr
func forkAndWrite(pipe int) (int, syscall.Errno) {
	rawfork.Before()
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	letter := byte(parentLetter)
	if pid == 0 {
		letter = childLetter
	}
	if errno == 0 {
		syscall.RawSyscall(syscall.SYS_WRITE, uintptr(pipe), uintptr(unsafe.Pointer(&letter)), 1)
	}
	if pid == 0 {
		rawfork.Exit(0)
	}
	rawfork.InParent()
	return int(pid), errno
}
