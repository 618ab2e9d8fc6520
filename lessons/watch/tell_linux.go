package watch

import (
	"cmp"
	"fmt"
	"path"
	"strconv"
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
	l := line{w, &f}
	switch f.Kind {
	case tracer.Attached:
		l.See("attached", kernel.Source(kernel.Proc(pid, "cmdline")),
			"{after_s} s  {pid} runs {command}.",
			"command", command(f.Args), "parent", f.Parent)
	case tracer.Forked:
		how := callName(f.Call)
		l.See("forked", l.call(how, f.Child), "{after_s} s  {pid} forked {child}{line}.",
			"child", f.Child, "how", how)
	case tracer.Execed:
		l.See("execed", kernel.Source(kernel.Proc(pid, "exe")),
			"{after_s} s  {pid} executes {command}.",
			"command", command(f.Args), "argv", f.Args)
		if f.SetID {
			w.Warn("setid",
				"{path} has the set-user-ID or set-group-ID bit, which does nothing while it is watched.",
				"path", f.Path)
		}
	case tracer.Exiting:
		if asked := f.Status; asked != asked&0xff {
			l.See("cut", l.call(f.Call, "?", asked),
				"{after_s} s  {pid} exits with {asked}. Only 8 bits of it remain: {status}{line}.",
				"asked", asked, "status", asked&0xff)
		}
	case tracer.Exited:
		f.Stack = w.Get(pid).Exiting.Stack
		l.See("exited", kernel.Call("wait4", pid),
			"{after_s} s  {pid} exited with status {status}{line}.",
			"status", f.Status)
	case tracer.Killed:
		by := w.KilledBy(w.Get(pid))
		if by == 0 {
			l.See("killed.by", kernel.Call("wait4", pid),
				"{after_s} s  {pid} was killed by {signal}{line}.",
				"signal", signalName(f.Signal), "by", nil)
			break
		}
		l.See("killed", kernel.Call("wait4", pid),
			"{after_s} s  {pid} was killed by {signal}, which {by} sent.",
			"signal", signalName(f.Signal), "by", by)
	case tracer.Waited:
		w.tellWait(f, l)
	case tracer.Reaped:
		w.tellReaped(f, l)
	case tracer.Orphaned:
		l.See("orphaned", kernel.StatSource(pid),
			"{after_s} s  {pid} is an orphan: its parent {from} has ended, and {to} has adopted it.",
			"from", f.Former, "to", w.named(f.Parent))
	case tracer.Signalled:
		w.tellSignal(f, l)
	case tracer.Sent:
		l.See("sent", l.call("kill", 0, f.Target, signalName(f.Signal)),
			"{after_s} s  {pid} sends {signal} to {target}{line}.",
			"signal", signalName(f.Signal), "target", f.Target)
	case tracer.Disposed:
		w.tellDisposition(f, l, l.call("sigaction", 0, "SIGCHLD"))
	case tracer.Stopped:
		l.See("stopped", kernel.StatSource(pid),
			"{after_s} s  {pid} is stopped by {signal}.",
			"signal", signalName(f.Signal))
	case tracer.Continued:
		l.See("continued", kernel.StatSource(pid), "{after_s} s  {pid} goes on.")
	case tracer.Session:
		l.See("session", l.call("setsid", pid), "{after_s} s  {pid} begins a session of its own.")
	case tracer.Subreaper:
		if f.On {
			l.See("subreaper", l.call("prctl", 0, "PR_SET_CHILD_SUBREAPER", 1),
				"{after_s} s  {pid} becomes a subreaper: it adopts the orphans below it.")
		} else {
			l.See("subreaper.off", l.call("prctl", 0, "PR_SET_CHILD_SUBREAPER", 0),
				"{after_s} s  {pid} is no subreaper any more.")
		}
	case tracer.Piped:
		l.See("piped", l.call("pipe", fmt.Sprintf("[%d, %d]", f.Ends[0], f.Ends[1])),
			"{after_s} s  {pid} makes a pipe: it reads from {reads}, and writes to {writes}.",
			"reads", f.Ends[0], "writes", f.Ends[1], "pipe", f.Pipe)
	case tracer.Failed:
		if f.Call == "execve" || f.Call == "execveat" { // along the PATH, most fail
			break
		}
		l.See("failed", l.call(f.Call, -1),
			"{after_s} s  {call} of {pid} fails: {errno}{line}.",
			"call", callName(f.Call), "errno", errnoName(f.Errno))
	case tracer.Ptraced:
		l.See("ptraced", l.call("ptrace", "?"),
			"{after_s} s  {pid} wants to trace, too{line}. A process has one tracer at most, and these have mtp.")
	case tracer.Group:
		l.See("group", l.call("setpgid", 0, f.Target, f.Child),
			"{after_s} s  {pid} puts {target} into the process group {group}.",
			"target", cmp.Or(f.Target, pid), "group", cmp.Or(f.Child, f.Target, pid))
	case tracer.Refused, tracer.Unfiltered, tracer.Waiting, tracer.Wrote:
	}
}

// line is what is told of a fact.
type line struct {
	watcher *watcher
	fact    *tracer.Fact
}

// See shows it as evidence, with what every fact has.
func (l line) See(name string, source kernel.Source, text string, fields ...any) {
	after := l.fact.Time.Sub(l.watcher.begun).Seconds()
	fields = append(fields, "after_s", seconds(after), "pid", l.fact.PID,
		"line", l.watcher.at(l.fact.Stack))
	l.watcher.See(name, source, text, fields...)
}

// call is the call that was made, as strace(1) would show it.
func (l line) call(name string, result any, args ...any) kernel.Source {
	call := kernel.Call(name, args...)
	return kernel.Source(fmt.Sprintf("%s = %v in %d", call, result, l.fact.PID))
}

// tellWait says what a wait has returned.
func (w *watcher) tellWait(f tracer.Fact, l line) {
	var options []any
	if f.NoHang {
		options = []any{"WNOHANG"}
	}
	child := w.Get(f.Child)
	switch {
	case f.Errno == unix.ECHILD:
		l.See("nochild", l.call(f.Call, "ECHILD", options...),
			"{after_s} s  {pid} waits, but has no child to wait for{line}.")
	case f.Errno != 0:
		l.See("wait.failed", l.call(f.Call, errnoName(f.Errno), options...),
			"{after_s} s  {pid} waits in vain: {errno}{line}.",
			"errno", errnoName(f.Errno))
	case f.Child == 0 && w.polls(f.PID):
	case f.Child == 0:
		l.See("notyet", l.call(f.Call, 0, options...),
			"{after_s} s  {pid} asks without waiting (WNOHANG): none of its children has ended{line}.")
	case child == nil:
	case child.End.Kind == tracer.Killed:
		l.See("waited.killed", l.call(f.Call, f.Child, options...),
			"{after_s} s  {pid} waited {blocked} for {child} and reaped it: killed by {signal}{line}.",
			"child", f.Child, "signal", signalName(child.End.Signal), "blocked", f.Blocked)
	default:
		l.See("waited", l.call(f.Call, f.Child, options...),
			"{after_s} s  {pid} waited {blocked} for {child} and reaped it: status {status}{line}.",
			"child", f.Child, "status", child.End.Status, "blocked", f.Blocked)
	}
}

// polls reports whether a process asks once more what it has just asked.
func (w *watcher) polls(pid int) bool {
	waits := w.Get(pid).Waits
	if len(waits) < 2 {
		return false
	}
	before := waits[len(waits)-2]
	return before.NoHang && before.Child == 0 && before.Errno == 0
}

// tellReaped says who has reaped a process, if it was not its parent.
func (w *watcher) tellReaped(f tracer.Fact, l line) {
	p := w.Get(f.PID)
	if p == nil || p == w.First() {
		return
	}
	parent := w.Get(p.Parent)
	switch {
	case f.Parent != 0:
		l.See("reaped.adopter", kernel.Call("wait4", f.PID),
			"{after_s} s  {by}, which has adopted {pid}, has reaped it.",
			"by", w.named(f.Parent))
	case parent != nil && parent.SIGCHLD == tracer.Ignored:
		l.See("reaped.kernel", kernel.StatSource(f.PID),
			"{after_s} s  {pid} is not listed any more: its parent {parent} ignores SIGCHLD, so the kernel has reaped it.",
			"parent", p.Parent)
	default:
		l.See("reaped", kernel.StatSource(f.PID),
			"{after_s} s  {pid} is not listed any more, and no wait of its parent was seen.")
	}
}

// tellSignal says which signal arrives.
func (w *watcher) tellSignal(f tracer.Fact, l line) {
	source := kernel.Source(fmt.Sprintf("siginfo of %d", f.PID))
	name := signalName(f.Signal)
	switch {
	case f.Signal == unix.SIGCHLD:
		l.See("sigchld", source,
			"{after_s} s  {signal} reaches {pid}: something has happened to its child {from}.",
			"signal", name, "from", f.Sender)
	case f.Sender == 0:
		l.See("signalled.kernel", source,
			"{after_s} s  {signal} from the kernel reaches {pid}{line}.",
			"signal", name)
	default:
		l.See("signalled", source,
			"{after_s} s  {signal} from {from} reaches {pid}{line}.",
			"signal", name, "from", f.Sender)
	}
}

func (w *watcher) tellDisposition(f tracer.Fact, l line, source kernel.Source) {
	switch f.Disposition {
	case tracer.Ignored:
		l.See("disposed.ignored", source,
			"{after_s} s  {pid} ignores SIGCHLD from now on, so the kernel reaps its children{line}.")
	case tracer.Handled:
		l.See("disposed.handled", source,
			"{after_s} s  {pid} has a handler for SIGCHLD from now on{line}.")
	case tracer.Default:
		if p := w.Get(f.PID); p == nil || p.Disposed.Kind == "" {
			return // nothing has changed
		}
		l.See("disposed.default", source,
			"{after_s} s  {pid} has no handler for SIGCHLD any more{line}.")
	}
}

// seconds are shown with three digits behind the point.
type seconds float64

func (s seconds) String() string { return fmt.Sprintf("%.3f", float64(s)) }

// MarshalJSON is the same number.
func (s seconds) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// at is where in the source something was done, in parentheses. For programs it is
// "file:line in function".
func (w *watcher) at(stack backtrace.Stack) event.Word {
	if len(stack) == 0 {
		return event.Word{}
	}
	voice := w.Narrator().Voice
	inner := []any{"place", place(stack[0]), "function", stack[0].Function}
	text := ""
	switch named := stack[0].Function != ""; {
	case stack[0].Line == 0:
		text = voice.Text("at.function", "in {function}", inner...)
	case !named:
		text = voice.Text("at.place", "{place}", inner...)
	case stack[0].About:
		text = voice.Text("at.about", "about {place} in {function}", inner...)
	default:
		text = voice.Text("at", "{place} in {function}", inner...)
	}
	if len(stack) > 1 && stack[1].Function != "" && stack[1].Line > 0 {
		text = voice.Text("at.from", "{inner}, called from {caller} at {from}",
			"inner", text, "caller", stack[1].Function, "from", place(stack[1]))
	}
	text = voice.Text("at.aside", " ({where})", "where", text)
	return event.Word{Key: stack.String(), Text: text}
}

func place(f backtrace.Frame) string { return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line) }

// named is a process, with what is known of it where it is not the program's.
func (w *watcher) named(pid int) string {
	if w.Get(pid) != nil {
		return strconv.Itoa(pid)
	}
	if st, err := kernel.ReadStat(pid); err == nil {
		return fmt.Sprintf("%d (%s)", pid, st.Comm)
	}
	return strconv.Itoa(pid)
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
	return strconv.Itoa(int(errno))
}

// command is a command line, cut to what one sees at a glance.
func command(args []string) string {
	const enough = 60
	line := []rune(strings.Join(strings.Fields(strings.Join(args, " ")), " "))
	if len(line) > enough {
		return string(line[:enough]) + " …"
	}
	return string(line)
}
