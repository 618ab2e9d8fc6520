package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mtp/lessons/kit/backtrace"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/tracer"
)

// Exit codes, as of env(1) and timeout(1).
const (
	notRunnable = 126
	notFound    = 127
	timedOut    = 124
	bySignal    = 128 // and the signal's number
)

// Run runs the program, tells what its processes do, and says at the end what went wrong. mtp ends
// as the program did.
func (o Options) Run(s *stage.Stage) {
	s.Room(3 * stage.Threads)
	s.Sampler().Every(time.Hour) // the trace tells more, and mtp's own processes are of no interest
	w := &watcher{
		Options: o, Stage: s, stacks: backtrace.NewReader(),
		told: map[*tracer.Process]bool{}, doing: map[int]sleeper{},
	}
	if o.PID > 0 {
		s.TitleAs("title.pid", "watch: process {pid}", "pid", o.PID)
	} else {
		s.TitleAs("title.program", "watch: {command}", "command", command(o.program()))
	}
	typed := make(chan os.Signal, 2)
	signal.Notify(typed, syscall.SIGINT, syscall.SIGQUIT)
	defer signal.Stop(typed)
	s.ShareCtrlC(2) // once it is the program's, and once it ends what lives, with a verdict
	w.follow(w.start(), typed)
	w.end()
	w.conclude()
	s.Exit(w.exitCode())
}

// watcher is a run.
type watcher struct {
	Options
	*stage.Stage
	tracer.History

	tracer   *stage.Child
	begun    time.Time // the program; at first, mtp
	last     time.Time // when something happened last
	changed  time.Time // when a process was born, or ended
	drawn    time.Time // the tree
	looked   bool      // and since then it was looked who waits for what
	worked   time.Time // when a process was found to wait for nothing
	told     map[*tracer.Process]bool
	stuck    []sleeper
	doing    map[int]sleeper // what parents did while they had zombies
	stacks   *backtrace.Reader
	timedOut bool
	letGo    bool // of what ran already
	cutOff   bool // by Ctrl-C, typed twice
}

// start starts the tracer, which starts the program, and returns what it tells.
func (w *watcher) start() <-chan []tracer.Fact {
	reports, pen := w.Pipe()
	args := []any{
		"--filter=" + strconv.FormatBool(!w.NoSeccomp), "--adopt=" + strconv.FormatBool(!w.NoAdopt),
		"--lines=" + strconv.FormatBool(!w.NoLines), "--group=" + strconv.Itoa(syscall.Getpgrp()),
	}
	if w.PID > 0 {
		if _, err := kernel.ReadStat(w.PID); err != nil {
			w.Fail("nosuch", "there is no process {pid}", "pid", w.PID)
		}
		args = append(args, "--pid="+strconv.Itoa(w.PID))
	} else {
		w.check(w.program()[0])
		args = append(args, "--")
		for _, arg := range w.program() {
			args = append(args, arg)
		}
	}
	w.tracer = w.Child("tracer", args...)
	child := w.tracer
	child.Cmd.Stdin, child.Cmd.Stdout, child.Cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Give(pen)
	child.Start()
	pen.Close()
	w.begun, w.last = time.Now(), time.Now()
	return tracer.Facts(reports)
}

// check ends the lesson if there is no such program, as env(1) would.
func (w *watcher) check(program string) {
	_, err := exec.LookPath(program)
	info, statErr := os.Stat(program)
	switch {
	case err == nil:
	case statErr == nil && info.IsDir():
		w.Warn("directory", "{program} is a directory.", "program", program)
		w.Exit(notRunnable)
	case statErr == nil && strings.HasSuffix(program, ".c"):
		w.Warn("csource",
			"{program} is a source: compile it first (cc -g {program} -o program), and watch that.",
			"program", program)
		w.Exit(notRunnable)
	case errors.Is(err, fs.ErrPermission):
		w.Warn("notrunnable",
			"{program} can't be executed (chmod +x makes a file executable; a program in Python is run by mtp watch -- python3 {program}).",
			"program", program)
		w.Exit(notRunnable)
	case strings.Contains(program, "/"):
		w.Warn("notthere", "There is no program {program}.", "program", program)
		w.Exit(notFound)
	default:
		if statErr == nil {
			w.Warn("notfound.here",
				"There is no program {program} in the PATH. The one in this directory is named ./{program}.",
				"program", program)
		} else {
			w.Warn("notfound",
				"There is no program {program}, neither in the PATH nor in this directory.",
				"program", program)
		}
		w.Exit(notFound)
	}
}

// notExecuted ends the lesson: the file is there, and the kernel does not take it.
func (w *watcher) notExecuted(f tracer.Fact) {
	program := w.program()[0]
	if isTyped(f.Signal) { // too early for the program
		w.Interrupt()
		w.Pass(time.Minute)
	}
	if f.Signal != 0 {
		const text = "%d was killed before it could execute %s: %v"
		w.Must(fmt.Errorf(text, f.PID, program, f.Signal))
	}
	switch f.Errno {
	case syscall.ENOEXEC:
		w.Warn("noformat",
			"{program} is neither a program of this system nor a script whose first line says what runs it, such as #!/bin/sh (ENOEXEC).",
			"program", program)
	case syscall.ENOENT:
		w.Warn("nointerpreter",
			"{program} is there, but what its first line names (#!) is not (ENOENT); or it is a program whose loader is missing.",
			"program", program)
		w.Exit(notFound)
	default:
		w.Warn("notexecuted", "{program} can't be executed: {errno}.",
			"program", program, "errno", errnoName(f.Errno))
	}
	w.Exit(notRunnable)
}

// lookEvery is how often to look at what no event tells.
const lookEvery = 100 * time.Millisecond

// follow tells facts until nobody is left, or the time is up.
func (w *watcher) follow(facts <-chan []tracer.Fact, typed <-chan os.Signal) {
	var over <-chan time.Time
	if w.Timeout > 0 {
		over = time.After(w.Timeout)
	}
	var deaf <-chan time.Time  // nil: nothing was typed for the program
	var keyed time.Time        // something was typed, perhaps before there was a program
	var early <-chan time.Time // it was
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case some, more := <-facts:
			if !more {
				return
			}
			for _, f := range some {
				w.happened(f)
			}
			if early != nil && w.First() != nil && w.begun.Before(keyed) {
				early, deaf = nil, time.After(endWithin)
			}
		case <-look.C:
			w.look(time.Now())
		case <-over:
			w.timedOut = true
			w.Warn("timeout",
				"The time is up after {timeout}. Still alive: {count}; mtp ends them.",
				"timeout", w.Timeout, "count", len(w.Living()))
			return
		case <-typed:
			switch {
			case w.PID > 0:
				w.letGo = true
				w.Say("letgo", "mtp lets the processes go. Still alive: {count}.",
					"count", len(w.Living()))
				return
			case deaf != nil:
				w.cutOff = true
				return
			case w.First() == nil:
				keyed, early = time.Now(), time.After(tellWithin)
			default:
				deaf = time.After(endWithin)
			}
		case <-early:
			w.Interrupt() // the program did not get it
		case <-deaf:
			if count := len(w.Living()); count > 0 {
				w.Say("deaf",
					"The program got Ctrl-C, too. Still alive: {count}. Ctrl-C once more ends all.",
					"count", count)
			}
		case <-w.Context().Done():
			w.Check()
		}
	}
}

// tellWithin is within what time it is told that a program has begun.
const tellWithin = 200 * time.Millisecond

// endWithin is how long a program may take to end by Ctrl-C until it is told that once more helps.
const endWithin = time.Second

// end ends the tracer, and by that whatever it traces; usually it has ended by itself.
func (w *watcher) end() {
	early := w.timedOut || w.letGo || w.cutOff
	if early {
		_ = w.tracer.Cmd.Process.Kill()
	}
	err := w.tracer.Cmd.Wait()
	if !early {
		w.Mustf(err, "trace the program")
	}
}

// happened takes a fact in, and tells it.
func (w *watcher) happened(f tracer.Fact) {
	switch f.Kind {
	case tracer.Refused:
		w.refused(f)
	case tracer.Failed:
		if w.First() == nil {
			w.check(w.program()[0])
			w.end()
			w.notExecuted(f)
		}
	case tracer.Unfiltered:
		if w.PID == 0 {
			w.unfiltered()
		}
		return
	}
	if w.First() == nil {
		w.begun = f.Time
	}
	w.Add(f)
	w.last, w.looked = f.Time, false
	switch f.Kind {
	case tracer.Forked, tracer.Exited, tracer.Killed, tracer.Waited, tracer.Orphaned:
		w.changed = f.Time
	}
	if w.Quiet {
		return
	}
	w.tell(f)
	first, ended := w.First(), f.Kind == tracer.Exited || f.Kind == tracer.Killed
	if living := len(w.Living()); ended && f.PID == first.PID && living > 0 && w.PID == 0 {
		w.Say("stays",
			"The program has ended. Still alive: {count}. mtp stays until all have ended; Ctrl-C twice ends them.",
			"count", living)
	}
}

// refused ends the lesson: it is the machine that does not want it.
func (w *watcher) refused(f tracer.Fact) {
	if f.PID != w.PID && w.PID > 0 {
		w.Warn("refused.child", "The kernel lets nobody trace {pid} ({errno}); it is left out.",
			"pid", f.PID, "errno", errnoName(f.Errno))
		return
	}
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err == nil && strings.TrimSpace(string(scope)) != "0" {
		w.Unsupported("refused.yama",
			"the kernel does not let mtp trace {pid} ({errno}): /proc/sys/kernel/yama/ptrace_scope is {scope}. With 1 only one's own descendants may be traced (start the program by mtp watch), with 2 only root may trace, with 3 nobody may",
			"pid", f.PID, "errno", errnoName(f.Errno), "scope", strings.TrimSpace(string(scope)))
	}
	w.Unsupported("refused",
		"the kernel does not let mtp trace {pid} ({errno}): it is another user's, it is traced already, or this container forbids ptrace (docker run --cap-add SYS_PTRACE allows it)",
		"pid", f.PID, "errno", errnoName(f.Errno))
}

func (w *watcher) unfiltered() {
	if w.NoSeccomp {
		w.Say("unfiltered.asked",
			"Without a filter all system calls are stopped, so the program runs much more slowly.")
		return
	}
	w.Say("unfiltered",
		"seccomp(2) is not possible here, so all system calls are stopped, and the program runs much more slowly.")
}

// exitCode is the program's, as a shell has it.
func (w *watcher) exitCode() int {
	first := w.First()
	switch {
	case w.timedOut:
		return timedOut
	case w.cutOff:
		return bySignal + int(syscall.SIGINT)
	case first == nil || !first.Dead() || w.PID > 0:
		return 0
	case first.End.Kind == tracer.Killed:
		return bySignal + int(first.End.Signal)
	}
	return first.End.Status
}
