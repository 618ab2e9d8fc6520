package watch

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/tracer"
)

// zombieAfter is when a zombie is told of while the program runs.
const zombieAfter = 300 * time.Millisecond

// look looks at what no event tells: zombies that last, and processes that wait for ever.
func (w *watcher) look(now time.Time) {
	for _, p := range w.All {
		if p.Listed() && p.Dead() && now.Sub(p.End.Time) >= zombieAfter && !w.told[p] {
			w.told[p] = true
			w.remember(p.Parent)
			w.tellZombie(p, now)
		}
	}
	if calm := now.Sub(w.last) >= calmAfter; calm && w.changed.After(w.drawn) && !w.Quiet {
		w.drawn = now
		w.tree()
	}
	if w.looked || w.Idle == 0 || now.Sub(w.last) < w.Idle || now.Sub(w.worked) < w.Idle ||
		len(w.Living()) == 0 {
		return
	}
	sleepers := w.sleepers()
	if len(sleepers) < len(w.Living()) {
		w.worked = now
		return
	}
	w.looked = true
	for _, s := range stuckOnes(sleepers, w.children) {
		if !w.isStuck(s.pid) { // what has ended it later is a signal
			w.stuck = append(w.stuck, s)
		}
	}
	for _, s := range sleepers {
		w.remember(s.pid)
		if !w.Quiet {
			w.tellSleeper(s)
		}
	}
}

// calmAfter is after how long without an event the processes are drawn, if they have changed.
const calmAfter = 300 * time.Millisecond

// tree draws the processes, if there are several.
func (w *watcher) tree() {
	var listed []int
	for _, p := range w.All {
		if p.Listed() && !slices.Contains(listed, p.PID) {
			listed = append(listed, p.PID)
		}
	}
	if len(listed) > 1 {
		w.TreeOf("tree", "The processes now:", kernel.Family(listed...))
	}
}

// remember keeps what a process does while a zombie of its waits.
func (w *watcher) remember(pid int) {
	if s, asleep := w.sleeper(pid); asleep {
		w.doing[pid] = s
	}
}

// sleeper is a process that waits in a system call, in all its threads.
type sleeper struct {
	pid     int
	call    string
	source  kernel.Source
	line    event.Word
	fd      int
	pipe    uint64 // that it reads from, or writes to; 0: none
	writes  bool
	holders []int // of the other end
	own     []int // its own descriptors of the pipe, but for the one at which it waits
	threads int
}

func (s sleeper) waitsForChildren() bool { return s.call == "wait4" || s.call == "waitid" }

// sleepers are the living processes that wait.
func (w *watcher) sleepers() (all []sleeper) {
	for _, p := range w.Living() {
		if s, asleep := w.sleeper(p.PID); asleep {
			all = append(all, s)
		}
	}
	return all
}

func (w *watcher) sleeper(pid int) (s sleeper, asleep bool) {
	tasks, err := filepath.Glob(kernel.Proc(pid, "task/*"))
	if err != nil || len(tasks) == 0 {
		return s, false
	}
	for _, task := range tasks {
		tid, _ := strconv.Atoi(filepath.Base(task))
		a, err := kernel.ReadAsleep(tid)
		if err != nil || a.Number < 0 {
			return s, false
		}
		if tid != pid {
			continue
		}
		s = sleeper{pid: pid, call: sleepyCall(a.Number), source: a.Source, threads: len(tasks)}
		s.line = w.Line(w.stacks.Asleep(pid))
		switch s.call {
		case "read", "readv", "write", "writev":
			s.fd, s.writes = int(a.First), strings.HasPrefix(s.call, "write")
			s.pipe = kernel.PipeOf(pid, s.fd)
		}
	}
	if s.pipe != 0 {
		holders, _ := kernel.PipeHolders(s.pipe)
		for _, h := range holders {
			if s.writes && h.Reads || !s.writes && h.Writes {
				s.holders = append(s.holders, h.PID)
			}
			if h.PID == pid {
				s.own = slices.DeleteFunc(h.FDs, func(fd int) bool { return fd == s.fd })
			}
		}
	}
	return s, s.pid != 0
}

func (w *watcher) isStuck(pid int) bool {
	return slices.ContainsFunc(w.stuck, func(s sleeper) bool { return s.pid == pid })
}

// stuckOnes are those that wait for one another, or for themselves, and for nobody else: each reads
// a pipe that only such processes could write to (or the other way around), or waits for its
// children.
func stuckOnes(sleepers []sleeper, children func(pid int) []int) (stuck []sleeper) {
	awaited := map[int][]int{} // by whoever may be stuck: those that could free it
	for _, s := range sleepers {
		switch {
		case s.threads > 1:
		case s.waitsForChildren():
			awaited[s.pid] = children(s.pid)
		case len(s.holders) > 0: // else they are another user's, and not seen
			awaited[s.pid] = s.holders
		}
	}
	for before := -1; before != len(awaited); {
		before = len(awaited)
		for pid, others := range awaited {
			free := func(other int) bool { _, may := awaited[other]; return !may }
			if slices.ContainsFunc(others, free) {
				delete(awaited, pid)
			}
		}
	}
	for _, s := range sleepers { // who waits for children is only in the way of those that read
		if awaited[s.pid] != nil && !s.waitsForChildren() {
			stuck = append(stuck, s)
		}
	}
	return stuck
}

// children are a process's living children.
func (w *watcher) children(parent int) (pids []int) {
	for _, p := range w.Living() {
		if p.Parent == parent {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

// sleepyCall names the calls in which processes wait.
func sleepyCall(number int) string {
	switch number {
	case unix.SYS_READ:
		return "read"
	case unix.SYS_WRITE:
		return "write"
	case unix.SYS_READV:
		return "readv"
	case unix.SYS_WRITEV:
		return "writev"
	case unix.SYS_WAIT4:
		return "wait4"
	case unix.SYS_WAITID:
		return "waitid"
	case unix.SYS_NANOSLEEP:
		return "nanosleep"
	case unix.SYS_CLOCK_NANOSLEEP:
		return "clock_nanosleep"
	case unix.SYS_FUTEX:
		return "futex"
	case unix.SYS_PPOLL:
		return "ppoll"
	case unix.SYS_PSELECT6:
		return "pselect6"
	case unix.SYS_EPOLL_PWAIT:
		return "epoll_pwait"
	case unix.SYS_RECVFROM:
		return "recvfrom"
	case unix.SYS_RECVMSG:
		return "recvmsg"
	case unix.SYS_ACCEPT:
		return "accept"
	case unix.SYS_ACCEPT4:
		return "accept4"
	case unix.SYS_RT_SIGSUSPEND:
		return "rt_sigsuspend"
	case unix.SYS_RT_SIGTIMEDWAIT:
		return "rt_sigtimedwait"
	case unix.SYS_CONNECT:
		return "connect"
	case unix.SYS_FLOCK:
		return "flock"
	case unix.SYS_RESTART_SYSCALL:
		return restarted
	}
	return sleepyCallHere(number)
}

// restarted is the call with which the kernel goes on with another that a signal has interrupted.
const restarted = "restart_syscall"

// called is a call as people know it.
func (w *watcher) called(call string) event.Word {
	if call == restarted {
		return w.Word("limited", "a call with a time limit")
	}
	return event.Word{Key: call, Text: w.Narrator().Text("call", "{call}", "call", call)}
}

// tellSleeper says what a process waits in.
func (w *watcher) tellSleeper(s sleeper) {
	fields := []any{
		"after_s", seconds(time.Since(w.begun).Seconds()), "pid", s.pid,
		"call", w.called(s.call), "line", s.line,
	}
	if s.pipe == 0 {
		w.See("asleep", s.source, "{after_s} s  {pid} sleeps in {call}{line}.", fields...)
		return
	}
	fields = append(fields, "on", fmt.Sprintf("pipe:[%d]", s.pipe), "fd", s.fd,
		"holders", s.holders, "others", w.list(s.holders))
	switch {
	case w.isStuck(s.pid):
		w.tellStuck(s)
	case s.writes:
		w.See("asleep.writing", s.source,
			"{after_s} s  {pid} sleeps in {call}{line}: the pipe of its descriptor {fd} is full. Its other end is held by {others}.",
			fields...)
	default:
		w.See("asleep.reading", s.source,
			"{after_s} s  {pid} sleeps in {call}{line}: the pipe of its descriptor {fd} is empty. Its other end is held by {others}.",
			fields...)
	}
}

// tellStuck says who waits for what can't come.
func (w *watcher) tellStuck(s sleeper) {
	is := event.Word{Key: "is", Text: w.Text("is", "is")}
	if p := w.Get(s.pid); p != nil && p.Dead() {
		is = event.Word{Key: "was", Text: w.Text("was", "was")}
	}
	fields := []any{
		"pid", s.pid, "is", is, "call", w.called(s.call), "line", s.line,
		"on", fmt.Sprintf("pipe:[%d]", s.pipe),
		"fd", s.fd, "holders", s.holders, "others", w.list(s.holders), "own", w.list(s.own),
	}
	switch own := len(s.holders) == 1 && s.holders[0] == s.pid; {
	case own && s.writes:
		w.Warn("stuck.self.writes",
			"{pid} {is} stuck in {call}{line}: it writes to a full pipe (descriptor {fd}), and nobody else could read from it.",
			fields...)
	case own:
		w.Warn("stuck",
			"{pid} {is} stuck in {call}{line}: it reads from an empty pipe (descriptor {fd}), and the only write end that is open is its own (descriptor {own}). Close that one before you read.",
			fields...)
	case s.writes:
		w.Warn("stuck.writes",
			"{pid} {is} stuck in {call}{line}: it writes to a full pipe (descriptor {fd}), and those that could read from it wait themselves: {others}.",
			fields...)
	default:
		w.Warn("stuck.others",
			"{pid} {is} stuck in {call}{line}: it reads from an empty pipe (descriptor {fd}), and those that could write to it wait themselves: {others}. Each has to close the ends that it does not need.",
			fields...)
	}
}

// list is PIDs, as people write them.
func (w *watcher) list(pids []int) event.Word {
	const enough = 8
	words := make([]string, 0, len(pids))
	for i, pid := range pids {
		if i == enough {
			words = append(words, "…")
			break
		}
		words = append(words, strconv.Itoa(pid))
	}
	if len(words) == 0 {
		return w.Word("nobody", "nobody")
	}
	return event.Word{
		Key: strings.Join(words, ", "), Text: strings.Join(words, w.Text("comma", ", ")),
	}
}

// tellZombie tells of a zombie while it is one.
func (w *watcher) tellZombie(p *tracer.Process, now time.Time) {
	if w.Quiet {
		return
	}
	fields := []any{
		"after_s", seconds(now.Sub(w.begun).Seconds()), "pid", p.PID, "parent", p.Parent,
		"lasted", now.Sub(p.End.Time), "line", w.Line(p.Forked()),
	}
	if s, known := w.doing[p.Parent]; known {
		w.See("zombie", kernel.StatSource(p.PID),
			"{after_s} s  {pid} has been a zombie for {lasted}. It was forked by {parent}{line}. {parent} sleeps in {call}{there}, and has not waited for it.",
			append(fields, "call", w.called(s.call), "there", s.line)...)
		return
	}
	w.See("zombie.busy", kernel.StatSource(p.PID),
		"{after_s} s  {pid} has been a zombie for {lasted}. It was forked by {parent}{line}. {parent} has not waited for it.",
		fields...)
}
