// Package workers shows Python's multiprocessing.Process, as the course uses it: jobs that run side
// by side, each in a process of its own.
//
// Such a process is started with a target and its arguments; it has a name, a PID and, when it has
// ended, an exit code. To join it is to wait for it (wait(2)), with a time-out if need be. A daemon
// is one that shall end with its parent; any other is joined before the parent ends. See
// https://docs.python.org/3/library/multiprocessing.html.
package workers

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Job         []Job         `help:"A job; can be repeated, and replaces the three of the course." sep:"none" placeholder:"NAME=SECONDS"`
	Timeout     time.Duration `help:"How long the first join waits at most." default:"1s" placeholder:"DURATION"`
	Daemon      bool          `help:"Start the jobs as daemons: they end with their parent, done or not."`
	StartMethod string        `help:"How to start processes: spawn. What Python calls fork and forkserver is not possible here." enum:"spawn,fork,forkserver" default:"spawn" placeholder:"METHOD"`
}

const maxJobs = 100

// Validate is called by the command line.
func (o Options) Validate() error {
	if len(o.Job) > maxJobs {
		return fmt.Errorf("--job must be given at most %d times", maxJobs)
	}
	if o.Timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	return nil
}

// others are the processes besides the jobs: three families of two, and one that asks or is killed.
const others = 7

// Run starts the jobs and joins them; then it shows daemons, the empty standard input, and a
// process that is killed.
func (o Options) Run(s *stage.Stage) {
	if o.StartMethod != "spawn" {
		s.Unsupported("nofork",
			"{method} copies a process that runs. mtp has several threads, and a fork copies one of them only; so its children start anew, by spawn. For a real fork, run mtp fork",
			"method", o.StartMethod)
	}
	jobs := o.jobs(s)
	s.Room((len(jobs) + others) * stage.Threads)
	if slices.ContainsFunc(jobs, func(j Job) bool { return paced(s, j.Lasts) > process.Lifetime }) {
		s.Fail("toolong",
			"no job can take longer than {lifetime}, at this pace as well",
			"lifetime", process.Lifetime)
	}
	s.Title("workers: jobs side by side, each in a process of its own")
	sayStartMethods(s)

	var sideBySide *stage.Prediction
	if !o.Daemon {
		sideBySide = s.AskNumber("wall",
			"The jobs take {lasts}. Started side by side, how many seconds will pass until the last one has ended? (A quarter more or less counts as right.)",
			"lasts", durations(s, jobs))
	}
	s.Step("start", "Start {count} processes, one for each job.", "count", len(jobs))
	parent := s.Parent()
	begun := time.Now()
	workers := o.startJobs(s, parent, jobs)
	s.Tree("family",
		"Each is mtp once more, in the role of a job; what it is to do stands in its command line:")
	poll(s, workers)

	longest := slices.MaxFunc(jobs, func(a, b Job) int { return cmp.Compare(a.Lasts, b.Lasts) })
	joinWithTimeout(s, workers[slices.Index(jobs, longest)], paced(s, o.Timeout))
	poll(s, workers)
	if o.Daemon {
		s.Say("leave",
			"Before a parent ends, it terminates its daemons (by SIGTERM; on Windows by TerminateProcess). mtp does that now.")
		s.Must(parent.End(s.Context()))
		poll(s, workers)
	} else {
		joinAll(s, workers, begun)
		compare(s, workers, jobs, begun, sideBySide)
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
		"How does a process start? Python's multiprocessing knows three ways, its start methods.")
	s.Say("spawn",
		"fork: the child is a copy of its parent, variables included. forkserver: a small server, started before, forks the children. spawn: the child runs the program anew, and knows what it is told. mtp does that.")
	t := s.Table("defaults", "system", "system", "version", "version", "default", "default")
	t.Row("Linux", "Python ≤ 3.13", "fork")
	t.Row("Linux", "Python ≥ 3.14", "forkserver")
	t.Row("macOS", "Python ≥ 3.8", "spawn")
	t.Row("Windows", "Python", "spawn")
	t.Show()
}

// startJobs starts a process for each job, all of them before it hears of any.
func (o Options) startJobs(s *stage.Stage, parent *process.Parent, jobs []Job) []*worker {
	workers := make([]*worker, len(jobs))
	for i, job := range jobs {
		p := parent.Process("job", job.Name)
		p.Name = job.Name
		p.Named = map[string]string{"for": paced(s, job.Lasts).String()}
		s.Must(p.SetDaemon(o.Daemon))
		workers[i] = start(s, p)
	}
	for _, w := range workers {
		w.hello(s)
	}
	return workers
}
