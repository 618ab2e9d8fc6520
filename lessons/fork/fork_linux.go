package fork

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
)

// Run forks, lets the children change a variable, and reaps them.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	say.Title("fork.title", "fork: one process calls it, two return")
	if o.Race != nil {
		return race(ctx, say, *o.Race)
	}

	say.Step("fork.self", "Who am I?")
	self, err := kernel.ReadStat(os.Getpid())
	if err != nil {
		return err
	}
	program, err := os.Readlink(kernel.Proc(self.PID, "exe"))
	if err != nil {
		return err
	}
	say.See("fork.pid", self.Source, "My PID is {pid}, my parent's is {ppid}.", "pid", self.PID, "ppid", self.PPID)
	say.See("fork.program", kernel.Proc(self.PID, "exe"), "My program is {program}.", "program", filepath.Base(program))

	say.Step("fork.variable", "Set a variable, a = 1, on a page of memory of its own.")
	family, err := newFamily(o.Children)
	if err != nil {
		return err
	}
	defer func() { say.Cleanup(family.end()) }()
	defer context.AfterFunc(ctx, family.closeGates)()
	*family.a = 1
	say.See("fork.address", fmt.Sprintf("&a in %d", self.PID), "a = {value} is at address {address}.",
		"value", *family.a, "address", family.address())
	seePage(say, family, self.PID)

	printed := say.Ask("fork.ask.lines", "Next come the calls of fork in the parent ({children}), and then one statement that prints a line. How often will that line appear?", narrate.Number,
		say.Text("fork.rule.lines", "After fork, parent and child both go on with the next line of the same program."), "children", o.Children)
	say.Step("fork.call", "Fork. From that line on, {count} processes run the same program.", "count", o.Children+1)
	say.Say("fork.how", "fork copies only the thread that calls it. Go's runtime needs its others, so that Go offers no fork. "+
		"mtp makes the system call itself, clone(SIGCHLD), and its children make nothing but system calls.")
	family.prepareLine(say.Prepare(narrate.KindSay, "fork.finished", "PID {pid}: finished calling fork.", "pid", narrate.Hole))
	if o.Children > 1 {
		haveThreads(narrate.Threads)
	}
	made, errno := family.fork(o.Children)
	if errno != 0 {
		return say.StartError(errno, made) // counted while the children that were made live
	}
	for _, pid := range family.pids {
		say.Watch.Add(pid, "child", time.Time{})
	}
	if err := family.awaitReports(ctx); err != nil {
		return err
	}
	say.Say("fork.once", "The statement that prints this line stands in the program once. Each process ran it.")
	first := family.pids[0]
	say.See("fork.returned", fmt.Sprintf("clone(SIGCHLD) in %d", self.PID), "In me, the parent, it returned {pid}: the child's PID.", "pid", first)
	say.See("fork.returned.child", fmt.Sprintf("clone(SIGCHLD) in %d", first), "In the child it returned {returned}.", "returned", family.returned[0])
	all, err := kernel.Descendants(self.PID)
	if err != nil {
		return err
	}
	printed.Is(1+len(family.pids), fmt.Sprintf("writev(1) in %d …", self.PID)) // every child has reported that its own has worked
	say.Tree("fork.tree", "No child was started from a file: each is a copy of me, command line included.", all)

	say.Step("fork.shared", "Has the memory been copied?")
	if seePage(say, family, self.PID, first) == 0 {
		say.Say("fork.onepage", "Not yet: they map one and the same page.")
	}

	copied := say.Ask("fork.ask.value", "The child is going to set a to 10000. What will a be in the parent then?", narrate.Number,
		say.Text("fork.rule.value", "The child has a copy: what it writes there, its parent does not see."))
	say.Step("fork.write", "Now write: child number n sets its a to n × 10000.")
	before, err := kernel.ReadStat(first)
	if err != nil {
		return err
	}
	family.open(family.write)
	if err := family.awaitReports(ctx); err != nil {
		return err
	}
	after, err := kernel.ReadStat(first)
	if err != nil {
		return err
	}
	say.See("fork.faults", after.Source, "Minor page faults of the child: {before} before the write, {after} after it. In such a fault the kernel copies the page.",
		"before", before.MinorFaults, "after", after.MinorFaults)
	if seePage(say, family, self.PID, first) == 2 {
		say.Say("fork.twopages", "Now each of the two has a page of its own.")
	}

	say.Step("fork.compare", "Compare: one address, and what each process has there.")
	say.See("fork.value.parent", fmt.Sprintf("%s in %d", family.address(), self.PID), "I, {pid}: a = {value}.", "pid", self.PID, "value", *family.a)
	copied.Is(*family.a, fmt.Sprintf("%s in %d", family.address(), self.PID))
	for n, pid := range family.pids {
		if n == shown {
			say.Say("fork.others", "The other {count} have theirs, too.", "count", len(family.pids)-shown)
			break
		}
		seeValue(say, family, n, pid)
	}

	survives := say.Ask("fork.ask.status", "The child is going to call _exit({status}). Which exit status will its parent's wait report?", narrate.Number,
		say.Text("fork.rule.status", "A parent gets the low 8 bits only: the remainder after division by 256."), "status", exitStatus)
	say.Step("fork.exit", "The end: _exit({status}). What does the parent's wait say?", "status", exitStatus)
	family.open(family.exit)
	for n, pid := range family.pids {
		if err := kernel.AwaitExit(ctx, pid); err != nil { // unlike the wait, Ctrl-C ends this
			return err
		}
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
		family.pids[n] = 0 // reaped: the number may be somebody else's now
		if n < shown {
			say.See("fork.status", fmt.Sprintf("wait4(%d)", pid), "Child {pid} exited with status {status}.", "pid", pid, "status", status.ExitStatus())
		}
		if n == 0 {
			survives.Is(status.ExitStatus(), fmt.Sprintf("wait4(%d)", pid))
		}
	}
	family.pids = nil
	say.Lanes()
	say.Say("fork.summary", "Only the low 8 bits of an exit status survive: 404\u00a0=\u00a0256\u00a0+\u00a0148.")
	return nil
}

// haveThreads makes so many threads and leaves them idle. A Go program that needs one and can't have it crashes, and the children may use up
// what there is.
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

// shown is how many children are told of one by one.
const shown = 5

// seePage shows for each process whether it alone maps the page of a. It returns how many do, or -1 if the kernel does not
// tell.
func seePage(say *narrate.Narrator, f *family, pids ...int) (alone int) {
	for _, pid := range pids {
		page, err := kernel.ReadPage(pid, f.addr)
		if err != nil || !page.Present {
			say.Warn("fork.nopagemap", "This system does not show which pages are shared ({path}).", "path", kernel.Proc(pid, "pagemap"))
			return -1
		}
		bit := 0
		if page.Exclusive {
			bit = 1
			alone++
		}
		say.See("fork.page", page.Source, "Is PID {pid} the only one that maps the page (bit 56)? {exclusive}", "exclusive", bit, "pid", pid)
	}
	return alone
}

// seeValue reads the child's a from the parent: the same address in another process.
func seeValue(say *narrate.Narrator, f *family, n, pid int) {
	value, source := f.said[n], "the child's own report"
	raw := make([]byte, 8)
	if err := kernel.ReadMemory(pid, f.addr, raw); err == nil {
		value, source = fromBytes(raw), fmt.Sprintf("process_vm_readv(%d, %s)", pid, f.address())
	}
	say.See("fork.value.child", source, "Child {pid}: a = {value}.", "pid", pid, "value", value)
}

// race forks many times. The first letter in the pipe tells who ran first.
func race(ctx context.Context, say *narrate.Narrator, rounds int) error {
	say.Step("fork.race", "Fork {rounds} times. After each fork, parent and child write a letter to the same pipe. Who writes first?", "rounds", rounds)
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	stop := say.Wait("fork.racing", "Each child exits at once.")
	defer stop()
	first := map[byte]int{}
	for round := range rounds {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		pid, errno := forkAndWrite(pipe[1])
		if errno != 0 {
			return say.StartError(errno, round)
		}
		if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
			return fmt.Errorf("wait for %d: %w", pid, err)
		}
		letters := make([]byte, 2) // both have been written: the child has ended, and we went on
		if n, err := unix.Read(pipe[0], letters); err != nil || n != 2 {
			return fmt.Errorf("read who was first: %d letters, %w", n, errors.Join(err, io.ErrUnexpectedEOF))
		}
		first[letters[0]]++
	}
	stop()
	say.Bars("fork.first", "parent first|child first", []string{"parent", "child"}, []int{first[parentLetter], first[childLetter]})
	say.Say("fork.unspecified", "Which of the two runs first is not specified. A program that relies on an order here is wrong, even if it works today.")
	return nil
}

// awaitReports blocks until every child has reported once more, or one has died.
func (f *family) awaitReports(ctx context.Context) error {
	for reported := 0; reported < len(f.pids); {
		_ = f.reports.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		record := make([]byte, reportBytes)
		_, err := io.ReadFull(f.reports, record)
		switch {
		case err == nil:
			n := fromBytes(record)
			f.returned[n], f.said[n] = fromBytes(record[8:]), fromBytes(record[16:])
			if errno := syscall.Errno(fromBytes(record[24:])); errno != 0 {
				return fmt.Errorf("write the output: %w", errno)
			}
			reported++
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case f.printErrno != 0:
			return fmt.Errorf("write the output: %w", f.printErrno)
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return errors.Join(fmt.Errorf("wait for a child's report: %w", err), f.deaths())
		}
		if err := f.deaths(); err != nil {
			return err
		}
	}
	return nil
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
			all = errors.Join(all, fmt.Errorf("child %d was killed by %s", pid, unix.SignalName(status.Signal())))
		default:
			all = errors.Join(all, fmt.Errorf("child %d exited with status %d", pid, status.ExitStatus()))
		}
	}
	return all
}
