package fork

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/rawfork"
	"mtp/lessons/kit/stage"
)

// fail has a child fork that may not: its user is allowed one task, which is the child itself.
func fail(s *stage.Stage) {
	s.TitleAs("title.fail", "fork: a call that fails")
	s.Steps(3)

	s.Step("limit",
		"Fork a child. It allows its user a single task (process or thread): setrlimit(RLIMIT_NPROC, 1).")
	c := newConfined(s)
	s.Mustf(c.fork(), "fork")
	s.Sampler().Add(c.pid, "child", time.Time{})
	if errno := c.hear(s); errno != 0 {
		s.Mustf(errno, "setrlimit in child %d", c.pid)
	}
	status := s.Status(c.pid)
	var uid int
	_, err := fmt.Sscan(status.Get("Uid"), &uid)
	s.Mustf(err, "read Uid in %s", status.Source)
	if uid != os.Getuid() {
		s.Say("nobody",
			"This limit does not bind root, so the child has first become another user.")
	}
	s.See("user", status, "Child {pid} belongs to user {uid}.", "pid", c.pid, "uid", uid)
	limits := s.Proc(c.pid, "limits")
	var most int
	_, after, _ := strings.Cut(limits.Text, "Max processes")
	_, err = fmt.Sscan(after, &most)
	s.Mustf(err, "read Max processes in %s", limits.Source)
	s.See("limited", limits, "Its limit of processes is {max}.", "max", most)

	another := s.AskYesNo("another",
		"Child {pid} is going to call fork. Will there be another process?", "pid", c.pid)
	s.Step("attempt", "Now the child calls fork.")
	c.goOn()
	errno := c.hear(s)
	switch errno {
	case 0:
		s.Unsupported("unbound",
			"fork did not fail: RLIMIT_NPROC does not bind this root, and mtp can't become another user here. Run it as an ordinary user")
	case syscall.EAGAIN:
	default:
		s.Mustf(errno, "fork in child %d", c.pid)
	}
	call := kernel.In("clone(SIGCHLD)", c.pid)
	s.See("failed", call, "In child {pid} the system call failed: error {number}, {name} ({text}).",
		"pid", c.pid, "number", int(errno), "name", unix.ErrnoName(errno), "text", errno.Error())
	another.Is(errno == 0, call)
	s.Tree("none", "The child has no child.")
	s.Say("fail.c", "C: fork returns -1, and errno is EAGAIN.")
	s.Say("fail.python",
		"Python: os.fork raises an OSError (BlockingIOError). It never returns a negative number, so “if pid < 0” checks nothing.")
	s.Say("fail.go",
		"Go has no fork. exec.Cmd's Start returns an error for which errors.Is(err, syscall.EAGAIN) holds.")

	s.Step("over", "The child ends.")
	c.goOn()
	pid := c.pid
	s.AwaitExit(pid)
	seeStatus(s, pid, c.reap(s))
	s.Lanes()
	s.Say("summary",
		"fork can fail: at RLIMIT_NPROC, threads-max, pid_max or a control group's pids.max (EAGAIN), or for want of memory (ENOMEM). See fork(2). A program has to look at what it got.")
}

// confined is a child that may have no other task beside it.
type confined struct {
	pid     int     // 0 once reaped
	uid     uintptr // the user that it becomes; 0: it stays what it is
	gate    gate    // where it waits
	report  gate    // where it says how it went
	reports *os.File
	errno   syscall.Errno // of setrlimit, in the child
}

// nobody is a user who owns nothing.
const nobody = 65534

func newConfined(s *stage.Stage) *confined {
	c := &confined{gate: newGate(s)}
	if os.Geteuid() == 0 {
		c.uid = nobody
	}
	var report *os.File
	c.reports, report = s.Pipe()
	c.report = gate{write: int(report.Fd()), hand: report}
	s.Cleanup(func() {
		if c.pid != 0 {
			s.CleanedUp([]int{c.pid})
			_ = unix.Kill(c.pid, unix.SIGKILL) // our own, not yet reaped
			c.reap(s)
		}
	})
	unhook := context.AfterFunc(s.Context(), func() { _ = c.reports.SetReadDeadline(time.Now()) })
	s.Cleanup(func() { unhook() })
	return c
}

// hear waits for what the child says: the error that it has met, or none.
func (c *confined) hear(s *stage.Stage) syscall.Errno {
	record := make([]byte, 8)
	_, err := io.ReadFull(c.reports, record)
	s.Mustf(err, "hear from child %d", c.pid)
	return syscall.Errno(fromBytes(record))
}

// goOn lets the child go on.
func (c *confined) goOn() { _, _ = c.gate.hand.Write(make([]byte, 1)) }

// reap waits for the child.
func (c *confined) reap(s *stage.Stage) (status unix.WaitStatus) {
	_, err := unix.Wait4(c.pid, &status, 0, nil)
	s.Mustf(err, "wait for %d", c.pid)
	c.pid = 0
	return status
}

// fork forks the child. It returns once, in the parent.
//
//go:norace
//go:nocheckptr
func (c *confined) fork() error {
	parent := uintptr(os.Getpid())
	rawfork.Before()
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 {
		c.confine(parent)
		rawfork.InChild()
		deafen()
		c.live()
	}
	rawfork.InParent()
	if errno != 0 {
		return errno
	}
	c.pid = int(pid)
	return c.report.hand.Close() // the child has it: when it ends, so do its reports
}

// confine takes from the child what would free it from the limit, and sets the limit.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (c *confined) confine(parent uintptr) {
	syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(c.gate.write), 0, 0)
	if c.uid != 0 {
		syscall.RawSyscall(syscall.SYS_SETGROUPS, 0, 0, 0)
		syscall.RawSyscall(syscall.SYS_SETRESGID, c.uid, c.uid, c.uid)
		syscall.RawSyscall(syscall.SYS_SETRESUID, c.uid, c.uid, c.uid)
	}
	none := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var capabilities [2]unix.CapUserData
	syscall.RawSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(&none)), uintptr(unsafe.Pointer(&capabilities)), 0)
	rawfork.DieWith(parent) // after setresuid, which forgets that
	one := unix.Rlimit{Cur: 1, Max: 1}
	_, _, c.errno = syscall.RawSyscall6(unix.SYS_PRLIMIT64,
		0, unix.RLIMIT_NPROC, uintptr(unsafe.Pointer(&one)), 0, 0, 0)
}

// live is the rest of the child's life: it tries to fork.
//
//go:norace
//go:nosplit
//go:nocheckptr
func (c *confined) live() {
	c.tell(c.errno)
	pass(c.gate.read)
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno == 0 && pid == 0 {
		rawfork.Exit(0)
	}
	if errno == 0 {
		syscall.RawSyscall6(syscall.SYS_WAIT4, pid, 0, 0, 0, 0, 0)
	}
	c.tell(errno)
	pass(c.gate.read)
	rawfork.Exit(0)
}

//go:norace
//go:nosplit
//go:nocheckptr
func (c *confined) tell(errno syscall.Errno) {
	report := int64(errno)
	syscall.RawSyscall(syscall.SYS_WRITE,
		uintptr(c.report.write), uintptr(unsafe.Pointer(&report)), unsafe.Sizeof(report))
}
