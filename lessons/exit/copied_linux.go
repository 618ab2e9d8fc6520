package exit

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"mtp/lessons/kit/rawfork"
	"mtp/lessons/kit/stage"
)

// canFork is whether copies can show anything here.
const canFork = true

// copies shows that a fork copies what is in a buffer.
func copies(s *stage.Stage) {
	twice := s.AskNumber("copies",
		"A child writes a line into a buffer, once, and then forks. Parent and child both flush their buffer. How many times will the line arrive?")
	s.Step("fork",
		"A child writes a line into a buffer, once, and then forks. Parent and child both flush their buffer.")
	child, written := hear(s, "copied")
	twice.Is(seeArrived(s, child, written), pipeFrom(child))
	s.Say("flush",
		"So flush buffers before a fork, or end the child with _exit. (On a terminal, C's stdio writes at the end of each line, so the mistake shows only once the output goes to a pipe or a file.)")
}

// copied forks with a line in a buffer.
func copied([]string) error {
	pid, errno := forkAndFlush([]byte("a line that was written once\n"))
	if errno != 0 {
		return errno
	}
	if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", pid, err)
	}
	return nil
}

// forkAndFlush forks; then parent and child both flush the buffer, as fflush(3) would, and the
// child exits.
//
//go:norace
//go:nocheckptr
func forkAndFlush(buffer []byte) (int, syscall.Errno) {
	parent := uintptr(os.Getpid())
	rawfork.Before()
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		rawfork.DieWith(parent)
	}
	if errno == 0 {
		syscall.RawSyscall(syscall.SYS_WRITE, 1,
			uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)))
	}
	if pid == 0 && errno == 0 {
		rawfork.Exit(0)
	}
	rawfork.InParent()
	return int(pid), errno
}
