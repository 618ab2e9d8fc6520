package tracer

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
)

// atEntry reports whether a thread is about to make a call, and has not made it yet.
func (t *tracer) atEntry(th *thread) bool {
	info, err := callInfo(th.tid)
	return err == nil && info.op == opEntry
}

// enter is about a call that is about to be made.
func (t *tracer) enter(th *thread) {
	info, err := callInfo(th.tid)
	if err != nil {
		return // it was killed
	}
	abi, name := t.callOf(info)
	if name == "" {
		return
	}
	p := th.process
	th.abi = abi
	copy(th.args[:], info.entered[1:])
	first, second := th.args[0], th.args[1]
	switch name {
	case "fork", "vfork", "clone", "clone3":
		if th.flags = th.cloneFlags(name); th.flags&unix.CLONE_THREAD == 0 {
			th.await(name)
			th.stack = t.stack(th)
		}
	case "execve", "execveat", "setsid", "setpgid", "pipe", "pipe2":
		th.await(name)
	case "exit_group":
		t.say(Fact{
			Kind: Exiting, PID: p.pid, Call: name, Status: int(int32(first)), Stack: t.stack(th),
		})
		t.holdUp()
	case "exit":
		if th.alone(t) {
			t.say(Fact{
				Kind: Exiting, PID: p.pid, Call: name, Status: int(int32(first)),
				Stack: t.stack(th),
			})
		}
	case "wait4", "waitpid", "waitid":
		t.waits(th, name)
	case "rt_sigaction", "signal":
		t.disposes(th, name)
	case "kill", "tkill", "tgkill", "rt_sigqueueinfo":
		sig := second
		if name == "tgkill" {
			sig = th.args[2]
		}
		if target := int(int32(first)); sig != 0 && target != p.pid && target != th.tid {
			t.say(Fact{
				Kind: Sent, PID: p.pid, Call: name, Target: target, Signal: syscall.Signal(sig),
				Stack: t.stack(th),
			})
		}
	case "prctl":
		if first == unix.PR_SET_CHILD_SUBREAPER {
			t.say(Fact{Kind: Subreaper, PID: p.pid, Call: name, On: second != 0})
		}
	case "write", "writev":
		t.writes(th, name)
	case "ptrace":
		t.say(Fact{Kind: Ptraced, PID: p.pid, Call: name, Stack: t.stack(th)})
	}
}

// await has the call's result told.
func (th *thread) await(name string) {
	th.call, th.entered, th.stack = name, time.Now(), nil
}

// callOf is the call that a thread makes, if it matters.
func (t *tracer) callOf(info syscallInfo) (*abi, string) {
	number := info.entered[0]
	for i := range t.abis {
		if t.abis[i].arch != info.arch || number >= x32 {
			continue
		}
		for _, c := range t.abis[i].calls {
			if uint64(c.number) == number && (!c.only || uint32(info.entered[1]) == c.first) {
				return &t.abis[i], c.name
			}
		}
	}
	return nil, ""
}

// cloneFlags are what is to be shared with the child; see clone(2).
func (th *thread) cloneFlags(name string) uint64 {
	switch name {
	case "clone":
		return th.args[0]
	case "clone3":
		var flags [8]byte
		if read(th.tid, th.args[0], flags[:]) {
			return binary.NativeEndian.Uint64(flags[:])
		}
	}
	return 0
}

// alone reports whether a thread is its process's only one.
func (th *thread) alone(t *tracer) bool {
	for _, other := range t.threads {
		if other != th && other.process == th.process {
			return false
		}
	}
	return true
}

// waits is about a wait that begins.
func (t *tracer) waits(th *thread, name string) {
	again := th.waitsAgain
	th.await(name)
	if again.call == name && again.args == th.args { // a signal has interrupted it
		th.entered, th.stack = again.entered, again.stack
		return
	}
	th.stack = t.stack(th)
	f := Fact{Kind: Waiting, PID: th.process.pid, Call: name, Child: th.waitsFor(), Stack: th.stack}
	if th.options()&unix.WNOHANG == 0 {
		t.say(f)
	}
}

// options are those of a wait.
func (th *thread) options() uint64 {
	if th.call == "waitid" {
		return th.args[3]
	}
	return th.args[2]
}

// waitsFor is whom a wait is for, as wait4(2) has it: -1 is any child, and below that a group.
func (th *thread) waitsFor() int {
	if th.call != "waitid" {
		return int(int32(th.args[0]))
	}
	id := int(int32(th.args[1]))
	switch th.args[0] {
	case unix.P_PID:
		return id
	case unix.P_PGID:
		return -id
	case unix.P_PIDFD:
		text, err := os.ReadFile(kernel.Proc(th.process.pid, fmt.Sprintf("fdinfo/%d", id)))
		if _, after, found := strings.Cut(string(text), "\nPid:"); err == nil && found {
			_, _ = fmt.Sscan(after, &id)
			return id
		}
	}
	return -1
}

// disposes is about what a process wants SIGCHLD to do.
func (t *tracer) disposes(th *thread, name string) {
	handler, flags := th.args[1], uint64(0)
	if name == "rt_sigaction" {
		if th.args[1] == 0 {
			return // it only asks
		}
		action := make([]byte, 2*th.abi.words)
		if !read(th.tid, th.args[1], action) {
			return
		}
		handler, flags = th.abi.word(action), th.abi.word(action[th.abi.words:])
	}
	const asDefault, ignore, noChildWait = 0, 1, 2 // SIG_DFL, SIG_IGN, SA_NOCLDWAIT
	f := Fact{
		Kind: Disposed, PID: th.process.pid, Call: name, Disposition: Handled, Stack: t.stack(th),
	}
	switch {
	case handler == ignore || flags&noChildWait != 0:
		f.Disposition = Ignored
	case handler == asDefault:
		f.Disposition = Default
	}
	t.say(f)
}

// word is the first word of what was read.
func (a *abi) word(bytes []byte) uint64 {
	if a.words == 4 {
		return uint64(binary.NativeEndian.Uint32(bytes))
	}
	return binary.NativeEndian.Uint64(bytes)
}

// maxBytes is how much of what is written is looked at.
const maxBytes = 512

// writes is about what a process writes to its standard output, for the first time since it was
// born or has last forked.
func (t *tracer) writes(th *thread, name string) {
	p := th.process
	if p.wrote {
		return
	}
	p.wrote = true
	from, size := th.args[1], int(th.args[2])
	if name == "writev" {
		vector := make([]byte, 2*th.abi.words)
		if !read(th.tid, th.args[1], vector) {
			return
		}
		from, size = th.abi.word(vector), int(th.abi.word(vector[th.abi.words:]))
	}
	bytes := make([]byte, min(max(size, 0), maxBytes))
	if read(th.tid, from, bytes) {
		t.say(Fact{Kind: Wrote, PID: p.pid, Bytes: bytes, Size: size})
	}
}

// leave is about a call that has returned.
func (t *tracer) leave(th *thread) {
	info, err := callInfo(th.tid)
	name := th.call
	if err != nil || info.op != opExit || name == "" {
		return
	}
	value, errno := info.result()
	p := th.process
	th.call, th.waitsAgain = "", interruptedWait{}
	switch name {
	case "wait4", "waitpid", "waitid":
		if errno >= erestartsys && errno <= erestartBlock {
			th.waitsAgain = interruptedWait{name, th.args, th.entered, th.stack}
			return
		}
		th.call = name // for its options
		t.waited(th, int(value), errno)
		th.call = ""
	case "fork", "vfork", "clone", "clone3", "execve", "execveat":
		if errno != 0 && (errno < erestartsys || errno > erestartBlock) {
			f := Fact{Kind: Failed, PID: p.pid, Call: name, Errno: errno, Stack: th.stack}
			switch name {
			case "execve":
				f.Path = text(th.tid, th.args[0])
			case "execveat":
				f.Path = text(th.tid, th.args[1])
			}
			if f.Stack == nil {
				f.Stack = t.stack(th)
			}
			t.say(f)
		}
	case "setsid":
		if errno == 0 {
			t.say(Fact{Kind: Session, PID: p.pid, Call: name})
		}
	case "setpgid":
		if errno == 0 {
			t.say(Fact{
				Kind: Group, PID: p.pid, Call: name,
				Target: int(int32(th.args[0])), Child: int(int32(th.args[1])),
			})
		}
	case "pipe", "pipe2":
		if ends := make([]byte, 8); errno == 0 && read(th.tid, th.args[0], ends) {
			f := Fact{Kind: Piped, PID: p.pid, Call: name}
			for i := range f.Ends {
				f.Ends[i] = int(binary.NativeEndian.Uint32(ends[4*i:]))
			}
			f.Pipe = kernel.PipeOf(p.pid, f.Ends[0])
			t.say(f)
		}
	}
}

// What the kernel's calls return inside when a signal interrupts them, and they are made once more.
const (
	erestartsys   syscall.Errno = 512
	erestartBlock syscall.Errno = 516
)

// waited is about a wait that has returned.
func (t *tracer) waited(th *thread, value int, errno syscall.Errno) {
	p := th.process
	f := Fact{
		Kind: Waited, PID: p.pid, Call: th.call, Child: value, Target: th.waitsFor(), Errno: errno,
		NoHang:  th.options()&unix.WNOHANG != 0,
		Peek:    th.call == "waitid" && th.options()&unix.WNOWAIT != 0,
		Blocked: time.Since(th.entered), Stack: th.stack,
	}
	if th.call == "waitid" && errno == 0 {
		f.Child = t.foundByWaitid(th)
	}
	child := t.processes[f.Child]
	if f.Child != 0 && (child == nil || !child.dead) {
		return // it tells of a stop, or that it goes on
	}
	t.say(f)
	if child != nil && !f.Peek {
		delete(t.processes, f.Child)
	}
	t.reapedByKernel(p.pid)
}

func isWait(call string) bool { return call == "wait4" || call == "waitpid" || call == "waitid" }

// foundByWaitid is the child of which waitid(2) has told; 0: of none.
func (t *tracer) foundByWaitid(th *thread) int {
	if th.args[2] == 0 { // it did not want to know: the one that is listed no more
		for _, p := range t.processes {
			if !p.dead || p.parent != th.process.pid {
				continue
			}
			if _, err := kernel.ReadStat(p.pid); err != nil {
				return p.pid
			}
		}
		return 0
	}
	offset := uint64(16) // of si_pid
	if th.abi.words == 4 {
		offset = 12
	}
	var pid [4]byte
	if !read(th.tid, th.args[2]+offset, pid[:]) {
		return 0
	}
	return int(binary.NativeEndian.Uint32(pid[:]))
}
