// Package workers shows Python's multiprocessing.Process, as the course uses it: jobs that run side
// by side, each in a process of its own.
//
// Such a process is started with a target and its arguments; it has a name, a PID and, when it has
// ended, an exit code. To join it is to wait for it (wait(2)), with a time-out if need be. A daemon
// is terminated when its parent ends; any other process is joined before the parent ends. See
// https://docs.python.org/3/library/multiprocessing.html.
//
// To start and to join is not the same as fork(2) and wait(2): a forked child goes on with the next
// line, as its parent does; a started one runs its target, and ends when that returns.
package workers

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Job         []Job         `help:"A job; can be repeated, and replaces the three of the course." sep:"none" placeholder:"NAME=SECONDS"`
	Timeout     time.Duration `help:"How long the first join waits at most." default:"1s" placeholder:"DURATION"`
	Scale       float64       `help:"Make the jobs, and the first join, last so many times as long." default:"1" placeholder:"FACTOR"`
	Daemon      bool          `help:"Start the jobs as daemons: they end with their parent, done or not."`
	StartMethod string        `help:"How to start processes: spawn. What Python calls fork and forkserver is not possible here." enum:"spawn,fork,forkserver" default:"spawn" placeholder:"METHOD"`
}

const maxJobs = 100

// Validate is called by the command line.
func (o Options) Validate() error {
	if len(o.Job) > maxJobs {
		return event.Mistake("mistake.jobs",
			"--job must be given at most {max} times", "max", maxJobs)
	}
	if !(o.Scale > 0 && o.Scale <= 100) { // NaN too
		return event.Mistake("mistake.scale", "--scale must be more than 0, and 100 at most")
	}
	if o.Timeout <= 0 {
		return event.Mistake("mistake.timeout", "--timeout must be more than 0")
	}
	return nil
}

// Questions are the forms of what is asked.
func (o Options) Questions() (forms []quiz.Form) {
	if !o.Daemon {
		forms = append(forms, quiz.Number)
	}
	if runtime.GOOS != "windows" {
		forms = append(forms, quiz.Number)
	}
	return forms
}

// scaled is how long something lasts that the course has last so long.
func (o Options) scaled(lasts time.Duration) time.Duration {
	return time.Duration(float64(lasts) * o.Scale)
}

// others are the processes besides the jobs: three main processes with a child each, and one that
// asks or is killed.
const others = 7

// Run starts the jobs, lets them begin, and joins them; then it shows daemons, the empty standard
// input, and a process that is killed.
func (o Options) Run(s *stage.Stage) {
	if o.StartMethod != "spawn" {
		s.Unsupported("nofork",
			"{method} copies a running process. mtp has several threads, and a fork copies only one of them, so mtp starts its children by spawn. For a real fork, run mtp fork",
			"method", o.StartMethod)
	}
	jobs := o.jobs(s)
	s.Room((len(jobs) + others) * stage.Threads)
	if slices.ContainsFunc(jobs, func(j Job) bool { return j.Lasts > process.Lifetime }) {
		s.Fail("toolong",
			"no job can take longer than {lifetime}",
			"lifetime", process.Lifetime)
	}
	s.Title("workers: jobs side by side, each in a process of its own")
	s.Steps(8)
	if runtime.GOOS == "linux" { // which lists threads
		s.Steps(9)
	}
	sayStartMethods(s)

	parent := s.Parent()
	workers, letBegin := o.startJobs(s, parent, jobs)
	s.Tree("family",
		"A program is a file; a process is one run of it. Here one program, mtp, runs several times, each time with a PID of its own:")
	poll(s, workers)
	compareWithPython(s, workers[0])
	compareWithThread(s, workers[0])

	var sideBySide *stage.Prediction
	if !o.Daemon {
		sideBySide = s.AskNumber("wall",
			"The jobs take {lasts}. They are going to begin at the same moment. How many seconds later will the last one have ended? (Within a quarter of it counts as right.)",
			"lasts", durations(s, jobs))
	}
	s.Step("begin", "Let the jobs begin.")
	begun := time.Now()
	letBegin.Close()
	longest := slices.MaxFunc(jobs, func(a, b Job) int { return cmp.Compare(a.Lasts, b.Lasts) })
	joinWithTimeout(s, workers[slices.Index(jobs, longest)], o.scaled(o.Timeout))
	poll(s, workers)
	if o.Daemon {
		s.Say("leave",
			"Before a parent ends, it terminates its daemons (by SIGTERM; on Windows by TerminateProcess). mtp does that now.")
		s.Must(parent.End(s.Context()))
		poll(s, workers)
	} else {
		joinAll(s, workers, begun)
		compareWithSum(s, workers, jobs, begun, sideBySide)
	}

	endParents(s, parent)
	askForInput(s, parent)
	killOne(s, parent)
	s.Lanes()
	s.Must(parent.End(s.Context()))
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{"job": job, "main": main, "child": child, "ask": ask}
}

// sayStartMethods says how processes are started, here and in Python.
func sayStartMethods(s *stage.Stage) {
	s.Step("methods",
		"How does a process start? Python's multiprocessing has three ways, its start methods.")
	s.Say("spawn",
		"fork: the child is a copy of its parent, variables included. forkserver: a small server process, started beforehand, forks the children. spawn: the child runs the program anew, and knows only what it is told. mtp uses spawn.")
	s.Say("defaults",
		"The default, as Python's documentation has it: on Linux fork, and since Python 3.14 forkserver; on macOS and Windows spawn.")
}

// startJobs starts a process for each job, all of them before it hears of any. They wait until the
// pipe that it returns is closed.
func (o Options) startJobs(
	s *stage.Stage, parent *process.Parent, jobs []Job,
) (workers []*worker, letBegin *os.File) {
	s.Step("start",
		"Start {count} processes, one for each job. Each says who it is, and waits until mtp lets it begin.",
		"count", len(jobs))
	begin, letBegin := s.Pipe()
	for _, job := range jobs {
		p := parent.Process("job", job.Name)
		p.Name = job.Name
		p.Named = map[string]string{"lasts": job.Lasts.String()}
		p.Files = []*os.File{begin}
		s.Must(p.SetDaemon(o.Daemon))
		w := start(s, p)
		w.called = job.called()
		workers = append(workers, w)
	}
	for _, w := range workers {
		w.hello(s)
	}
	return workers, letBegin
}

// compareWithPython shows where a process finds what Python gives it as target, args and kwargs.
// /proc/PID/cmdline is Linux's.
func compareWithPython(s *stage.Stage, w *worker) {
	if runtime.GOOS != "linux" {
		return
	}
	s.Step("arguments",
		"How does a process know what to do? In Python one writes Process(target=…, args=…, kwargs=…). Here, with spawn, the command line of {name} says it.",
		"name", w.called)
	path := fmt.Sprintf("/proc/%d/cmdline", w.PID())
	line, _ := os.ReadFile(path)
	words := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	if len(words) > 5 { // else it has been killed from outside
		t := s.Table("target", "python", "in Python", "word", "in the command line")
		t.Row("target=job", words[3])
		t.Row(fmt.Sprintf("args=(%q,)", w.Args[0]), words[len(words)-1])
		t.Row(fmt.Sprintf(`kwargs={"lasts": %q}`, w.Named["lasts"]), words[4])
		t.From(kernel.Source(path))
		t.Show()
	}
	s.Say("notfork",
		"Some courses say that start and join are the same as fork and wait. They are not: a forked child goes on with the next line, as its parent does; a started one runs its target, and ends when that returns.")
}
