package tracer

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ptrace is ptrace(2).
func ptrace(request, tid int, addr, data uintptr) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE,
		uintptr(request), uintptr(tid), addr, data, 0, 0)
	if errno != 0 {
		return fmt.Errorf("ptrace of %d: %w", tid, errno)
	}
	return nil
}

func seize(tid int, options uintptr) error { return ptrace(unix.PTRACE_SEIZE, tid, 0, options) }

// eventMessage is what belongs to an event: the PID of a child, for one.
func eventMessage(tid int) (int, error) {
	var message uint64
	err := ptrace(unix.PTRACE_GETEVENTMSG, tid, 0, uintptr(unsafe.Pointer(&message)))
	return int(message), err
}

// siginfo is how siginfo_t begins on 64-bit systems; see sigaction(2).
type siginfo struct {
	signo, errno, code int32
	_                  int32
	pid                int32
	uid                uint32
	_                  [128 - 24]byte
}

// sender is the process that has sent a signal: for SIGCHLD, the child. 0: the kernel.
func (i siginfo) sender() int {
	const user, queue, tkill = 0, -1, -6
	switch {
	case i.code == user, i.code == queue, i.code == tkill, syscall.Signal(i.signo) == unix.SIGCHLD:
		return int(i.pid)
	}
	return 0
}

func signalInfo(tid int) (info siginfo, err error) {
	err = ptrace(unix.PTRACE_GETSIGINFO, tid, 0, uintptr(unsafe.Pointer(&info)))
	return info, err
}

// syscallInfo is struct ptrace_syscall_info; see PTRACE_GET_SYSCALL_INFO in ptrace(2).
type syscallInfo struct {
	op   uint8
	_    [3]byte
	arch uint32
	_, _ uint64 // instruction and stack pointer
	// The number, six arguments, and the filter's data; at the exit the result, and whether it is
	// an error.
	entered [8]uint64
}

// The ops of syscallInfo.
const (
	opEntry = 1
	opExit  = 2
)

func callInfo(tid int) (info syscallInfo, err error) {
	err = ptrace(unix.PTRACE_GET_SYSCALL_INFO, tid, unsafe.Sizeof(info),
		uintptr(unsafe.Pointer(&info)))
	return info, err
}

// result is what a call has returned, at its exit.
func (i syscallInfo) result() (value int64, errno syscall.Errno) {
	value = int64(i.entered[0])
	if uint8(i.entered[1]) != 0 {
		return 0, syscall.Errno(-value)
	}
	return value, 0
}

// read reads a process's memory; false if that is not there.
func read(pid int, addr uint64, into []byte) bool {
	if len(into) == 0 {
		return true
	}
	local := []unix.Iovec{{Base: &into[0]}}
	local[0].SetLen(len(into))
	remote := []unix.RemoteIovec{{Base: uintptr(addr), Len: len(into)}}
	n, err := unix.ProcessVMReadv(pid, local, remote, 0)
	return err == nil && n == len(into)
}
