package fork

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// Run forks, lets the children change a variable, and reaps them.
func (o Options) Run(s *stage.Stage) {
	s.Title("fork: one process calls it, two return")
	if o.Race != nil {
		race(s, *o.Race)
		return
	}

	s.Step("self", "Who am I?")
	self := s.Stat(os.Getpid())
	program, err := os.Readlink(kernel.Proc(self.PID, "exe"))
	s.Must(err)
	s.See("pid", self, "My PID is {pid}, my parent's is {ppid}.")
	s.See("program", kernel.Source(kernel.Proc(self.PID, "exe")),
		"My program is {program}.", "program", filepath.Base(program))

	s.Step("variable", "Set a variable, a = 1, on a page of memory of its own.")
	f := newFamily(s, o.Children)
	*f.a = 1
	s.See("address", kernel.In("&a", self.PID), "a = {value} is at address {address}.",
		"value", *f.a, "address", f.address())
	seePage(s, f, self.PID)

	printed := s.AskNumber("lines",
		"Next come the calls of fork in the parent ({children}), and then one statement that prints a line. How often will that line appear?",
		"children", o.Children)
	s.Step("call", "Fork. From that line on, {count} processes run the same program.",
		"count", o.Children+1)
	s.Say("how",
		"fork copies only the thread that calls it. Go's runtime needs its others, so that Go offers no fork. mtp makes the system call itself, clone(SIGCHLD), and its children make nothing but system calls.")
	f.prepareLine(s.Pieces("finished", "PID {pid}: finished calling fork.", "pid", event.Blank{}))
	made, errno := f.fork(o.Children)
	if errno != 0 {
		s.MustStart(errno, made) // now, while the children that were made live
	}
	for _, pid := range f.pids {
		s.Sampler().Add(pid, "child", time.Time{})
	}
	f.awaitReports(s)
	s.Say("once",
		"The statement that prints this line stands in the program once. Each process ran it.")
	first := f.pids[0]
	s.See("returned", kernel.In("clone(SIGCHLD)", self.PID),
		"In me, the parent, it returned {pid}: the child's PID.", "pid", first)
	s.See("returned.child", kernel.In("clone(SIGCHLD)", first),
		"In the child it returned {returned}.", "returned", f.returned[0])
	// Every child has reported that its own line has been written.
	printed.Is(1+len(f.pids), kernel.In("writev(1)", self.PID)+" …")
	s.Tree("tree", "No child was started from a file: each is a copy of me, command line included.")

	s.Step("shared", "Has the memory been copied?")
	if seePage(s, f, self.PID, first) == 0 {
		s.Say("onepage", "Not yet: they map one and the same page.")
	}

	copied := s.AskNumber("value",
		"The child is going to set a to 10000. What will a be in the parent then?")
	s.Step("write", "Now write: child number n sets its a to n × 10000.")
	before := s.Stat(first)
	f.open(f.write)
	f.awaitReports(s)
	after := s.Stat(first)
	s.See("faults", after,
		"Minor page faults of the child: {before} before the write, {after} after it. In such a fault the kernel copies the page.",
		"before", before.MinorFaults, "after", after.MinorFaults)
	if seePage(s, f, self.PID, first) == 2 {
		s.Say("twopages", "Now each of the two has a page of its own.")
	}

	s.Step("compare", "Compare: one address, and what each process has there.")
	here := kernel.In(f.address(), self.PID)
	s.See("value.parent", here, "I, {pid}: a = {value}.", "pid", self.PID, "value", *f.a)
	copied.Is(*f.a, here)
	for n, pid := range f.pids {
		if n == maxShown {
			s.Say("others", "The other {count} have theirs, too.", "count", len(f.pids)-maxShown)
			break
		}
		seeValue(s, f, n, pid)
	}

	survives := s.AskNumber("status",
		"The child is going to call _exit({status}). Which exit status will its parent's wait report?",
		"status", exitStatus)
	s.Step("exit", "The end: _exit({status}). What does the parent's wait say?",
		"status", exitStatus)
	f.open(f.exit)
	for n, pid := range f.pids {
		s.AwaitExit(pid) // unlike the wait, Ctrl-C ends this
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, 0, nil)
		s.Mustf(err, "wait for %d", pid)
		f.pids[n] = 0 // reaped: the number may be somebody else's now
		if n < maxShown {
			s.See("status", kernel.Call("wait4", pid), "Child {pid} exited with status {status}.",
				"pid", pid, "status", status.ExitStatus())
		}
		if n == 0 {
			survives.Is(status.ExitStatus(), kernel.Call("wait4", pid))
		}
	}
	s.Lanes()
	s.Say("summary",
		"Only the low 8 bits of an exit status survive: 404\u00a0=\u00a0256\u00a0+\u00a0148.")
}

// maxShown is how many children are told of one by one.
const maxShown = 5

// seePage shows for each process whether it alone maps the page of a. It returns how many do, or -1
// if the kernel does not tell.
func seePage(s *stage.Stage, f *family, pids ...int) (alone int) {
	for _, pid := range pids {
		page, err := kernel.ReadPage(pid, f.addr)
		if err != nil || !page.Present {
			s.Warn("nopagemap", "This system does not show which pages are shared ({path}).",
				"path", kernel.Proc(pid, "pagemap"))
			return -1
		}
		bit := 0
		if page.Exclusive {
			bit = 1
			alone++
		}
		s.See("page", page, "Is PID {pid} the only one that maps the page (bit 56)? {exclusive}",
			"exclusive", bit, "pid", pid)
	}
	return alone
}

// seeValue reads the child's a from the parent: the same address in another process.
func seeValue(s *stage.Stage, f *family, n, pid int) {
	value, source := f.said[n], kernel.Source("the child's own report")
	raw := make([]byte, 8)
	if err := kernel.ReadMemory(pid, f.addr, raw); err == nil {
		value, source = fromBytes(raw), kernel.Call("process_vm_readv", pid, f.address())
	}
	s.See("value.child", source, "Child {pid}: a = {value}.", "pid", pid, "value", value)
}
