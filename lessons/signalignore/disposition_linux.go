package signalignore

import (
	"fmt"
	"syscall"
	"unsafe"

	"mtp/lessons/kit/stage"

	"golang.org/x/sys/unix"
)

// setDefault sets SIGCHLD to SIG_DFL. os/signal can't: it gives the signal back to Go's runtime,
// which has a handler. restore brings back what was there.
func setDefault() (restore func(), err error) {
	var before sigaction
	if err := rtSigaction(&sigaction{}, &before); err != nil {
		return nil, err
	}
	return func() { _ = rtSigaction(&before, nil) }, nil
}

// sigaction is the kernel's struct sigaction, zero for SIG_DFL; see rt_sigaction(2). Its parts are
// only kept.
type sigaction [4]uint64

func rtSigaction(set, before *sigaction) error {
	const maskBytes = 8
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(syscall.SIGCHLD),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(before)), maskBytes, 0, 0)
	if errno != 0 {
		return fmt.Errorf("set what SIGCHLD does: %w", errno)
	}
	return nil
}

// seeDisposition shows whether a process ignores SIGCHLD.
func seeDisposition(s *stage.Stage, pid int) {
	status := s.Status(pid)
	ignored, err := status.Mask("SigIgn")
	s.Must(err)
	const bit = 1 << (syscall.SIGCHLD - 1)
	fields := []any{
		"pid", pid, "comm", status.Get("Name"), "mask", fmt.Sprintf("%#x", ignored),
		"number", int(syscall.SIGCHLD), "bit", fmt.Sprintf("%#x", bit),
	}
	if ignored&bit == 0 {
		s.See("off", status,
			"In {pid} ({comm}) SIGCHLD, signal {number}, is not ignored: SigIgn is {mask}, without its bit, {bit}.",
			fields...)
	} else {
		s.See("on", status,
			"In {pid} ({comm}) SIGCHLD, signal {number}, is ignored: SigIgn is {mask}, with its bit, {bit}.",
			fields...)
	}
}
