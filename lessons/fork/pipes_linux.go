package fork

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// gate is a pipe at which children wait: a byte lets one of them through. If the parent ends, in
// whatever way, the pipe is closed, and a child that waits there ends too.
type gate struct {
	read, write int      // descriptors, for the children
	hand        *os.File // write, for the parent
}

// family is the parent and its children, and what they need to talk by system calls alone.
type family struct {
	a           *int64  // the variable, alone on its page
	addr        uintptr // its address
	write, exit gate
	report      gate          // where children report
	reports     *os.File      // where the parent reads that
	line        []iovec       // the "finished" line; odd pieces are the PID
	pieces      [][]byte      // what line points to
	pids        []int         // of the children; 0 once reaped
	returned    []int64       // what fork returned in each child, as it reports
	said        []int64       // what a is in each child, as it reports
	printErrno  syscall.Errno // of this process's "finished" line
}

// iovec is a struct iovec; see writev(2). Its address is a number, for storing a Go pointer may
// call the runtime (the collector's write barrier).
type iovec struct {
	base uintptr
	len  uint64
}

// newFamily prepares for so many children, which end with the lesson.
func newFamily(s *stage.Stage, children int) *family {
	f := &family{
		pids:     make([]int, 0, children),
		returned: make([]int64, children),
		said:     make([]int64, children),
	}
	if children > 1 {
		haveThreads(stage.Threads)
	}
	const access, kind = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), access, kind)
	s.Mustf(err, "map a page")
	s.Cleanup(func() { _ = unix.Munmap(page) })
	_ = unix.Madvise(page, unix.MADV_NOHUGEPAGE) // a page of its own, not a part of a huge one
	f.a = (*int64)(unsafe.Pointer(&page[0]))
	f.addr = uintptr(unsafe.Pointer(f.a))
	f.write, f.exit = newGate(s), newGate(s)
	var report *os.File
	f.reports, report = s.Pipe()
	f.report = gate{write: int(report.Fd()), hand: report}
	s.Cleanup(func() { s.CleanedUp(f.end()) })
	unhook := context.AfterFunc(s.Context(), f.closeGates)
	s.Cleanup(func() { unhook() })
	return f
}

func newGate(s *stage.Stage) gate {
	wait, hand := s.Pipe()
	return gate{read: int(wait.Fd()), write: int(hand.Fd()), hand: hand}
}

// haveThreads makes so many threads and leaves them idle. A Go program that needs one and can't
// have it crashes, and the children may use up what there is.
func haveThreads(count int) {
	var made sync.WaitGroup
	made.Add(count)
	for range count {
		go func() {
			runtime.LockOSThread() // so that it is one of its own
			made.Done()
			made.Wait()
			runtime.UnlockOSThread()
		}()
	}
	made.Wait()
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
		base := uintptr(unsafe.Pointer(unsafe.SliceData(piece)))
		f.line = append(f.line, iovec{base: base, len: uint64(len(piece))})
	}
}

// open lets every child through a gate. With a child at the other end there is room, and a reader.
func (f *family) open(g gate) { _, _ = g.hand.Write(make([]byte, len(f.pids))) }

// closeGates lets go of the children: those that wait at a gate end.
func (f *family) closeGates() {
	f.write.hand.Close()
	f.exit.hand.Close()
}

// awaitReports waits until every child has reported once more, or one has died.
func (f *family) awaitReports(s *stage.Stage) {
	for reported := 0; reported < len(f.pids); {
		_ = f.reports.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		record := make([]byte, reportBytes)
		_, err := io.ReadFull(f.reports, record)
		s.Check()
		switch {
		case err == nil:
			n := fromBytes(record)
			f.returned[n], f.said[n] = fromBytes(record[8:]), fromBytes(record[16:])
			if errno := syscall.Errno(fromBytes(record[24:])); errno != 0 {
				s.Mustf(errno, "write the output")
			}
			reported++
		case f.printErrno != 0:
			s.Mustf(f.printErrno, "write the output")
		case !errors.Is(err, os.ErrDeadlineExceeded):
			s.Must(errors.Join(fmt.Errorf("wait for a child's report: %w", err), f.deaths()))
		}
		s.Must(f.deaths())
	}
}

// deaths says which children have died before their time, and how.
func (f *family) deaths() error {
	var all error
	for _, pid := range f.pids {
		status, ended, err := kernel.PeekStatus(pid)
		switch {
		case err != nil || !ended:
		case status.Signaled() && status.Signal() == unix.SIGPIPE:
			return fmt.Errorf("write the output: %w", unix.EPIPE)
		case status.Signaled():
			signal := unix.SignalName(status.Signal())
			all = errors.Join(all, fmt.Errorf("child %d was killed by %s", pid, signal))
		default:
			code := status.ExitStatus()
			all = errors.Join(all, fmt.Errorf("child %d exited with status %d", pid, code))
		}
	}
	return all
}

// end ends and reaps the children that there still are, and returns them.
func (f *family) end() (ended []int) {
	f.closeGates()
	for _, pid := range f.pids {
		if pid != 0 {
			ended = append(ended, pid)
			_ = unix.Kill(pid, unix.SIGKILL) // our own, not yet reaped: nobody else has this number
			_, _ = unix.Wait4(pid, nil, 0, nil)
		}
	}
	return ended
}

func (f *family) address() string { return fmt.Sprintf("%#x", f.addr) }

func fromBytes(b []byte) int64 { return int64(binary.NativeEndian.Uint64(b)) }
