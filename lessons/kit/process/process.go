package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Parent is this process as a parent: it names its children, and sees to them when it ends, as
// Python's multiprocessing does behind the scenes.
type Parent struct {
	lesson   string
	roles    Roles
	leash    *Leash // held by the narrating mtp
	own      *Leash // held by this process
	release  func()
	children []*Process
}

// NewParent returns this process as the parent of children that play roles of a lesson. The leash
// is the narrating mtp's, or the one that this process inherited.
func NewParent(lesson string, roles Roles, leash *Leash) (*Parent, error) {
	if leash != nil && leash.hand != nil {
		return &Parent{
			lesson: lesson, roles: roles, leash: leash, own: leash, release: func() {},
		}, nil
	}
	// Daemons shall end with this process, not only with the narrating mtp.
	own, err := NewLeash(context.Background(), nil, nil)
	if err != nil {
		return nil, err
	}
	if leash == nil {
		leash = own
	}
	return &Parent{lesson: lesson, roles: roles, leash: leash, own: own, release: own.Cut}, nil
}

// Process is an activity in a process of its own: mtp in one of its roles. It is what Python's
// multiprocessing.Process is, and its standard input is empty, too. A Process belongs to the
// goroutine that made it.
type Process struct {
	Name  string            // to be changed before Start only, as all of these
	Args  []string          // positional arguments
	Named map[string]string // named arguments: to the role --name=value, before the others
	Files []*os.File        // what else it gets; see File

	parent *Parent
	role   string
	daemon bool
	cmd    *exec.Cmd
	stdout *os.File // nil: what it prints is dropped
	ended  chan struct{}
	end    time.Time // this and said are set when ended is closed: its status is collected
	said   string
	joined bool
}

// Errors of misuse.
var (
	ErrStarted    = errors.New("the process was started already")
	ErrNotStarted = errors.New("the process was not started yet")
)

// Process returns a new child that has not been started. Its name is Process-N.
func (p *Parent) Process(role string, args ...string) *Process {
	name := fmt.Sprintf("Process-%d", len(p.children)+1)
	child := &Process{Name: name, Args: args, parent: p, role: role}
	p.children = append(p.children, child)
	return child
}

// End does what is due when a parent ends: it terminates the daemons, and joins all. It returns the
// Failures of those that nobody has joined before; daemons are not among them.
func (p *Parent) End(ctx context.Context) error {
	for _, child := range p.children {
		if child.daemon && child.Alive() {
			_ = child.Terminate()
		}
	}
	var failures error
	for _, child := range p.children {
		if child.cmd == nil {
			continue
		}
		reported := child.joined || child.daemon
		if err := child.Join(ctx); !reported {
			failures = errors.Join(failures, err)
		}
	}
	p.release()
	return failures
}

// SetDaemon says whether the process shall end with its parent. It fails with ErrStarted after
// Start.
func (p *Process) SetDaemon(daemon bool) error {
	if p.cmd != nil {
		return fmt.Errorf("make %s a daemon: %w", p.Name, ErrStarted)
	}
	p.daemon = daemon
	return nil
}

// Daemon reports whether the process ends with its parent.
func (p *Process) Daemon() bool { return p.daemon }

// StdoutPipe returns the end of a pipe from which what the process prints can be read. It has to be
// called before Start.
func (p *Process) StdoutPipe() (*os.File, error) {
	if p.cmd != nil {
		return nil, fmt.Errorf("make a pipe to %s: %w", p.Name, ErrStarted)
	}
	p.closeStdout()
	out, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe to %s: %w", p.Name, err)
	}
	p.stdout = in
	return out, nil
}

// closeStdout leaves the pipe to the child.
func (p *Process) closeStdout() {
	if p.stdout != nil {
		p.stdout.Close()
		p.stdout = nil
	}
}

// Start starts the process, by the start method that Python calls spawn: fork and exec. It fails if
// there is no such role, if the process was started already, or if the system can't start it.
func (p *Process) Start() error {
	if p.cmd != nil {
		return fmt.Errorf("start %s: %w", p.Name, ErrStarted)
	}
	defer p.closeStdout()
	if p.parent.roles[p.role] == nil {
		const text = "start %s: the lesson %s has no role %q"
		return fmt.Errorf(text, p.Name, p.parent.lesson, p.role)
	}
	leash := p.parent.leash
	if p.daemon {
		leash = p.parent.own
	}
	cmd := leash.Command(p.parent.lesson, p.role, p.arguments()...)
	if p.stdout != nil { // a nil *os.File in an io.Writer would not be nil
		cmd.Stdout = p.stdout
	}
	stderr := complaints()
	cmd.Stderr = stderr
	Give(cmd, p.Files...)
	ended := make(chan struct{})
	if err := leash.start(cmd, p.Name, func() { <-ended }, false); err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.cmd, p.ended = cmd, ended
	go func() {
		awaitEnd(cmd.Process)
		_ = cmd.Wait()
		p.end, p.said = time.Now(), firstLine(stderr)
		if stderr != os.Stderr {
			stderr.Close()
		}
		close(ended)
	}()
	return nil
}

// arguments are what follows the role in the command line: the named ones, then the positional
// ones, as package flag parses them.
func (p *Process) arguments() (args []string) {
	for _, name := range slices.Sorted(maps.Keys(p.Named)) {
		args = append(args, "--"+name+"="+p.Named[name])
	}
	if len(p.Args) > 0 && strings.HasPrefix(p.Args[0], "-") {
		args = append(args, "--")
	}
	return append(args, p.Args...)
}

// PID is the process's PID; 0 before Start.
func (p *Process) PID() int {
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Alive reports whether the process was started, and its status has not been collected yet.
func (p *Process) Alive() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Join waits until the process has ended, or the context has; then it returns the context's error,
// and the process lives on. Join may be called again. It returns a *Failure if the process did not
// end with status 0, and ErrNotStarted before Start.
func (p *Process) Join(ctx context.Context) error {
	if p.cmd == nil {
		return fmt.Errorf("join %s: %w", p.Name, ErrNotStarted)
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		if p.Alive() {
			return ctx.Err()
		}
	}
	p.joined = true
	code, _ := p.ExitCode()
	if code == 0 {
		return nil
	}
	return &Failure{Name: p.Name, PID: p.PID(), Code: code, Said: p.said}
}

// ExitCode is the status that the process has ended with: 0 to 255, or -N if signal N has killed
// it. ok is false before that.
func (p *Process) ExitCode() (code int, ok bool) {
	if p.cmd == nil || p.Alive() {
		return 0, false
	}
	status, is := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if is && status.Signaled() {
		return -int(status.Signal()), true
	}
	return p.cmd.ProcessState.ExitCode(), true
}

// Ended is when the process ended, as far as this one knows; zero before that.
func (p *Process) Ended() time.Time {
	if p.cmd == nil || p.Alive() {
		return time.Time{}
	}
	return p.end
}

// Usage is what the process has used up, as wait4(2) returns it; ok is false before the process has
// ended.
func (p *Process) Usage() (usage Usage, ok bool) {
	if p.cmd == nil || p.Alive() {
		return Usage{}, false
	}
	state := p.cmd.ProcessState
	usage.CPU = state.UserTime() + state.SystemTime()
	usage.Voluntary, usage.Involuntary, usage.Switches = switches(state)
	return usage, true
}

// Usage is what a process has used up; see getrusage(2).
type Usage struct {
	CPU                    time.Duration // in user and kernel mode, in all its threads
	Voluntary, Involuntary int64         // context switches: it waited; it was another's turn
	Switches               bool          // whether they are counted here
}

// Terminate asks the process to end, by SIGTERM; Windows ends it (TerminateProcess).
func (p *Process) Terminate() error { return p.signal(syscall.SIGTERM) }

// Kill ends the process: SIGKILL.
func (p *Process) Kill() error { return p.signal(syscall.SIGKILL) }

// signal reaches this process, and no other that has its PID later (os.Process uses a pidfd where
// there are any).
func (p *Process) signal(sig syscall.Signal) error {
	if p.cmd == nil {
		return fmt.Errorf("send %s the signal %d: %w", p.Name, sig, ErrNotStarted)
	}
	if err := send(p.cmd.Process, sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %s the signal %d: %w", p.Name, sig, err)
	}
	return nil
}

// Failure is how a process ended, if not with status 0.
type Failure struct {
	Name string
	PID  int
	Code int    // as ExitCode has it
	Said string // the first line on its standard error: why it panicked, for one
}

// Unwrap is EAGAIN if the process could not have the threads that it needed: the limit of fork(2).
func (f *Failure) Unwrap() error {
	if saysNoThread(f.Said) {
		return syscall.EAGAIN
	}
	return nil
}

func (f *Failure) Error() string {
	text := fmt.Sprintf("%s (PID %d) exited with status %d", f.Name, f.PID, f.Code)
	if f.Code < 0 {
		signal := syscall.Signal(-f.Code)
		const killed = "%s (PID %d) was killed by signal %d (%s)"
		text = fmt.Sprintf(killed, f.Name, f.PID, -f.Code, signal)
	}
	if f.Said != "" {
		text += ": " + f.Said
	}
	return text
}

// filesVariable tells a child where it finds the Files that it was given.
const filesVariable = "MTP_FILES"

// Give lets a command that Leash.Command has made inherit files, which it finds by File.
func Give(cmd *exec.Cmd, files ...*os.File) {
	cmd.Env = append(cmd.Env, filesVariable+"="+handOver(cmd, files...))
}

// given are those files.
var given = sync.OnceValue(func() []*os.File {
	if Inherited() == nil {
		return nil
	}
	return takeOver(os.Getenv(filesVariable))
})

// File is, in a child, the nth of the Files that it was given, which its own children don't get;
// nil if there are not so many, as when its role was typed in a terminal.
func File(n int) *os.File {
	if n >= len(given()) {
		return nil
	}
	return given()[n]
}
