package states

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// worker computes until there is a byte to read, waits for another, computes again, and so on until
// its input ends. Its argument, if it has one, is the processor on which it may run.
func worker(args []string) error {
	if len(args) > 0 {
		processor, err := strconv.Atoi(args[0])
		if err != nil {
			return errors.New("want a processor's number as the only argument")
		}
		var one unix.CPUSet
		one.Set(processor)
		if err := unix.SchedSetaffinity(0, &one); err != nil {
			return fmt.Errorf("stay on processor %d: %w", processor, err)
		}
	}
	if err := beSteady(); err != nil {
		return err
	}
	toil()
	return nil
}

// sleeper waits for a line.
func sleeper([]string) error {
	if err := beSteady(); err != nil {
		return err
	}
	readByte()
	return nil
}

// beSteady sees to it that this thread sleeps only where it waits: Go's scheduler would interrupt
// it now and then, by SIGURG, and let it sleep for an instant. Then it says so, by an empty line.
func beSteady() error {
	urgent := unix.Sigset_t{Val: [16]uint64{1 << (unix.SIGURG - 1)}}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, nil); err != nil {
		return err
	}
	line := []byte("\n")
	syscall.RawSyscall(syscall.SYS_WRITE, 1, uintptr(unsafe.Pointer(&line[0])), 1)
	return nil
}

// toil is the worker's life, in raw system calls, of which Go's scheduler does not know.
//
//go:norace
//go:nosplit
//go:nocheckptr
func toil() {
	for {
		for !hasInput() {
			for range 50_000 { // that is its work: Go's compiler keeps an empty loop
			}
		}
		for range 2 { // the byte that is there, and one that is not there yet
			if !readByte() {
				return
			}
		}
	}
}

// hasInput reports whether a read would return at once.
//
//go:norace
//go:nosplit
//go:nocheckptr
func hasInput() bool {
	input, now := unix.PollFd{Fd: 0, Events: unix.POLLIN}, unix.Timespec{}
	n, _, _ := syscall.RawSyscall6(syscall.SYS_PPOLL,
		uintptr(unsafe.Pointer(&input)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	return n != 0
}

// readByte waits for a byte; false if there is none to come.
//
//go:norace
//go:nosplit
//go:nocheckptr
func readByte() bool {
	var one byte
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&one)), 1)
	return n != 0 && errno == 0
}
