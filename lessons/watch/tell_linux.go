package watch

import (
	"fmt"
	"path"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/backtrace"
	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/tracer"
)

// tell says what has happened, in a line.
func (w *watcher) tell(f tracer.Fact) {
	pid := f.PID
	see := func(name string, source kernel.Source, text string, fields ...any) {
		fields = append(fields, "after_s", seconds(f.Time.Sub(w.begun).Seconds()), "pid", pid,
			"line", w.at(f.Stack))
		w.See(name, source, "{after_s} s  "+text, fields...)
	}
	// in is a call as strace(1) would show it.
	in := func(result any, args ...any) kernel.Source {
		call := kernel.Call(f.Call, args...)
		return kernel.Source(fmt.Sprintf("%s = %v in %d", call, result, pid))
	}
	switch f.Kind {
	case tracer.Attached:
		see("attached", kernel.Source(kernel.Proc(pid, "cmdline")), "{pid} runs {command}.",
			"command", command(f.Args), "parent", f.Parent)
	case tracer.Forked:
		f.Call = callName(f.Call)
		see("forked", in(f.Child), "{pid} forked {child}{line}.", "child", f.Child, "how", f.Call)
	case tracer.Execed:
		see("execed", kernel.Source(kernel.Proc(pid, "exe")), "{pid} executes {command}.",
			"command", command(f.Args), "argv", f.Args)
		if f.SetID {
			w.Warn("setid", "{path} has the set-user-ID or set-group-ID bit, which does nothing while it is watched.", "path", f.Path)
		}
	case tracer.Exiting:
		if asked := f.Status; asked != asked&0xff {
			see("cut", in("?", asked), "{pid} exits with {asked}. Only 8 bits of it remain: {status}{line}.",
				"asked", asked, "status", asked&0xff)
		}
	case tracer.Exited:
		f.Stack = w.Get(pid).Exiting.Stack
		see("exited", kernel.Call("wait4", pid), "{pid} exited with status {status}{line}.",
			"status", f.Status)
	case tracer.Killed:
		by := w.KilledBy(w.Get(pid))
		if by == 0 {
			see("killed.by", kernel.Call("wait4", pid), "{pid} was killed by {signal}{line}.",
				"signal", signalName(f.Signal), "by", nil)
			break
		}
		see("killed", kernel.Call("wait4", pid), "{pid} was killed by {signal}, which {by} sent.",
			"signal", signalName(f.Signal), "by", by)
	case tracer.Waited:
		w.tellWait(f, see, in)
	case tracer.Reaped:
		if p := w.Get(pid); p == nil || !p.End.Zombie && p.SIGCHLD != tracer.Ignored {
			break
		}
		see("reaped", kernel.StatSource(pid), "{pid} is not listed any more. No wait of its parent was seen.", "by", f.Parent)
	case tracer.Orphaned:
		see("orphaned", kernel.StatSource(pid), "{pid} is an orphan: its parent {from} has ended, and {to} has adopted it.",
			"from", f.Former, "to", w.named(f.Parent))
	case tracer.Signalled:
		w.tellSignal(f, see)
	case tracer.Sent:
		f.Call = "kill"
		see("sent", in(0, f.Target, signalName(f.Signal)), "{pid} sends {signal} to {target}{line}.",
			"signal", signalName(f.Signal), "target", f.Target)
	case tracer.Disposed:
		f.Call = "sigaction"
		w.tellDisposition(f, see, in(0, "SIGCHLD"))
	case tracer.Stopped:
		see("stopped", kernel.StatSource(pid), "{pid} is stopped by {signal}.", "signal", signalName(f.Signal))
	case tracer.Continued:
		see("continued", kernel.StatSource(pid), "{pid} goes on.")
	case tracer.Session:
		f.Call = "setsid"
		see("session", in(pid), "{pid} begins a session of its own.")
	case tracer.Subreaper:
		f.Call = "prctl"
		see("subreaper", in(0, "PR_SET_CHILD_SUBREAPER", f.On), "{pid} becomes a subreaper, or ceases to be one: {on}.", "on", f.On)
	case tracer.Piped:
		f.Call = "pipe"
		see("piped", in(fmt.Sprintf("[%d, %d]", f.Ends[0], f.Ends[1])), "{pid} makes a pipe: it reads from {reads}, and writes to {writes}.",
			"reads", f.Ends[0], "writes", f.Ends[1], "pipe", f.Pipe)
	case tracer.Failed:
		if f.Call == "execve" || f.Call == "execveat" { // along the PATH, most fail
			break
		}
		see("failed", in(-1), "{call} of {pid} fails: {errno}{line}.", "call", callName(f.Call), "errno", errnoName(f.Errno))
	case tracer.Ptraced:
		f.Call = "ptrace"
		see("ptraced", in("?"), "{pid} wants to trace, too{line}. A process has one tracer at most, and these have mtp.")
	case tracer.Refused, tracer.Unfiltered, tracer.Waiting, tracer.Group, tracer.Wrote:
	}
}

type seer func(name string, source kernel.Source, text string, fields ...any)

// tellWait says what a wait has returned.
func (w *watcher) tellWait(f tracer.Fact, see seer, in func(any, ...any) kernel.Source) {
	var options []any
	if f.NoHang {
		options = []any{"WNOHANG"}
	}
	child := w.Get(f.Child)
	switch {
	case f.Errno == unix.ECHILD:
		see("nochild", in("ECHILD", options...), "{pid} waits, but has no child to wait for{line}.")
	case f.Errno != 0:
		see("wait.failed", in(errnoName(f.Errno), options...), "{pid} waits in vain: {errno}{line}.", "errno", errnoName(f.Errno))
	case f.Child == 0:
		see("notyet", in(0, options...), "{pid} asks without waiting (WNOHANG): none of its children has ended{line}.")
	case child == nil:
	case child.End.Kind == tracer.Killed:
		see("waited.killed", in(f.Child, options...), "{pid} waited {blocked} for {child} and reaped it: killed by {signal}{line}.",
			"child", f.Child, "signal", signalName(child.End.Signal), "blocked", f.Blocked)
	default:
		see("waited", in(f.Child, options...), "{pid} waited {blocked} for {child} and reaped it: status {status}{line}.",
			"child", f.Child, "status", child.End.Status, "blocked", f.Blocked)
	}
}

// tellSignal says which signal arrives.
func (w *watcher) tellSignal(f tracer.Fact, see seer) {
	source := kernel.Source(fmt.Sprintf("siginfo of %d", f.PID))
	name := signalName(f.Signal)
	switch {
	case f.Signal == unix.SIGCHLD:
		see("sigchld", source, "{signal} reaches {pid}: something has happened to its child {from}.", "signal", name, "from", f.Sender)
	case f.Sender == 0:
		see("signalled.kernel", source, "{signal} from the kernel reaches {pid}{line}.", "signal", name)
	default:
		see("signalled", source, "{signal} from {from} reaches {pid}{line}.", "signal", name, "from", f.Sender)
	}
}

func (w *watcher) tellDisposition(f tracer.Fact, see seer, source kernel.Source) {
	switch f.Disposition {
	case tracer.Ignored:
		see("disposed.ignored", source, "{pid} ignores SIGCHLD from now on, so the kernel reaps its children{line}.")
	case tracer.Handled:
		see("disposed.handled", source, "{pid} has a handler for SIGCHLD from now on{line}.")
	case tracer.Default:
		if p := w.Get(f.PID); p == nil || p.Disposed.Kind == "" {
			return // nothing has changed
		}
		see("disposed.default", source, "{pid} has no handler for SIGCHLD any more{line}.")
	}
}

// seconds are shown with three digits behind the point.
type seconds float64

func (s seconds) String() string { return fmt.Sprintf("%.3f", float64(s)) }

// MarshalJSON is the same number.
func (s seconds) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// at is where in the source something was done, with the words that join it to the end of a
// sentence. For programs it is "file:line in function".
func (w *watcher) at(stack backtrace.Stack) event.Word {
	if len(stack) == 0 {
		return event.Word{}
	}
	fields := []any{"place", place(stack[0]), "function", stack[0].Function}
	say := func(name, text string) string { return w.Narrator().Voice.Text(name, text, fields...) }
	text := ""
	switch {
	case stack[0].Line == 0:
		text = say("at.function", ", in {function}")
	case stack[0].About && stack[0].Function != "":
		text = say("at.about", ", at about {place} in {function}")
	case stack[0].Function != "":
		text = say("at.in", ", at {place} in {function}")
	default:
		text = say("at", ", at {place}")
	}
	if len(stack) > 1 && stack[1].Function != "" && stack[1].Line > 0 {
		fields = []any{"caller", stack[1].Function, "from", place(stack[1])}
		text += say("at.from", ", called from {caller} at {from}")
	}
	return event.Word{Key: stack.String(), Text: text}
}

func place(f backtrace.Frame) string { return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line) }

// named is a process, with what is known of it where it is not the program's.
func (w *watcher) named(pid int) string {
	if w.Get(pid) != nil {
		return fmt.Sprint(pid)
	}
	if st, err := kernel.ReadStat(pid); err == nil {
		return fmt.Sprintf("%d (%s)", pid, st.Comm)
	}
	return fmt.Sprint(pid)
}

// callName is the call as a program makes it.
func callName(call string) string {
	if call == "" {
		return "fork"
	}
	return call
}

func signalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", int(sig))
}

func errnoName(errno syscall.Errno) string {
	if name := unix.ErrnoName(errno); name != "" {
		return name
	}
	return fmt.Sprint(int(errno))
}

// command is a command line, cut to what one sees at a glance.
func command(args []string) string {
	const enough = 60
	line := []rune(strings.Join(args, " "))
	if len(line) > enough {
		return string(line[:enough]) + " …"
	}
	return string(line)
}
