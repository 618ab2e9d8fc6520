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

// bit is that of SIGCHLD in a mask of signals.
const bit = 1 << (syscall.SIGCHLD - 1)

// explainMasks says where a process's dispositions stand.
func explainMasks(s *stage.Stage) {
	s.Say("masks",
		"/proc/PID/status has masks with a bit for each signal. SigIgn: the process ignores it, explicitly. SigCgt: it has a handler for it. The bit of SIGCHLD, signal {number}, is {bit}.",
		"number", int(syscall.SIGCHLD), "bit", fmt.Sprintf("%#x", bit))
}

// seeDisposition shows what a process does with SIGCHLD.
func seeDisposition(s *stage.Stage, pid int) {
	status := s.Status(pid)
	ignored, err := status.Mask("SigIgn")
	s.Must(err)
	caught, err := status.Mask("SigCgt")
	s.Must(err)
	fields := []any{
		"pid", pid, "comm", status.Get("Name"), "ignored", fmt.Sprintf("%#x", ignored),
		"caught", fmt.Sprintf("%#x", caught), "bit", fmt.Sprintf("%#x", bit),
	}
	switch {
	case ignored&bit != 0:
		s.See("on", status,
			"In {pid} ({comm}) SIGCHLD is ignored: bit {bit} is set in SigIgn, {ignored}.",
			fields...)
	case caught&bit == 0:
		s.See("off", status,
			"In {pid} ({comm}) SIGCHLD is at its default: bit {bit} is set neither in SigIgn, {ignored}, nor in SigCgt, {caught}.",
			fields...)
	default:
		s.Must(fmt.Errorf("%d has a handler for SIGCHLD", pid))
	}
}
