package primes

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/rawfork"
	"mtp/lessons/kit/stage"
)

// lastListed is up to where the children look for primes.
const lastListed = 100

// list is a list that can be appended to by a child that has no more than system calls: see package
// rawfork.
type list struct {
	length  int64
	numbers [lastListed]uint32
}

// lists shows that children do not append to their parent's list.
func lists(s *stage.Stage) {
	const children = 4
	s.Step("lists",
		"Why do results come back through a pipe? Make an empty list, fork {children} children, and let each append the primes from its quarter of 1 to {last}.",
		"children", children, "last", lastListed)
	longer := s.AskNumber("list",
		"Each child appends to the list that it has. How many numbers will the parent's list hold afterwards?")
	page, err := syscall.Mmap(-1, 0, os.Getpagesize(),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANONYMOUS)
	s.Mustf(err, "map a page")
	s.Cleanup(func() { _ = syscall.Munmap(page) })
	l := (*list)(unsafe.Pointer(&page[0]))
	for i := range children {
		from, to := 1+i*lastListed/children, (i+1)*lastListed/children
		answers, pen := s.Pipe()
		pid, errno := l.forkAndAppend(int(pen.Fd()), uint32(from), uint32(to))
		if errno != 0 {
			s.MustStart(errno, i)
		}
		s.Sampler().Add(pid, "child", time.Time{})
		pen.Close() // the child alone has it now: if it dies, the pipe ends
		var length int64
		s.Mustf(binary.Read(answers, binary.NativeEndian, &length), "hear from %d", pid)
		s.See("list", kernel.Source(fmt.Sprintf("a pipe from %d", pid)),
			"Child {pid}: the list has {length} primes.", "pid", pid, "length", length)
		_, err := syscall.Wait4(pid, nil, 0, nil)
		s.Mustf(err, "wait for %d", pid)
	}
	own := kernel.In("list", os.Getpid())
	s.See("empty", own, "The parent's list has {length}.", "length", l.length)
	s.So("copies",
		"fork gave each child a copy of the memory, list included, and each appended to its own. (The kernel copies a page only when a process writes to it: copy-on-write.)")
	longer.Is(l.length, own)
}

// forkAndAppend forks a child. It appends the primes of a range to the list, writes to the pipe how
// long the list is, and ends.
//
//go:norace
//go:nocheckptr
func (l *list) forkAndAppend(pipe int, from, to uint32) (int, syscall.Errno) {
	parent := uintptr(os.Getpid())
	rawfork.Before()
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		rawfork.DieWith(parent)
		l.appendPrimes(from, to)
		syscall.RawSyscall(syscall.SYS_WRITE, uintptr(pipe),
			uintptr(unsafe.Pointer(&l.length)), unsafe.Sizeof(l.length))
		rawfork.Exit(0)
	}
	rawfork.InParent()
	return int(pid), errno
}

// appendPrimes appends the primes of a range to the list.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (l *list) appendPrimes(from, to uint32) {
	for n := from; n <= to; n++ {
		divisor := uint32(2)
		for divisor < n && n%divisor != 0 {
			divisor++
		}
		if divisor == n {
			l.numbers[l.length] = n
			l.length++
		}
	}
}

// listRoles are none: these children are forked.
func listRoles() process.Roles { return nil }
