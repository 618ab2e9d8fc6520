package exit

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/rawfork"
)

// copies shows that a fork copies what is in a buffer.
func copies(_ context.Context, say *narrate.Narrator, leash *process.Leash) error {
	twice := say.Ask("exit.ask.copies", "A child writes a line into a buffer, once, and then forks. Both processes write their buffer out. How often will the line arrive?", narrate.Number,
		say.Text("exit.rule.copies", "fork copies the memory, and the buffer is in it."))
	say.Step("exit.fork", "A child writes a line into a buffer, and then forks. Both processes write their buffer out.")
	pid, written, _, err := run(say, leash, "copied")
	if err != nil {
		return err
	}
	say.See("exit.copied", fmt.Sprintf("a pipe from %d", pid), "Lines that have arrived: {lines}.", "lines", strings.Count(written, "\n"))
	twice.Is(strings.Count(written, "\n"), fmt.Sprintf("a pipe from %d", pid))
	say.Say("exit.flush", "So write buffers out before a fork, or leave the child by _exit. (Into a terminal, C's stdio writes at each end of line, and the mistake shows only once the output goes into a pipe or a file.)")
	return nil
}

// word is what wait(2) fills in.
func word(status syscall.WaitStatus) uint32 { return uint32(status) }

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

// forkAndFlush forks; then parent and child both write the buffer out, as fflush(3) would, and the child exits.
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
		syscall.RawSyscall(syscall.SYS_WRITE, 1, uintptr(unsafe.Pointer(unsafe.SliceData(buffer))), uintptr(len(buffer)))
	}
	if pid == 0 && errno == 0 {
		rawfork.Exit(0)
	}
	rawfork.InParent()
	return int(pid), errno
}
