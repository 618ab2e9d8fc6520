package tracer

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/backtrace"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
)

// tracer is the state of a process that traces: it is all on one thread, for ptrace(2) is.
type tracer struct {
	out      *json.Encoder
	mu       sync.Mutex // of these three
	due      bool       // something is to be flushed soon
	buffered *bufio.Writer
	stacks   *backtrace.Reader // nil: no lines are wanted
	abis     []abi
	jitter   *rand.Rand // nil: none

	threads   map[int]*thread // that are traced
	processes map[int]*traced // that have not been reaped
	early     map[int]int     // threads that stopped before their birth was told: their parents
	makers    []*thread       // that were killed in a call that makes a process
	first     int             // the program's PID; 0: it ran already
	begun     bool            // the program has been executed, or it ran already
	filtered  bool            // only the calls that matter stop
}

// thread is one thread of a traced process.
type thread struct {
	tid     int
	process *traced
	call    string    // the call whose result is awaited; "" if there is none
	args    [6]uint64 // of that call
	flags   uint64    // of that call, if it is a clone
	entered time.Time // when it was called first
	abi     *abi
	stack   backtrace.Stack // at that call

	waitsAgain interruptedWait // the kernel is going to make it once more
}

// interruptedWait is a wait that a signal has interrupted.
type interruptedWait struct {
	call    string
	args    [6]uint64
	entered time.Time
	stack   backtrace.Stack
}

// traced is one process.
type traced struct {
	pid, parent int
	dead        bool
	unlisted    bool // it was so at once when it had ended: reaped by the kernel, or by a wait
	stopped     bool
	wrote       bool   // since it was born or has last forked
	systems     bool   // its program came with the system
	stdout      uint64 // where its stdio keeps it; 0: not looked for yet, or none
}

// Trace is the role of the tracer. Its arguments are flags, then the program and its arguments.
// What it has seen it writes to the first file that it was given.
func Trace(args []string) error {
	flags := flag.NewFlagSet("tracer", flag.ContinueOnError)
	lesson := flags.String("lesson", "watch", "of which lesson the role is")
	group := flags.Int("group", 0, "the program's process group")
	pid := flags.Int("pid", 0, "trace a process that runs already, and its descendants")
	filter := flags.Bool("filter", true, "have the kernel filter the calls")
	adopt := flags.Bool("adopt", true, "adopt the program's orphans")
	lines := flags.Bool("lines", true, "name the lines of the source")
	jitter := flags.Uint64("jitter", 0, "hold processes up a little at forks: the seed of how long")
	if err := flags.Parse(args); err != nil {
		return err
	}
	out := process.File(0)
	if out == nil { // typed in a terminal
		out = os.Stdout
	}
	process.Unleash() // the program is not ours
	runtime.LockOSThread()
	t := &tracer{
		buffered: bufio.NewWriter(out), abis: abis(),
		threads: map[int]*thread{}, processes: map[int]*traced{}, early: map[int]int{},
	}
	t.out = json.NewEncoder(t.buffered)
	if *lines {
		t.stacks = backtrace.NewReader()
	}
	if *jitter > 0 {
		t.jitter = rand.New(rand.NewPCG(*jitter, 0))
	}
	defer t.flush()
	if *adopt {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("become a subreaper: %w", err)
		}
	}
	var err error
	if *pid > 0 {
		err = t.attach(*pid)
	} else {
		err = t.launch(*lesson, *group, *filter, flags.Args())
	}
	if err != nil {
		return err
	}
	return t.follow()
}

// options are what is asked of ptrace for each thread.
const options = unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACECLONE |
	unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACESECCOMP

// launch starts a child that is going to execute the program, and traces it from there on.
func (t *tracer) launch(lesson string, group int, filter bool, program []string) error {
	if len(program) == 0 {
		return errors.New("want a program")
	}
	held, gate, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	ready, readyPen, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	var none *process.Leash
	args := append([]string{strconv.FormatBool(filter)}, program...)
	cmd := none.Command(lesson, "program", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{held, readyPen}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: group > 0, Pgid: group}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the program: %w", err)
	}
	held.Close()
	readyPen.Close()
	_, _ = ready.Read(make([]byte, 1)) // from now on, the next exec is the program's
	ready.Close()
	t.first = cmd.Process.Pid
	if err := seize(t.first, options|unix.PTRACE_O_EXITKILL); err != nil {
		gate.Close()
		if st, statErr := kernel.ReadStat(t.first); statErr == nil && st.Dead() {
			var status unix.WaitStatus
			_, _ = unix.Wait4(t.first, &status, 0, nil)
			t.say(notBegun(t.first, status))
			return nil
		}
		t.say(Fact{Kind: Refused, PID: t.first, Call: "ptrace", Errno: errnoOf(err)})
		return nil
	}
	t.add(t.first, &traced{pid: t.first, parent: os.Getpid()})
	if !filter {
		t.say(Fact{Kind: Unfiltered, PID: t.first})
	}
	if stopTyped() { // before there was anybody that it could stop
		_ = unix.Kill(t.first, unix.SIGTSTP)
	}
	if _, err := gate.Write([]byte{0}); err != nil {
		return fmt.Errorf("let the program begin: %w", err)
	}
	return gate.Close()
}

// notBegun says that what was to become the program has ended before that.
func notBegun(pid int, status unix.WaitStatus) Fact {
	f := Fact{Kind: Failed, PID: pid, Call: "execve"}
	switch {
	case status.Signaled():
		f.Signal = status.Signal()
	case status.ExitStatus() == 127: // as Launch has it
		f.Errno = unix.ENOENT
	}
	return f
}

// stopTyped reports whether Ctrl-Z was typed, and fg(1) not yet. (The leash has blocked SIGTSTP
// here.)
func stopTyped() bool {
	status, err := kernel.ReadStatus(os.Getpid())
	if err != nil {
		return false
	}
	pending, err := status.Mask("ShdPnd")
	return err == nil && pending&(1<<(unix.SIGTSTP-1)) != 0
}

// Launch is the role of the child that becomes the program, once it is traced.
func Launch(args []string) error {
	const gate, ready = 3, 4
	if len(args) < 2 {
		return errors.New("want whether to filter, and a program")
	}
	os.NewFile(ready, "ready").Close()
	opened := os.NewFile(gate, "gate")
	if n, _ := opened.Read(make([]byte, 1)); n == 0 {
		return errors.New("the tracer is gone") // with nobody to trace them, filtered calls fail
	}
	opened.Close()
	if filtered, err := strconv.ParseBool(args[0]); err != nil || filtered {
		_ = install(filter(abis())) // where that is not possible, the tracer stops all calls
	}
	// The leash starts what it holds with SIGTSTP blocked; see package process.
	stop := unix.Sigset_t{}
	stop.Val[0] = 1 << (unix.SIGTSTP - 1)
	if err := unix.PthreadSigmask(unix.SIG_UNBLOCK, &stop, nil); err != nil {
		return fmt.Errorf("unblock SIGTSTP: %w", err)
	}
	path, err := exec.LookPath(args[1])
	if err == nil {
		err = syscall.Exec(path, args[1:], os.Environ())
	}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, syscall.ENOENT) {
		os.Exit(127) // as of a shell
	}
	os.Exit(126)
	return nil
}

// attach traces a process that runs already, and its descendants.
func (t *tracer) attach(root int) error {
	t.begun = true
	all, err := kernel.Descendants(root)
	if err != nil {
		return err
	}
	for _, st := range all {
		p := &traced{pid: st.PID, parent: st.PPID, stopped: st.State == kernel.Stopped}
		t.say(Fact{
			Kind: Attached, PID: st.PID, Parent: st.PPID, Args: argumentsOr(st.Comm, st.PID),
			Zombie: st.Dead(), Disposition: disposition(st.PID),
		})
		if st.Dead() {
			continue
		}
		if err := t.seizeAll(p); err != nil {
			t.say(Fact{Kind: Refused, PID: st.PID, Call: "ptrace", Errno: errnoOf(err)})
			if st.PID == root {
				return nil
			}
		}
	}
	t.say(Fact{Kind: Unfiltered, PID: root})
	return nil
}

// disposition is what SIGCHLD does to a process that runs already.
func disposition(pid int) string {
	status, err := kernel.ReadStatus(pid)
	if err != nil {
		return ""
	}
	const sigchld = 1 << (unix.SIGCHLD - 1)
	ignored, err := status.Mask("SigIgn")
	caught, err2 := status.Mask("SigCgt")
	switch {
	case err != nil || err2 != nil:
		return ""
	case ignored&sigchld != 0:
		return Ignored
	case caught&sigchld != 0:
		return Handled
	}
	return Default
}

// seizeAll traces all threads of a process, also those that begin meanwhile.
func (t *tracer) seizeAll(p *traced) error {
	for more := true; more; {
		more = false
		tasks, err := filepath.Glob(kernel.Proc(p.pid, "task/*"))
		if err != nil {
			return err
		}
		for _, task := range tasks {
			tid, _ := strconv.Atoi(filepath.Base(task))
			if t.threads[tid] != nil {
				continue
			}
			if err := seize(tid, options); err != nil {
				if errors.Is(err, unix.ESRCH) {
					continue
				}
				return err
			}
			_ = ptrace(unix.PTRACE_INTERRUPT, tid, 0, 0) // ESRCH: it has ended
			t.add(tid, p)
			more = true
		}
	}
	return nil
}

func (t *tracer) add(tid int, p *traced) {
	t.threads[tid], t.processes[p.pid] = &thread{tid: tid, process: p}, p
}

// say writes a fact.
func (t *tracer) say(f Fact) {
	if !t.begun && f.Kind != Refused && f.Kind != Unfiltered && f.Kind != Failed {
		return // it is still mtp
	}
	if f.Time.IsZero() {
		f.Time = time.Now()
	}
	if len(f.Stack) > maxPlaces {
		f.Stack = f.Stack[:maxPlaces]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_ = t.out.Encode(f) // if nobody reads it any more, the leash ends this process
	if !t.due {
		t.due = true
		time.AfterFunc(flushAfter, t.flush)
	}
}

// flush writes what was told.
func (t *tracer) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due = false
	_ = t.buffered.Flush()
}

// flushAfter is how long what was seen may wait to be told: a write for each fact would keep the
// program waiting.
const flushAfter = 10 * time.Millisecond

// maxPlaces is how many places of a stack are told.
const maxPlaces = 2

// stack is where a thread is, if lines are wanted.
func (t *tracer) stack(th *thread) backtrace.Stack {
	if t.stacks == nil || !t.begun {
		return nil
	}
	stack := t.stacks.Of(th.tid)
	if len(stack) > 0 && stack[0].Line == 0 && th.process.systems {
		return nil // the inside of a shell says nothing to whoever has written the script
	}
	return stack
}

// change is what the kernel has told of a thread.
type change struct {
	tid    int
	status unix.WaitStatus
	usage  unix.Rusage
}

// follow tells what happens until nobody is left.
func (t *tracer) follow() error {
	for {
		changes, err := t.changes()
		for _, c := range changes {
			if c.status.Exited() || c.status.Signaled() {
				t.ended(c.tid, c.status, c.usage)
			} else if c.status.Stopped() {
				t.stopped(c.tid, c.status)
			}
		}
		if errors.Is(err, unix.ECHILD) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// changes waits until something has changed, and returns all that has. The kernel tells of the
// youngest first, so a process that has ended could be told of only after what its orphans have
// done since; therefore ends come first, unless the thread has done something before.
func (t *tracer) changes() (all []change, err error) {
	stopped := map[int]bool{}
	ends := 0
	for {
		var c change
		c.tid, err = unix.Wait4(-1, &c.status, unix.WALL|unix.WNOHANG, &c.usage)
		if c.tid == 0 && err == nil {
			if len(all) > 0 {
				return all, nil
			}
			c.tid, err = unix.Wait4(-1, &c.status, unix.WALL, &c.usage)
		}
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ECHILD):
			return all, err
		case err != nil:
			return all, fmt.Errorf("wait for what is traced: %w", err)
		case c.status.Stopped() || stopped[c.tid] || t.threads[c.tid] == nil:
			stopped[c.tid] = true
			all = append(all, c)
		default:
			all = slices.Insert(all, ends, c)
			ends++
		}
	}
}

// ended is about the end of a thread. That of the first one is the process's: ptrace holds it back
// until it is the last.
func (t *tracer) ended(tid int, status unix.WaitStatus, usage unix.Rusage) {
	th := t.threads[tid]
	delete(t.threads, tid)
	delete(t.early, tid)
	t.leaves(th)
	if th == nil { // a child that we have adopted, dead when it came
		if p := t.processes[tid]; p != nil {
			t.reaped(p, os.Getpid())
		}
		return
	}
	p := th.process
	if tid != p.pid {
		return
	}
	if t.stacks != nil {
		t.stacks.Forget(p.pid)
	}
	if !t.begun {
		delete(t.processes, p.pid)
		t.say(notBegun(p.pid, status))
		return
	}
	p.dead = true
	f := Fact{
		PID: p.pid, Zombie: !errors.Is(unix.Kill(p.pid, 0), unix.ESRCH), // it is listed
		CPU: time.Duration(usage.Utime.Nano() + usage.Stime.Nano()),
	}
	if status.Exited() {
		f.Kind, f.Status = Exited, status.ExitStatus()
	} else {
		f.Kind, f.Signal, f.Dumped = Killed, status.Signal(), status.CoreDump()
	}
	t.say(f)
	switch {
	case f.Zombie:
	case p.parent == os.Getpid():
		t.reaped(p, p.parent)
	case t.inWait(p.parent): // which may be about to return with it
		p.unlisted = true
	default:
		t.reaped(p, 0)
	}
	t.rehome(p.pid)
}

// inWait reports whether a process is waiting for its children.
func (t *tracer) inWait(pid int) bool {
	for _, th := range t.threads {
		if th.process.pid == pid && isWait(th.call) {
			return true
		}
	}
	return false
}

// reapedByKernel tells of the children that are not listed any more, though a wait of their parent
// was not about them.
func (t *tracer) reapedByKernel(parent int) {
	for _, p := range t.processes {
		if p.unlisted && p.parent == parent {
			t.reaped(p, 0)
		}
	}
}

// reaped is about one that is not listed any more, and for which no wait was seen. by is who must
// have done it; 0: the kernel.
func (t *tracer) reaped(p *traced, by int) {
	delete(t.processes, p.pid)
	t.say(Fact{Kind: Reaped, PID: p.pid, Parent: by})
}

// rehome tells who has adopted the children of a process that has ended.
func (t *tracer) rehome(former int) {
	var orphans []*traced
	for _, p := range t.processes {
		if p.parent == former {
			orphans = append(orphans, p)
		}
	}
	slices.SortFunc(orphans, func(a, b *traced) int { return a.pid - b.pid })
	for _, p := range orphans {
		st, err := kernel.ReadStat(p.pid)
		if err != nil {
			if p.dead {
				t.reaped(p, 0)
			}
			continue
		}
		p.parent = st.PPID
		t.say(Fact{Kind: Orphaned, PID: p.pid, Former: former, Parent: st.PPID, Zombie: p.dead})
	}
}

// stopped is about a thread that the kernel has stopped for us, and lets it go on.
func (t *tracer) stopped(tid int, status unix.WaitStatus) {
	th := t.threads[tid]
	if th == nil {
		t.arrived(tid)
		return
	}
	sig := status.StopSignal()
	switch event := int(status) >> 16; {
	case event == unix.PTRACE_EVENT_STOP:
		t.stoppedOrNot(th, sig)
		return
	case event == unix.PTRACE_EVENT_SECCOMP:
		if !t.begun {
			t.filtered = true
		}
		t.enter(th)
	case event == unix.PTRACE_EVENT_EXEC:
		th = t.exec(th)
	case event > 0:
		t.forked(th, event)
	case sig == syscall.SIGTRAP|0x80:
		if t.atEntry(th) {
			t.enter(th)
		} else {
			t.leave(th)
		}
	default:
		t.signalled(th, sig)
		return
	}
	t.goOn(th, 0)
}

// goOn lets a thread run until what matters next, and delivers a signal to it.
func (t *tracer) goOn(th *thread, sig syscall.Signal) {
	request := unix.PTRACE_CONT
	if th.call != "" || t.begun && !t.filtered {
		request = unix.PTRACE_SYSCALL
	}
	_ = ptrace(request, th.tid, 0, uintptr(sig)) // ESRCH: it was killed
}

// stoppedOrNot is about a stop by job control, its end, or the first stop of a new thread.
func (t *tracer) stoppedOrNot(th *thread, sig syscall.Signal) {
	p := th.process
	if sig == syscall.SIGTRAP {
		if p.stopped && th.tid == p.pid {
			p.stopped = false
			t.say(Fact{Kind: Continued, PID: p.pid})
		}
		t.goOn(th, 0)
		return
	}
	if !p.stopped {
		p.stopped = true
		t.say(Fact{Kind: Stopped, PID: p.pid, Signal: sig})
	}
	_ = ptrace(unix.PTRACE_LISTEN, th.tid, 0, 0) // it stays stopped, until SIGCONT
}

// signalled is about a signal that is about to be delivered.
func (t *tracer) signalled(th *thread, sig syscall.Signal) {
	f := Fact{Kind: Signalled, PID: th.process.pid, Signal: sig}
	if info, err := signalInfo(th.tid); err == nil {
		f.Sender = info.sender()
	}
	if sig == unix.SIGPIPE && f.Sender == f.PID {
		f.Sender = 0 // the kernel sends it in its name
	}
	switch sig {
	case unix.SIGPIPE, unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGABRT,
		unix.SIGSYS, unix.SIGTRAP:
		f.Stack = t.stack(th)
	case unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGTSTP:
		if ignores(f.PID, sig) {
			f.Disposition = Ignored
		}
	}
	if sig != unix.SIGURG || f.Sender != f.PID { // Go's runtime sends it to itself all the time
		t.say(f)
	}
	t.goOn(th, sig)
}

// ignores reports whether a process ignores a signal.
func ignores(pid int, sig syscall.Signal) bool {
	status, err := kernel.ReadStatus(pid)
	if err != nil {
		return false
	}
	ignored, err := status.Mask("SigIgn")
	return err == nil && ignored&(1<<(sig-1)) != 0
}

// forked is about a child, or a thread, that a call has just made.
func (t *tracer) forked(th *thread, event int) {
	child, err := eventMessage(th.tid)
	if err != nil {
		return
	}
	call := th.call
	th.call = "" // it has worked
	p := th.process
	if event == unix.PTRACE_EVENT_CLONE && groupOf(child) == p.pid {
		t.add(child, p)
	} else {
		f := Fact{
			Kind: Forked, PID: p.pid, Child: child, Call: cmp.Or(call, "fork"), Stack: th.stack,
		}
		if f.Stack == nil {
			f.Stack = t.stack(th)
		}
		f.Pending = t.pending(p)
		p.wrote = false
		c := &traced{pid: child, parent: p.pid, systems: p.systems}
		if th.flags&unix.CLONE_PARENT != 0 {
			c.parent = p.parent
		}
		t.add(child, c)
		f.Parent = c.parent
		t.say(f)
	}
	if _, early := t.early[child]; early {
		delete(t.early, child)
		if t.jitter != nil && t.jitter.IntN(2) == 0 {
			t.holdUp()
		}
		t.goOn(t.threads[child], 0)
	}
	if t.jitter != nil && t.jitter.IntN(2) == 0 {
		t.holdUp()
	}
}

// arrived is about a process, or thread, that has stopped before its birth was told. The call that
// has made it will be told, too, unless its maker was killed in that call.
func (t *tracer) arrived(tid int) {
	t.early[tid] = 0
	st, err := kernel.ReadStat(tid)
	if err != nil || groupOf(tid) != tid {
		return
	}
	t.early[tid] = st.PPID
	if parent := t.processes[st.PPID]; len(t.makers) == 0 || parent != nil && !parent.dead {
		return
	}
	maker := t.makers[len(t.makers)-1]
	t.makers = t.makers[:len(t.makers)-1]
	t.unannounced(maker, tid)
	t.processes[tid].parent = st.PPID
	t.say(Fact{Kind: Orphaned, PID: tid, Former: maker.process.pid, Parent: st.PPID})
}

// leaves is about a thread that has ended, perhaps in a call that makes a process.
func (t *tracer) leaves(th *thread) {
	if th == nil || !strings.Contains(th.call, "fork") && !strings.Contains(th.call, "clone") {
		return
	}
	for tid, parent := range t.early {
		if parent == th.process.pid {
			t.unannounced(th, tid)
			return
		}
	}
	t.makers = append(t.makers, th)
}

// unannounced lets a process begin whose maker can't tell of it any more.
func (t *tracer) unannounced(maker *thread, child int) {
	p := maker.process
	delete(t.early, child)
	t.add(child, &traced{pid: child, parent: p.pid, systems: p.systems})
	t.say(Fact{
		Kind: Forked, PID: p.pid, Child: child, Parent: p.pid, Call: maker.call, Stack: maker.stack,
	})
	t.goOn(t.threads[child], 0)
}

// holdUp keeps everybody who is stopped waiting, for a while that differs.
func (t *tracer) holdUp() {
	if t.jitter != nil {
		time.Sleep(time.Duration(t.jitter.IntN(int(maxJitter))))
	}
}

const maxJitter = 3 * time.Millisecond

// exec is about a program that a process has just begun to run. The thread that has called exec has
// become the process's only one.
func (t *tracer) exec(th *thread) *thread {
	p := th.process
	former, err := eventMessage(th.tid)
	if err == nil && former != th.tid {
		delete(t.threads, former)
	}
	for tid, other := range t.threads {
		if other.process == p && tid != p.pid {
			delete(t.threads, tid)
		}
	}
	th.call, th.stack = "", nil
	if t.stacks != nil {
		t.stacks.Forget(p.pid)
	}
	p.stdout = 0
	args := arguments(p.pid)
	if !t.begun && isLauncher(args) {
		return th // the child was seized before it was told that it is mtp in that role
	}
	if !t.begun {
		t.begun = true
		if !t.filtered {
			t.say(Fact{Kind: Unfiltered, PID: p.pid})
		}
	}
	f := Fact{Kind: Execed, PID: p.pid, Parent: p.parent, Args: args}
	if used, err := kernel.ReadSchedstat(p.pid); err == nil {
		f.CPU = used.Running
	}
	f.Path, _ = os.Readlink(kernel.Proc(p.pid, "exe"))
	p.systems = strings.HasPrefix(f.Path, "/usr/") || strings.HasPrefix(f.Path, "/bin/")
	var st unix.Stat_t
	if unix.Stat(kernel.Proc(p.pid, "exe"), &st) == nil {
		f.SetID = st.Mode&(unix.S_ISUID|unix.S_ISGID) != 0
	}
	t.say(f)
	return th
}

// isLauncher reports whether a command line is that of the child that is going to become the
// program.
func isLauncher(args []string) bool {
	return len(args) > 3 && args[0] == filepath.Base(os.Args[0]) && args[1] == "role" &&
		args[3] == "program"
}

// arguments are a process's command line.
func arguments(pid int) []string {
	text, err := os.ReadFile(kernel.Proc(pid, "cmdline"))
	if err != nil || len(text) == 0 {
		return nil
	}
	list := strings.Split(string(bytes.TrimSuffix(text, []byte{0})), "\x00")
	const enough = 64
	return list[:min(len(list), enough)]
}

// argumentsOr are a process's command line, or its name, if it is dead and has none.
func argumentsOr(name string, pid int) []string {
	if args := arguments(pid); args != nil {
		return args
	}
	return []string{name}
}

// groupOf is the PID of the process that a thread belongs to.
func groupOf(tid int) int {
	status, err := kernel.ReadStatus(tid)
	if err != nil {
		return 0
	}
	pid, _ := status.Count("Tgid")
	return int(pid)
}

func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}
