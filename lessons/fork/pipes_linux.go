package fork

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
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
	a                           *int64 // a variable, alone on a page as fork copies them
	b                           *int64 // another, on a page that is mapped to be shared
	mayWrite, mayShare, mayExit gate
	report                      gate          // where children report
	reports                     *os.File      // where the parent reads that
	finished                    line          // what each process prints after fork
	parent, child               line          // what only one of them prints
	pids                        []int         // of the children; 0 once reaped
	returned                    []int64       // what fork returned in each child, as it reports
	saidA, saidB                []int64       // what the variables are in each child, as it reports
	printErrno                  syscall.Errno // of this process's lines
}

// line is a line to be printed by system calls alone. In its odd pieces there is room for a PID.
type line struct {
	vector []iovec
	pieces [][]byte // what vector points to
}

// iovec is a struct iovec; see writev(2). Its address is a number, for storing a Go pointer may
// call the runtime (the collector's write barrier).
type iovec struct {
	base uintptr
	len  uint64
}

// newFamily prepares for so many children, which end with the lesson.
func newFamily(s *stage.Stage, children int, a, b *int64) *family {
	f := &family{
		a: a, b: b,
		pids:     make([]int, 0, children),
		returned: make([]int64, children),
		saidA:    make([]int64, children),
		saidB:    make([]int64, children),
	}
	if children > 1 {
		process.HaveThreads(stage.Threads)
	}
	f.mayWrite, f.mayShare, f.mayExit = newGate(s), newGate(s), newGate(s)
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

// newLine prepares a line of these pieces, between which the PID of the process that prints it will
// stand.
func newLine(pieces []string) (l line) {
	for i, piece := range pieces {
		if i > 0 {
			l.pieces = append(l.pieces, make([]byte, maxDigits))
		}
		l.pieces = append(l.pieces, []byte(piece))
	}
	for _, piece := range l.pieces {
		base := uintptr(unsafe.Pointer(unsafe.SliceData(piece)))
		l.vector = append(l.vector, iovec{base: base, len: uint64(len(piece))})
	}
	return l
}

// open lets every child through a gate. With a child at the other end there is room, and a reader.
func (f *family) open(g gate) { _, _ = g.hand.Write(make([]byte, len(f.pids))) }

// closeGates lets go of the children: those that wait at a gate end.
func (f *family) closeGates() {
	f.mayWrite.hand.Close()
	f.mayShare.hand.Close()
	f.mayExit.hand.Close()
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
			f.returned[n] = fromBytes(record[8:])
			f.saidA[n], f.saidB[n] = fromBytes(record[16:]), fromBytes(record[24:])
			if errno := syscall.Errno(fromBytes(record[32:])); errno != 0 {
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

// pipeFrom names the pipe that a child has written its reports into.
func pipeFrom(pid int) kernel.Source { return kernel.Source(fmt.Sprintf("a pipe from %d", pid)) }

// address is where a variable is.
func address(variable *int64) uintptr { return uintptr(unsafe.Pointer(variable)) }

// hex is an address as it is written.
func hex(address uintptr) string { return fmt.Sprintf("%#x", address) }

func fromBytes(b []byte) int64 { return int64(binary.NativeEndian.Uint64(b)) }
