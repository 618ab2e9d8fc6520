package watch

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/tracer"
)

// tell says what has happened, in a line.
func (w *watcher) tell(f tracer.Fact) {
	pid := f.PID
	l := line{f, w}
	switch f.Kind {
	case tracer.Attached:
		w.See("attached", l,
			"{after_s} s  {pid} runs {command}.",
			"command", command(f.Args), "parent", f.Parent)
	case tracer.Forked:
		w.See("forked", l,
			"{after_s} s  {pid} forked {child}{line}.",
			"child", f.Child, "how", f.Call)
	case tracer.Execed:
		w.See("execed", l,
			"{after_s} s  {pid} executes {command}.",
			"command", command(f.Args), "argv", f.Args)
		if f.SetID {
			w.Warn("setid",
				"{path} has the set-user-ID or set-group-ID bit, which does nothing while it is watched.",
				"path", f.Path)
		}
	case tracer.Exiting:
		if asked := f.Status; asked != asked&0xff {
			w.See("cut", l,
				"{after_s} s  {pid} exits with {asked}. Only 8 bits of it remain: {status}{line}.",
				"asked", asked, "status", asked&0xff)
		}
	case tracer.Exited:
		l.Stack = w.Get(pid).Exiting.Stack
		w.See("exited", l,
			"{after_s} s  {pid} exited with status {status}{line}.",
			"status", f.Status)
	case tracer.Killed:
		by := w.KilledBy(w.Get(pid))
		if by == 0 {
			w.See("killed.by", l,
				"{after_s} s  {pid} was killed by {signal}{line}.",
				"signal", signalName(f.Signal), "by", nil)
			break
		}
		w.See("killed", l,
			"{after_s} s  {pid} was killed by {signal}, which {by} sent.",
			"signal", signalName(f.Signal), "by", by)
	case tracer.Waited:
		w.tellWait(f, l)
	case tracer.Reaped:
		w.tellReaped(f, l)
	case tracer.Orphaned:
		w.See("orphaned", l,
			"{after_s} s  {pid} is an orphan: its parent {from} has ended, and {to} has adopted it.",
			"from", f.Former, "to", w.named(f.Parent))
	case tracer.Signalled:
		w.tellSignal(f, l)
	case tracer.Sent:
		w.See("sent", l,
			"{after_s} s  {pid} sends {signal} to {target}{line}.",
			"signal", signalName(f.Signal), "target", f.Target)
	case tracer.Disposed:
		w.tellDisposition(f, l)
	case tracer.Stopped:
		w.See("stopped", l,
			"{after_s} s  {pid} is stopped by {signal}.",
			"signal", signalName(f.Signal))
	case tracer.Continued:
		w.See("continued", l,
			"{after_s} s  {pid} goes on.")
	case tracer.Session:
		w.See("session", l,
			"{after_s} s  {pid} begins a session of its own.")
	case tracer.Subreaper:
		if f.On {
			w.See("subreaper", l,
				"{after_s} s  {pid} becomes a subreaper: it adopts the orphans below it.")
		} else {
			w.See("subreaper.off", l,
				"{after_s} s  {pid} is no subreaper any more.")
		}
	case tracer.Piped:
		w.See("piped", l,
			"{after_s} s  {pid} makes a pipe: it reads from {reads}, and writes to {writes}.",
			"reads", f.Ends[0], "writes", f.Ends[1], "pipe", f.Pipe)
	case tracer.Failed:
		if f.Call == "execve" || f.Call == "execveat" { // along the PATH, most fail
			break
		}
		w.See("failed", l,
			"{after_s} s  {call} of {pid} fails: {errno}{line}.",
			"call", f.Call, "errno", errnoName(f.Errno))
	case tracer.Ptraced:
		w.See("ptraced", l,
			"{after_s} s  {pid} wants to trace, too{line}. A process has one tracer at most, and these have mtp.")
	case tracer.Group:
		w.See("group", l,
			"{after_s} s  {pid} puts {target} into the process group {group}.",
			"target", cmp.Or(f.Target, pid), "group", cmp.Or(f.Child, f.Target, pid))
	case tracer.Refused, tracer.Unfiltered, tracer.Waiting, tracer.Wrote:
	}
}

// line is a fact as evidence.
type line struct {
	tracer.Fact
	watcher *watcher
}

// From is where it was read.
func (l line) From() string { return string(l.Source()) }

// Fields are what every line has: when, who, and where in the source.
func (l line) Fields() []any {
	after := l.Time.Sub(l.watcher.begun).Seconds()
	return []any{"after_s", seconds(after), "pid", l.PID, "line", l.watcher.Line(l.Stack)}
}

// tellWait says what a wait has returned.
func (w *watcher) tellWait(f tracer.Fact, l line) {
	child := w.Get(f.Child)
	switch {
	case f.Errno == unix.ECHILD && f.Target > 0:
		w.See("notchild", l,
			"{after_s} s  {pid} waits for {target}, which is not its child, or not any more{line}.",
			"target", f.Target)
	case f.Errno == unix.ECHILD:
		w.See("nochild", l,
			"{after_s} s  {pid} waits, and has no child, so the call returns at once (ECHILD){line}.")
	case f.Errno != 0:
		w.See("wait.failed", l,
			"{after_s} s  {pid} waits in vain: {errno}{line}.",
			"errno", errnoName(f.Errno))
	case f.Child == 0 && w.polls(f.PID):
	case f.Child == 0:
		w.See("notyet", l,
			"{after_s} s  {pid} asks without waiting (WNOHANG): none of its children has ended{line}.")
	case child == nil:
	case f.Peek:
		w.See("peeked", l,
			"{after_s} s  {pid} has looked at {child} without reaping it (WNOWAIT){line}.",
			"child", f.Child)
	case child.End.Kind == tracer.Killed:
		w.See("waited.killed", l,
			"{after_s} s  {pid} waited {blocked} for {child} and reaped it: killed by {signal}{line}.",
			"child", f.Child, "signal", signalName(child.End.Signal), "blocked", f.Blocked)
	default:
		w.See("waited", l,
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
		w.See("reaped.adopter", l,
			"{after_s} s  {by}, which has adopted {pid}, has reaped it.",
			"by", w.named(f.Parent))
	case parent != nil && parent.SIGCHLD == tracer.Ignored:
		w.See("reaped.kernel", l,
			"{after_s} s  {pid} is not listed any more: its parent {parent} ignores SIGCHLD, so the kernel has reaped it.",
			"parent", p.Parent)
	default:
		w.See("unlisted", l,
			"{after_s} s  {pid} is not listed any more, and no wait of its parent was seen.")
	}
}

// tellSignal says which signal arrives.
func (w *watcher) tellSignal(f tracer.Fact, l line) {
	name := signalName(f.Signal)
	switch {
	case f.Signal == unix.SIGCHLD:
		w.See("sigchld", l,
			"{after_s} s  {signal} reaches {pid}: something has happened to its child {from}.",
			"signal", name, "from", f.Sender)
	case f.Sender == 0 && isTyped(f.Signal):
		w.See("signalled.typed", l,
			"{after_s} s  {signal} from the terminal reaches {pid}{ignored}.",
			"signal", name, "ignored", w.ignored(f))
	case f.Sender == 0:
		w.See("signalled.kernel", l,
			"{after_s} s  {signal} from the kernel reaches {pid}{ignored}{line}.",
			"signal", name, "ignored", w.ignored(f))
	default:
		w.See("signalled", l,
			"{after_s} s  {signal} from {from} reaches {pid}{ignored}{line}.",
			"signal", name, "from", f.Sender, "ignored", w.ignored(f))
	}
}

// isTyped reports whether a signal is what Ctrl-C, Ctrl-\ or Ctrl-Z makes the kernel send.
func isTyped(sig syscall.Signal) bool {
	return sig == unix.SIGINT || sig == unix.SIGQUIT || sig == unix.SIGTSTP
}

// ignored says that a signal that reaches a process has no effect.
func (w *watcher) ignored(f tracer.Fact) event.Word {
	if f.Disposition != tracer.Ignored {
		return event.Word{}
	}
	return w.Word("ignored", ", which ignores it")
}

func (w *watcher) tellDisposition(f tracer.Fact, l line) {
	switch f.Disposition {
	case tracer.Ignored:
		w.See("disposed.ignored", l,
			"{after_s} s  {pid} ignores SIGCHLD from now on, so the kernel reaps its children{line}.")
	case tracer.Handled:
		w.See("disposed.handled", l,
			"{after_s} s  {pid} has a handler for SIGCHLD from now on{line}.")
	case tracer.Default:
		if p := w.Get(f.PID); p == nil || p.Before == tracer.Default {
			return // nothing has changed
		}
		w.See("disposed.default", l,
			"{after_s} s  {pid} leaves SIGCHLD as it is by default{line}.")
	}
}

// seconds are shown with three digits behind the point.
type seconds float64

func (s seconds) String() string { return fmt.Sprintf("%.3f", float64(s)) }

// MarshalJSON is the same number.
func (s seconds) MarshalJSON() ([]byte, error) { return []byte(s.String()), nil }

// named is a process, with what is known of it where it is not the program's.
func (w *watcher) named(pid int) string {
	if pid == w.tracer.PID {
		return fmt.Sprintf("%d (mtp)", pid)
	}
	if w.Get(pid) != nil {
		return strconv.Itoa(pid)
	}
	if st, err := kernel.ReadStat(pid); err == nil {
		return fmt.Sprintf("%d (%s)", pid, st.Comm)
	}
	return strconv.Itoa(pid)
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
