package states

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/rawfork"
)

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"worker": worker, "sleeper": sleeper, "vforker": vforker, "holder": holder}
}

// pointer is an address as a pointer, for the kernel only.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// worker computes until there is a byte to read, waits for another, computes again, and so on until its input ends. Its argument, if it
// has one, is the processor on which it may run.
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

// beSteady sees to it that this thread sleeps only where it waits: Go's scheduler would interrupt it now and then, by SIGURG, and let it sleep
// for an instant.
func beSteady() error {
	urgent := unix.Sigset_t{Val: [16]uint64{1 << (unix.SIGURG - 1)}}
	return unix.PthreadSigmask(unix.SIG_BLOCK, &urgent, nil)
}

// toil is the worker's life, in raw system calls, of which Go's scheduler does not know.
//
//go:norace
//go:nosplit
//go:nocheckptr
func toil() {
	var one byte
	input, now := unix.PollFd{Fd: 0, Events: unix.POLLIN}, unix.Timespec{}
	for {
		for {
			for range 50_000 { // that is its work: Go's compiler keeps an empty loop
			}
			if n, _, _ := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&input)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0); n != 0 {
				break
			}
		}
		for range 2 { // the byte that is there, and one that is not there yet
			if n, _, errno := syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&one)), 1); n == 0 || errno != 0 {
				return
			}
		}
	}
}

// sleeper waits for a line.
func sleeper([]string) error {
	if err := beSteady(); err != nil {
		return err
	}
	var one byte
	syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&one)), 1)
	return nil
}

// vforker calls vfork, and goes on when its child has ended; then it waits for its input to end.
func vforker([]string) error {
	pid, errno := vfork()
	if errno != 0 {
		return fmt.Errorf("vfork: %w", errno)
	}
	if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", pid, err)
	}
	process.AwaitLine()
	return nil
}

// vfork is vfork(2), but for the memory, which the child does not borrow. It returns when the child has ended.
//
//go:norace
//go:nocheckptr
func vfork() (int, syscall.Errno) {
	parent := uintptr(os.Getpid())
	rawfork.Before()
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, unix.CLONE_VFORK|uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		rawfork.DieWith(parent)
		rawfork.InChild()
		linger()
	}
	rawfork.InParent()
	return int(pid), errno
}

// linger is the life of the child: it neither calls exec nor ends, until there is a byte to read.
//
//go:norace
//go:nosplit
//go:nocheckptr
func linger() {
	var one byte
	syscall.RawSyscall(syscall.SYS_READ, 0, uintptr(unsafe.Pointer(&one)), 1)
	rawfork.Exit(0)
}
