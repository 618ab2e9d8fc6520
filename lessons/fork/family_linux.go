package fork

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/rawfork"
)

// All that the children run stands in this file and is nothing but system calls: see package
// rawfork.

// fork forks so many children. It returns once, in the parent, how many it made; the children live
// and end inside.
//
//go:norace
//go:nocheckptr
func (f *family) fork(children int) (made int, errno syscall.Errno) {
	parent := uintptr(os.Getpid())
	f.pids = f.pids[:children]
	rawfork.Before()
	var pid uintptr = 1
	for made < children {
		const flags = uintptr(syscall.SIGCHLD) // what to tell the parent with, and nothing shared
		pid, _, errno = syscall.RawSyscall6(syscall.SYS_CLONE, flags, 0, 0, 0, 0, 0)
		if pid == 0 || errno != 0 {
			break
		}
		f.pids[made] = int(pid)
		made++
	}
	if pid == 0 {
		f.hold(parent)
		rawfork.InChild()
		deafen()
	} else {
		rawfork.InParent()
	}
	if errno == 0 {
		f.finished(pid != 0) // one statement; the parent and every child run it
	}
	if pid == 0 {
		f.live(made, pid)
	}
	f.pids = f.pids[:made]
	f.report.hand.Close() // the children have it: when the last of them ends, so do the reports
	return made, errno
}

// hold sees to it that the child ends when its parent does, even if Ctrl-Z stops it: all signals
// are still blocked here.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) hold(parent uintptr) {
	syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(f.write.write), 0, 0)
	syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(f.exit.write), 0, 0)
	rawfork.DieWith(parent)
}

// deafen blocks the signals that a terminal sends to every process in its foreground when it is
// closed, or at Ctrl-C and Ctrl-\: the parent ends its children itself.
//
//go:norace
//go:nosplit
//go:nocheckptr
func deafen() {
	mask := uint64(1<<(syscall.SIGINT-1) | 1<<(syscall.SIGQUIT-1) | 1<<(syscall.SIGHUP-1))
	const maskBytes = 8
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK,
		unix.SIG_BLOCK, uintptr(unsafe.Pointer(&mask)), 0, maskBytes, 0, 0)
}

// live is the rest of a child's life.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) live(n int, returned uintptr) {
	f.tell(n, returned)
	f.pass(f.write)
	*f.a = 10000 * (int64(n) + 1) // the page fault that copies the page
	f.tell(n, returned)
	f.pass(f.exit)
	rawfork.Exit(exitStatus)
}

// finished prints the line, with the PID of the process that runs it.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) finished(parent bool) {
	pid, _, _ := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
	for i := 1; i < len(f.line); i += 2 {
		digits := f.pieces[i]
		at := len(digits)
		for rest := pid; rest > 0 && at > 0; rest /= 10 {
			at--
			digits[at] = '0' + byte(rest%10)
		}
		f.line[i].base += uintptr(at)
		f.line[i].len -= uint64(at)
	}
	line, pieces := uintptr(unsafe.Pointer(&f.line[0])), uintptr(len(f.line))
	if parent {
		// If nobody reads the output, this blocks, and Go's scheduler has to know.
		_, _, f.printErrno = syscall.Syscall(syscall.SYS_WRITEV, 1, line, pieces)
	} else {
		_, _, f.printErrno = syscall.RawSyscall(syscall.SYS_WRITEV, 1, line, pieces)
	}
}

// maxDigits is room for any PID.
const maxDigits = 20

// reportBytes is the size of a report: which child it is, what fork returned there, its a, and what
// became of its line.
const reportBytes = 4 * 8

//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) tell(n int, returned uintptr) {
	report := [4]int64{int64(n), int64(returned), *f.a, int64(f.printErrno)}
	syscall.RawSyscall(syscall.SYS_WRITE,
		uintptr(f.report.write), uintptr(unsafe.Pointer(&report)), reportBytes)
}

// pass waits for a byte at a gate.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) pass(g gate) {
	var token byte
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ,
			uintptr(g.read), uintptr(unsafe.Pointer(&token)), 1)
		if n == 1 {
			return
		}
		if errno != syscall.EINTR {
			rawfork.Exit(1) // the parent is gone
		}
	}
}
