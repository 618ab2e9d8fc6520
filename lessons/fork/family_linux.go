package fork

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/rawfork"
)

// All that the children run stands in this file, in race_linux.go and in fail_linux.go, and is
// nothing but system calls: see package rawfork.

// fork forks so many children. The system call returns in each process; this function returns in
// the parent only, how many it made, for the children live and end inside. In short, and in Python:
//
//	for made in range(children):
//	    pid = os.fork()
//	    if pid == 0: break
//
//go:norace
//go:nocheckptr
func (f *family) fork(children int) (made int, errno syscall.Errno) {
	parent := uintptr(os.Getpid())
	f.pids = f.pids[:children]
	rawfork.Before()
	var pid uintptr
	for made < children {
		const flags = uintptr(syscall.SIGCHLD) // what to tell the parent with, and nothing shared
		pid, _, errno = syscall.RawSyscall6(syscall.SYS_CLONE, flags, 0, 0, 0, 0, 0)
		if pid == 0 || errno != 0 {
			break // a child leaves the loop, or it would fork too; made is its own number
		}
		f.pids[made] = int(pid)
		made++
	}
	inChild := pid == 0 && errno == 0
	if inChild {
		f.hold(parent)
		rawfork.InChild()
		deafen()
	} else {
		rawfork.InParent()
	}
	if errno == 0 {
		f.print(&f.finished, !inChild) // one statement; the parent and every child run it
		if inChild {                   // one statement as well, of two branches
			f.print(&f.child, false)
		} else {
			f.print(&f.parent, true)
		}
	}
	if inChild {
		f.live(made, pid)
	}
	f.pids = f.pids[:made]
	f.report.hand.Close() // the children have it: when the last of them ends, so do the reports
	return made, errno
}

// hold sees to it that the child ends when its parent does: it closes its copies of the gates'
// write ends, so a gate ends with the parent, and asks to be killed. All signals are still blocked
// here, so no Ctrl-Z stops it before.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) hold(parent uintptr) {
	for _, g := range [...]*gate{&f.mayWrite, &f.mayShare, &f.mayExit} {
		syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(g.write), 0, 0)
	}
	rawfork.DieWith(parent)
}

// deafen blocks the signals that a terminal sends to every process in its foreground: at Ctrl-C and
// Ctrl-\, and when the terminal is closed. The parent ends its children itself.
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
	pass(f.mayWrite.read)
	*f.a = written * (int64(n) + 1) // the page fault that copies the page
	f.tell(n, returned)
	pass(f.mayShare.read)
	if n == 0 {
		*f.b = written // no copy: the page was mapped to be shared
	}
	f.tell(n, returned)
	pass(f.mayExit.read)
	rawfork.Exit(exitStatus)
}

// written is what the first child writes.
const written = 10000

// print prints a line, with the PID of the process that runs it.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) print(l *line, parent bool) {
	pid, _, _ := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
	for i := 1; i < len(l.vector); i += 2 {
		digits := l.pieces[i]
		at := len(digits)
		for rest := pid; rest > 0 && at > 0; rest /= 10 {
			at--
			digits[at] = '0' + byte(rest%10)
		}
		l.vector[i].base += uintptr(at)
		l.vector[i].len -= uint64(at)
	}
	var errno syscall.Errno
	vector, pieces := uintptr(unsafe.Pointer(&l.vector[0])), uintptr(len(l.vector))
	if parent {
		// If nobody reads the output, this blocks, and Go's scheduler has to know.
		_, _, errno = syscall.Syscall(syscall.SYS_WRITEV, 1, vector, pieces)
	} else {
		_, _, errno = syscall.RawSyscall(syscall.SYS_WRITEV, 1, vector, pieces)
	}
	if errno != 0 {
		f.printErrno = errno
	}
}

// maxDigits is room for any PID.
const maxDigits = 20

// reportBytes is the size of a report: which child it is, what fork returned there, its a and b,
// and what became of its lines.
const reportBytes = 5 * 8

//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) tell(n int, returned uintptr) {
	report := [5]int64{int64(n), int64(returned), *f.a, *f.b, int64(f.printErrno)}
	syscall.RawSyscall(syscall.SYS_WRITE,
		uintptr(f.report.write), uintptr(unsafe.Pointer(&report)), reportBytes)
}

// pass waits for a byte at a gate.
//
//go:norace
//go:nosplit
//go:nocheckptr
func pass(gate int) {
	var token byte
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ,
			uintptr(gate), uintptr(unsafe.Pointer(&token)), 1)
		if n == 1 {
			return
		}
		if errno != syscall.EINTR {
			rawfork.Exit(1) // the parent is gone
		}
	}
}
