package fork

import (
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// Run forks, lets the children change variables, and reaps them.
func (o Options) Run(s *stage.Stage) {
	if o.Fail {
		fail(s)
		return
	}
	s.Title("fork: one process calls it, two return")
	if o.Race != nil {
		race(s, *o.Race)
		return
	}

	s.Steps(9)
	s.Step("self", "Who am I?")
	self := s.Stat(os.Getpid())
	s.See("pid", self, "My PID is {pid}, my parent's is {ppid}.")
	program, err := os.Readlink(kernel.Proc(self.PID, "exe"))
	s.Must(err)
	s.See("program", kernel.Source(kernel.Proc(self.PID, "exe")),
		"My program is the file {program}.", "program", filepath.Base(program))

	s.Step("variable",
		"Set two variables to 1, each on a page of memory of its own: a on a private page, as variables usually are, b on one that is mapped to be shared (MAP_SHARED).")
	a, b := onPage(s, unix.MAP_PRIVATE), onPage(s, unix.MAP_SHARED)
	*a, *b = 1, 1
	s.See("address", kernel.In("&a", self.PID), "a = {value} is at address {address}.",
		"value", *a, "address", hex(address(a)))
	s.Say("bit",
		"For each page, /proc/PID/pagemap has 64 bits. Bit 56 is 1 if only that process maps the page.")
	if seePage(s, a, "a", self.PID) < 0 {
		s.Warn("nopagemap", "Here it does not tell who maps a page.")
	}

	printed := s.AskNumber("lines",
		"Next the parent calls fork (times: {children}). After that comes one statement that prints a line. How many times will that line appear?",
		"children", o.Children)
	s.Step("call", "Fork. From that line on, {count} processes run the same program.",
		"count", o.Children+1)
	s.Say("how",
		"fork copies only the thread that calls it. Go's runtime needs its others, so Go offers no fork. mtp makes the system call itself, clone(SIGCHLD), and its children make nothing but system calls.")
	f := newFamily(s, o.Children, a, b)
	f.finished = newLine(s.Pieces("finished", "PID {pid}: finished calling fork.",
		"pid", event.Blank{}))
	f.child = newLine(s.Pieces("branch.child",
		"PID {pid}: pid == 0? Yes: I am the child (if).", "pid", event.Blank{}))
	f.parent = newLine(s.Pieces("branch.parent",
		"PID {pid}: pid == 0? No: I am the parent (else).", "pid", event.Blank{}))
	s.LeaveRows(2 * (1 + o.Children))
	made, errno := f.fork(o.Children)
	if errno != 0 {
		s.MustStart(errno, made) // now, while the children that were made live
	}
	for _, pid := range f.pids {
		s.Sampler().Add(pid, "child", time.Time{})
	}
	f.awaitReports(s)
	s.Say("once",
		"The statement that prints “finished” stands in the program once; each process ran it. After it comes one if, as in Python's “if os.fork() == 0: … else: …”; each process took its own branch.")
	first := f.pids[0]
	s.See("returned", kernel.In("clone(SIGCHLD)", self.PID),
		"In me, the parent, fork returned {pid}: the child's PID.", "pid", first)
	s.See("returned.child", pipeFrom(first),
		"In child {pid} it returned {returned}.", "pid", first, "returned", f.returned[0])
	// Every child has reported that its own lines have been written.
	printed.Is(1+len(f.pids), kernel.In("writev(1)", self.PID)+" …")
	s.Tree("tree", "No child was started from a file: each is a copy of me, command line included.")
	seeProgram(s, self.PID, first)

	s.Step("shared", "Has the memory been copied?")
	switch seePage(s, a, "a", self.PID, first) {
	case 0:
		s.So("onepage", "Not yet: both map the same page.")
	case -1:
		s.Say("unseen", "Without pagemap, that can't be seen.")
	}

	inParent := s.AskNumber("value",
		"The child is going to set a to 10000. What will a be in the parent then?")
	s.Step("write", "Now write: child number n sets its a to n × 10000.")
	before := s.Stat(first)
	f.open(f.mayWrite)
	f.awaitReports(s)
	after := s.Stat(first)
	s.See("faults", after,
		"Minor page faults of the child: {before} before the write, {after} after it.",
		"before", before.MinorFaults, "after", after.MinorFaults)
	if seePage(s, a, "a", self.PID, first) == 2 {
		s.So("twopages",
			"Now each of the two has a page of its own. The write was a page fault, and in that fault the kernel copied the page: copy-on-write.")
	}

	s.Step("compare", "Compare: one address, and what each process has there.")
	here := kernel.In(hex(address(a)), self.PID)
	s.See("value.parent", here, "I, {pid}: a = {value}.", "pid", self.PID, "value", *a)
	inParent.Is(*a, here)
	for n, pid := range f.pids {
		if n == maxShown {
			s.Say("others", "So have the others: {count}.", "count", len(f.pids)-maxShown)
			break
		}
		value, there := valueIn(pid, a, f.saidA[n])
		s.See("value.child", there, "Child {pid}: a = {value}.", "pid", pid, "value", value)
	}

	s.Step("share",
		"Can processes share memory? Only if they ask for it, as here for b. Now child {pid} sets its b to {value}.",
		"pid", first, "value", written)
	f.open(f.mayShare)
	f.awaitReports(s)
	value, there := valueIn(first, b, f.saidB[0])
	s.See("shared.child", there, "Child {pid}: b = {value}.", "pid", first, "value", value)
	s.See("shared.parent", kernel.In(hex(address(b)), self.PID),
		"I, {pid}: b = {value}.", "pid", self.PID, "value", *b)
	if seePage(s, b, "b", self.PID, first) == 0 {
		s.So("stayed", "This page has stayed one, although it was written to.")
	}

	arrives := s.AskNumber("status",
		"The child is going to call _exit({status}). Which exit status will its parent's wait report?",
		"status", exitStatus)
	s.Step("exit", "The end: _exit({status}). What does the parent's wait say?",
		"status", exitStatus)
	f.open(f.mayExit)
	for n, pid := range f.pids {
		s.AwaitExit(pid) // Ctrl-C would not interrupt the wait that follows
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, 0, nil)
		s.Mustf(err, "wait for %d", pid)
		f.pids[n] = 0 // reaped: the number may be somebody else's now
		if n < maxShown {
			seeStatus(s, pid, status)
		}
		if n == 0 {
			arrives.Is(status.ExitStatus(), kernel.Call("wait4", pid))
		}
	}
	s.So("bits",
		"Only the low 8 bits of an exit status survive: 404\u00a0=\u00a0256\u00a0+\u00a0148.")

	s.Step("order",
		"Who goes on first after a fork, parent or child? Fork {rounds} times more; each time, both write a letter to one pipe.",
		"rounds", fewRounds)
	parent, child := raced(s, fewRounds)
	seeFirst(s, parent, child)
	sayUnspecified(s)
	s.Lanes()
}

// fewRounds are enough to see that somebody is first.
const fewRounds = 10

// maxShown is how many children are told of one by one.
const maxShown = 5

// seeProgram shows that parent and child run the same file, if the kernel lets us see it.
func seeProgram(s *stage.Stage, self, child int) {
	ours, err := os.Readlink(kernel.Proc(self, "exe"))
	s.Must(err)
	theirs, err := os.Readlink(kernel.Proc(child, "exe"))
	if err != nil || theirs != ours {
		return // a binary that may not be read is not shown either
	}
	both := kernel.Source(kernel.Proc(self, "exe") + ", and " + kernel.Proc(child, "exe"))
	s.See("exe", both, "I and child {pid} run the same file, {program}.",
		"pid", child, "program", filepath.Base(ours))
	s.So("process", "A program is a file. A process is a run of it: here are two, and one program.")
}

// onPage makes a variable on a page of its own.
func onPage(s *stage.Stage, kind int) *int64 {
	const access = unix.PROT_READ | unix.PROT_WRITE
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), access, kind|unix.MAP_ANONYMOUS)
	s.Mustf(err, "map a page")
	s.Cleanup(func() { _ = unix.Munmap(page) })
	_ = unix.Madvise(page, unix.MADV_NOHUGEPAGE) // not a part of a huge one
	return (*int64)(unsafe.Pointer(&page[0]))
}

// seePage shows for each process whether it alone maps the page of a variable. It returns how many
// do, or -1 if the kernel does not tell.
func seePage(s *stage.Stage, variable *int64, name string, pids ...int) (alone int) {
	for _, pid := range pids {
		page, err := kernel.ReadPage(pid, address(variable))
		if err != nil || !page.Present {
			return -1
		}
		bit := 0
		if page.Exclusive {
			bit = 1
			alone++
		}
		s.See("page", page, "PID {pid}, the page of {variable}: bit 56 is {exclusive}.",
			"pid", pid, "variable", name, "exclusive", bit)
	}
	return alone
}

// valueIn reads a child's variable from the parent: the same address in another process. Where that
// is forbidden, there is what the child has said.
func valueIn(pid int, variable *int64, said int64) (value int64, there kernel.Source) {
	raw := make([]byte, 8)
	if err := kernel.ReadMemory(pid, address(variable), raw); err != nil {
		return said, pipeFrom(pid)
	}
	return fromBytes(raw), kernel.Call("process_vm_readv", pid, hex(address(variable)))
}

// seeStatus shows what wait has returned.
func seeStatus(s *stage.Stage, pid int, status unix.WaitStatus) {
	s.See("status", kernel.Call("wait4", pid), "Child {pid} exited with status {status}.",
		"pid", pid, "status", status.ExitStatus())
}
