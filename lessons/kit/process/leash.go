// Package process starts mtp's own children and sees to it that none is left behind.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Leash is a pipe whose write end only the narrating mtp has. Every child holds the read end; when
// the narrating mtp goes, in whatever way, the kernel closes the write end and the child ends
// itself. A second pipe runs the other way: once its write end, which every child holds too, is
// closed everywhere, all of them are gone, grandchildren included.
type Leash struct {
	held, hand         *os.File // the children's end, and ours (nil in a child)
	presence, absences *os.File // the children's end, and ours (nil in a child)
	stderr             *os.File // what children have to say before they die
	started            func(pid int, name string, begun time.Time)
	report             func(pids []int)

	mu       sync.Mutex
	cut      bool
	ended    []int // whom nobody had waited for when the leash was let go of
	children []child
	others   map[int]int // descendants that aren't our children: PID -> pidfd
	unhook   func() bool
}

// child is a child on a leash, and how its status is collected.
type child struct {
	*os.Process
	reap    func()
	partner bool
}

// leashVariable tells a child where it finds its ends of the leash: the numbers that handOver has
// returned, and "partner" behind them in one.
const (
	leashVariable = "MTP_LEASH"
	partnerMark   = ",partner"
)

// lastWords is how long a partner may take to end.
const lastWords = time.Second

// NewLeash makes a leash that is let go of when the context ends, or by Cut. started hears of every
// process that is put on it, and when the call for it began (zero if that was another process's);
// report hears which ones had to be ended by Cut. Either may be nil. In a process that is on a
// leash itself, its children are present to whoever holds that one as well.
func NewLeash(
	ctx context.Context,
	started func(pid int, name string, begun time.Time),
	report func(pids []int),
) (*Leash, error) {
	l := &Leash{started: started, report: report, others: map[int]int{}}
	var err error
	if l.held, l.hand, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("make the leash: %w", err)
	}
	if above := Inherited(); above != nil {
		l.presence, l.stderr = above.presence, above.stderr
	} else {
		if l.absences, l.presence, err = os.Pipe(); err != nil {
			l.held.Close()
			l.hand.Close()
			return nil, fmt.Errorf("make the leash: %w", err)
		}
		l.stderr = complaints()
	}
	l.unhook = context.AfterFunc(ctx, l.letGo)
	return l, nil
}

// Inherited is the leash by which this process's parent holds it, to be passed on to its own
// children; nil if it is not held.
var Inherited = sync.OnceValue(func() *Leash {
	ends := takeOver(strings.TrimSuffix(os.Getenv(leashVariable), partnerMark))
	if len(ends) != 2 {
		return nil
	}
	return &Leash{held: ends[0], presence: ends[1], stderr: os.Stderr}
})

// takeOver is the other side of handOver: the files with these numbers, which this process's own
// children don't get.
func takeOver(numbers string) (files []*os.File) {
	for number := range strings.SplitSeq(numbers, ",") {
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return nil
		}
		closeOnExec(uintptr(n))
		files = append(files, os.NewFile(uintptr(n), "inherited "+number))
	}
	return files
}

// Command is mtp itself in another role: what a student sees in ps, and can type. Its standard
// input is empty and its standard output goes nowhere, unless the lesson says otherwise. A nil
// leash is fine: then nothing holds the child.
func (l *Leash) Command(lesson, role string, args ...string) *exec.Cmd {
	cmd := exec.Command(executable(), append([]string{"role", lesson, role}, args...)...)
	cmd.Args[0] = filepath.Base(os.Args[0])
	cmd.Stderr = os.Stderr
	cmd.Env = os.Environ()
	if l != nil {
		cmd.Stderr = l.stderr
		cmd.Env = append(cmd.Env, leashVariable+"="+handOver(cmd, l.held, l.presence))
	}
	return cmd
}

// Start starts the command, as its own Start does, and remembers it for the end. The child gets a
// process group of its own: what is typed at the terminal (Ctrl-C, Ctrl-Z, Ctrl-\) is for the
// narrating mtp, which ends its children itself. A nil leash starts the command, no more.
func (l *Leash) Start(cmd *exec.Cmd) error {
	return l.start(cmd, roleOf(cmd), func() {
		if cmd.ProcessState == nil {
			_ = cmd.Wait() // its status says that we killed it, or that the lesson has reaped it
		}
	}, false)
}

// StartPartner is Start for a child that works on the same terminal: it stays in this process's
// group, so that it may read there, and when the leash is let go of it is not killed, but has a
// second to leave the terminal as it was: see Released. It is reaped as soon as it has ended. If
// either is stopped when the other ends, it is continued.
func (l *Leash) StartPartner(cmd *exec.Cmd) error {
	for i, variable := range slices.Backward(cmd.Env) { // the last one counts
		if strings.HasPrefix(variable, leashVariable+"=") {
			cmd.Env[i] += partnerMark
			break
		}
	}
	started := continueWithout(cmd)
	ended := make(chan struct{})
	err := l.start(cmd, roleOf(cmd), func() {
		kill := func() { _ = cmd.Process.Kill() }
		defer time.AfterFunc(lastWords, kill).Stop()
		<-ended
	}, true)
	started()
	if err == nil {
		go func() {
			_ = cmd.Wait()
			close(ended)
		}()
	}
	return err
}

// Released is closed, in a partner, when the leash is let go of.
var Released = sync.OnceValue(func() <-chan struct{} {
	released := make(chan struct{})
	if leash := Inherited(); leash != nil {
		go func() {
			_, _ = io.Copy(io.Discard, leash.held)
			close(released)
		}()
	}
	return released
})

func (l *Leash) start(cmd *exec.Cmd, name string, reap func(), partner bool) error {
	if l == nil {
		return cmd.Start()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return context.Canceled
	}
	begun := time.Now()
	start := startInOwnGroup
	if partner {
		start = func(cmd *exec.Cmd, _ bool) error { return cmd.Start() }
	}
	if err := start(cmd, l.hand != nil); err != nil {
		return err
	}
	l.children = append(l.children, child{cmd.Process, reap, partner})
	if l.started != nil {
		l.started(cmd.Process.Pid, name, begun)
	}
	return nil
}

// roleOf names what a command does: its role, if it is mtp in one.
func roleOf(cmd *exec.Cmd) string {
	if len(cmd.Args) > 3 && cmd.Args[1] == "role" {
		return cmd.Args[3]
	}
	return filepath.Base(cmd.Path)
}

// isPartner reports whether this process works on its parent's terminal.
func isPartner() bool { return strings.HasSuffix(os.Getenv(leashVariable), partnerMark) }

// Unleash forgets what this process was given as a role, if it is none: somebody's environment says
// so by mistake.
func Unleash() {
	_ = os.Unsetenv(leashVariable)
	_ = os.Unsetenv(filesVariable)
}

// hold ties this process to the leash that it inherited.
func (l *Leash) hold() {
	if isPartner() {
		tie(l.held, true)
		go func() {
			<-Released()
			time.Sleep(lastWords)
			os.Exit(1)
		}()
		return
	}
	tie(l.held, false)
	go func() {
		// Nothing is ever written: it ends when the narrating mtp does.
		_, _ = io.Copy(io.Discard, l.held)
		os.Exit(1)
	}()
}

// executable is this program's file; "mtp" in the PATH where the system does not tell.
func executable() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// Tie puts a descendant that is not a child of this process on the leash as well, so that it ends
// even if it is stopped.
func (l *Leash) Tie(pid int, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return // by the leash it ends anyway
	}
	if pidfd, err := openPidfd(pid); err == nil {
		l.others[pid] = pidfd
	}
	if l.started != nil {
		l.started(pid, name, time.Time{})
	}
}

// letGo ends every process on the leash. It does not wait for them.
func (l *Leash) letGo() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return
	}
	l.cut = true
	for _, child := range l.children {
		// The lesson may have reaped it behind our back, and its PID may be another's by now.
		if !child.partner && isChild(child.Pid) && child.Kill() == nil {
			l.ended = append(l.ended, child.Pid)
		}
	}
	for pid, pidfd := range l.others {
		if killPidfd(pidfd) {
			l.ended = append(l.ended, pid)
		}
	}
	l.hand.Close()
	slices.Sort(l.ended)
}

// Cut ends and reaps everything on the leash, and returns when it is gone.
func (l *Leash) Cut() {
	l.unhook()
	l.letGo()
	for _, child := range l.children {
		child.reap()
	}
	l.held.Close()
	if l.absences != nil {
		l.presence.Close()
		_ = l.absences.SetReadDeadline(time.Now().Add(2 * time.Second))
		_, _ = io.Copy(io.Discard, l.absences)
		l.absences.Close()
	}
	for pid, pidfd := range l.others {
		reapAdopted(pid)
		closePidfd(pidfd)
	}
	if l.report != nil {
		l.report(l.ended)
	}
}

// Children is how many were started on the leash.
func (l *Leash) Children() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.children)
}

// Explain adds what the children said on their standard error, if they said something, to an error
// that may have come of it. A Go program that can't have the threads it needs says so there: that
// is the limit of fork(2), EAGAIN.
func (l *Leash) Explain(err error) error {
	if err == nil {
		return nil
	}
	switch first := firstLine(l.stderr); {
	case first == "":
		return err
	case strings.Contains(first, noThread):
		return fmt.Errorf("a child could not start its threads: %w", syscall.EAGAIN)
	default:
		return errors.Join(err, errors.New(first))
	}
}

// noThread is what Go's runtime says when it can't have a thread that it needs, before it exits
// with status 2.
const noThread = "failed to create new OS thread"

// firstLine is the first line of what children have written to their standard error.
func firstLine(complaints *os.File) string {
	if complaints == os.Stderr {
		return ""
	}
	said, _ := io.ReadAll(io.NewSectionReader(complaints, 0, 1<<16))
	first, _, _ := strings.Cut(string(said), "\n")
	return first
}
