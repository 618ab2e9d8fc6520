package fork

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/rawfork"
)

// Everything that the children run stands in this file and is nothing but system calls: see rawfork.

// gate is a pipe at which children wait: a byte lets one of them through. If the parent ends, in whatever way, the pipe
// is closed, and whoever waits there ends too.
type gate struct{ read, write int }

// family is the parent and its children, and what they need to talk by system calls alone.
type family struct {
	a           *int64  // the variable, alone on its page
	addr        uintptr // its address
	page        []byte
	write, exit gate
	report      int           // where children report
	reports     *os.File      // where the parent reads that
	line        []iovec       // the "finished" line; odd pieces are the PID
	pieces      [][]byte      // what line points to
	pids        []int         // of the children; 0 once reaped
	returned    []int64       // what fork returned in each child, as it reports
	said        []int64       // what a is in each child, as it reports
	printErrno  syscall.Errno // of this process's "finished" line
	gates       sync.Mutex
	closed      bool // the gates are: their numbers may be others' by now
}

// iovec is a struct iovec; see writev(2). Its address is a number, for storing a Go pointer may call the runtime (the
// collector's write barrier).
type iovec struct {
	base uintptr
	len  uint64
}

// newFamily prepares for so many children.
func newFamily(children int) (*family, error) {
	f := &family{
		pids:     make([]int, 0, children),
		returned: make([]int64, children),
		said:     make([]int64, children),
	}
	var err error
	if f.page, err = unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS); err != nil {
		return nil, fmt.Errorf("map a page: %w", err)
	}
	_ = unix.Madvise(f.page, unix.MADV_NOHUGEPAGE) // a page of its own, not a part of a huge one
	f.a = (*int64)(unsafe.Pointer(&f.page[0]))
	f.addr = uintptr(unsafe.Pointer(f.a))
	var pipes [3][2]int
	for i := range pipes {
		if err := unix.Pipe2(pipes[i][:], unix.O_CLOEXEC); err != nil {
			return nil, fmt.Errorf("make a pipe: %w", err)
		}
	}
	f.write = gate{pipes[0][0], pipes[0][1]}
	f.exit = gate{pipes[1][0], pipes[1][1]}
	if err := unix.SetNonblock(pipes[2][0], true); err != nil { // so that reading has a deadline
		return nil, err
	}
	f.reports, f.report = os.NewFile(uintptr(pipes[2][0]), "reports"), pipes[2][1]
	return f, nil
}

// prepareLine sets what each process is to print, in pieces between which its PID stands.
func (f *family) prepareLine(line []string) {
	for i, piece := range line {
		if i > 0 {
			f.pieces = append(f.pieces, make([]byte, maxDigits))
		}
		f.pieces = append(f.pieces, []byte(piece))
	}
	for _, piece := range f.pieces {
		f.line = append(f.line, iovec{uintptr(unsafe.Pointer(unsafe.SliceData(piece))), uint64(len(piece))})
	}
}

// fork forks so many children. It returns once, in the parent, how many it made; the children live and end inside.
//
//go:norace
//go:nocheckptr
func (f *family) fork(children int) (made int, errno syscall.Errno) {
	parent := uintptr(os.Getpid())
	f.pids = f.pids[:children]
	rawfork.Before()
	var pid uintptr = 1
	for made < children {
		pid, _, errno = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
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
	unix.Close(f.report) // the children's: when the last of them ends, so do the reports
	return made, errno
}

// hold sees to it that the child ends when its parent does, even if Ctrl-Z stops it: all signals are still blocked here.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) hold(parent uintptr) {
	syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(f.write.write), 0, 0)
	syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(f.exit.write), 0, 0)
	rawfork.DieWith(parent)
}

// deafen blocks the signals that a terminal sends to every process in its foreground when it is closed, or at Ctrl-C and
// Ctrl-\: the parent ends its children itself.
//
//go:norace
//go:nosplit
//go:nocheckptr
func deafen() {
	mask := uint64(1<<(syscall.SIGINT-1) | 1<<(syscall.SIGQUIT-1) | 1<<(syscall.SIGHUP-1))
	const maskBytes = 8
	syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, unix.SIG_BLOCK, uintptr(unsafe.Pointer(&mask)), 0, maskBytes, 0, 0)
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
	if parent {
		// If nobody reads the output, this blocks, and Go's scheduler has to know.
		_, _, f.printErrno = syscall.Syscall(syscall.SYS_WRITEV, 1, uintptr(unsafe.Pointer(&f.line[0])), uintptr(len(f.line)))
	} else {
		_, _, f.printErrno = syscall.RawSyscall(syscall.SYS_WRITEV, 1, uintptr(unsafe.Pointer(&f.line[0])), uintptr(len(f.line)))
	}
}

// maxDigits is room for any PID.
const maxDigits = 20

// reportBytes is the size of a report: which child it is, what fork returned there, its a, and what became of its line.
const reportBytes = 4 * 8

//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) tell(n int, returned uintptr) {
	report := [4]int64{int64(n), int64(returned), *f.a, int64(f.printErrno)}
	syscall.RawSyscall(syscall.SYS_WRITE, uintptr(f.report), uintptr(unsafe.Pointer(&report)), reportBytes)
}

// pass waits for a byte at a gate.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (f *family) pass(g gate) {
	var token byte
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(g.read), uintptr(unsafe.Pointer(&token)), 1)
		if n == 1 {
			return
		}
		if errno != syscall.EINTR {
			rawfork.Exit(1) // the parent is gone
		}
	}
}

// open lets every child through a gate.
func (f *family) open(g gate) {
	f.gates.Lock()
	defer f.gates.Unlock()
	if !f.closed {
		_, _ = unix.Write(g.write, make([]byte, len(f.pids))) // with a child at the other end there is room, and a reader
	}
}

func (f *family) address() string { return fmt.Sprintf("%#x", f.addr) }

// closeGates lets go of the children: those that wait at a gate end.
func (f *family) closeGates() {
	f.gates.Lock()
	defer f.gates.Unlock()
	if !f.closed {
		f.closed = true
		unix.Close(f.write.write)
		unix.Close(f.exit.write)
	}
}

// end ends and reaps the children that there still are, which it returns, and gives everything back.
func (f *family) end() (ended []int) {
	f.closeGates()
	for _, pid := range f.pids {
		if pid != 0 {
			ended = append(ended, pid)
			_ = unix.Kill(pid, unix.SIGKILL) // our own, not yet reaped: nobody else has this number
			_, _ = unix.Wait4(pid, nil, 0, nil)
		}
	}
	f.pids = nil
	f.reports.Close()
	for _, fd := range []int{f.write.read, f.exit.read} {
		unix.Close(fd)
	}
	_ = unix.Munmap(f.page)
	return ended
}

// The letters of the race.
const (
	parentLetter = 'p'
	childLetter  = 'c'
)

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

func fromBytes(b []byte) int64 { return int64(binary.NativeEndian.Uint64(b)) }
