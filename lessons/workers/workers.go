// Package workers shows Python's multiprocessing.Process, as the course uses it: jobs that run side by side, each in a
// process of its own.
//
// Such a process is started with a target and its arguments; it has a name, a PID and, when it has ended, an exit code. To join
// it is to wait for it (wait(2)), with a time-out if need be. A daemon is one that shall end with its parent; any other is
// joined before the parent ends. See https://docs.python.org/3/library/multiprocessing.html.
package workers

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Job         []Job         `help:"A job; can be repeated, and replaces the three of the course." sep:"none" placeholder:"NAME=SECONDS"`
	Timeout     time.Duration `help:"How long the first join waits at most." default:"1s" placeholder:"DURATION"`
	Daemon      bool          `help:"Start the jobs as daemons: they end with their parent, done or not."`
	StartMethod string        `help:"How to start processes: spawn. What Python calls fork and forkserver is not possible here." enum:"spawn,fork,forkserver" default:"spawn" placeholder:"METHOD"`
}

// mostJobs is how many jobs there may be.
const mostJobs = 100

// Validate is called by the command line.
func (o Options) Validate() error {
	if len(o.Job) > mostJobs {
		return fmt.Errorf("--job must be given at most %d times", mostJobs)
	}
	if o.Timeout <= 0 {
		return errors.New("--timeout must be more than 0")
	}
	return nil
}

// Run starts the jobs and joins them; then it shows daemons, the empty standard input, and a process that is killed.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if o.StartMethod != "spawn" {
		return say.Unsupported("workers.nofork", "{method} copies a process that runs. mtp has several threads, and a fork copies one of them only; so its children start anew, by spawn. "+
			"For a real fork, run mtp fork", "method", o.StartMethod)
	}
	jobs := o.Job
	if len(jobs) == 0 {
		names := strings.Split(say.Text("workers.jobs", "eat|sleep|play"), "|")
		jobs = []Job{{names[0], 3 * time.Second}, {names[1], 4 * time.Second}, {names[2], 5 * time.Second}}
	}
	if err := say.Room((len(jobs) + 7) * narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	parent, err := process.NewParent("workers", Roles(), leash)
	if err != nil {
		return err
	}

	if slices.ContainsFunc(jobs, func(j Job) bool { return atLeast(say, j.Lasts) > process.Lifetime }) {
		return say.Error("workers.toolong", "no job can take longer than {lifetime}, at this pace as well", "lifetime", process.Lifetime)
	}

	say.Title("workers.title", "workers: jobs side by side, each in a process of its own")
	startMethods(say)

	var sideBySide *narrate.Prediction
	if !o.Daemon {
		sideBySide = say.Ask("workers.ask.wall", "The jobs take {lasts}. Started side by side, how many seconds will pass until the last one has ended? (A quarter more or less counts as right.)", narrate.Number,
			say.Text("workers.rule.wall", "Processes that only wait do not hold each other up: together they take as long as the longest."), "lasts", lasts(say, jobs))
	}
	say.Step("workers.start", "Start {count} processes, one for each job.", "count", len(jobs))
	begun := time.Now()
	workers := make([]*process.Process, len(jobs))
	for i, job := range jobs {
		workers[i] = parent.Process("job", job.Name)
		workers[i].Name = job.Name
		workers[i].Named = map[string]string{"for": atLeast(say, job.Lasts).String()}
		if err := workers[i].SetDaemon(o.Daemon); err != nil {
			return err
		}
	}
	outs := make([]*os.File, len(workers))
	for i, worker := range workers {
		if outs[i], err = start(say, worker, i); err != nil {
			return err
		}
		defer outs[i].Close()
	}
	for i, worker := range workers {
		if err := hello(ctx, say, worker, outs[i]); err != nil {
			return err
		}
	}
	family, err := kernel.Descendants(os.Getpid())
	if err != nil {
		return err
	}
	say.Tree("workers.family", "Each is mtp once more, in the role of a job; what it is to do stands in its command line:", family)
	poll(say, workers)

	longest := slices.MaxFunc(jobs, func(a, b Job) int { return cmp.Compare(a.Lasts, b.Lasts) })
	last := workers[slices.Index(jobs, longest)]
	if err := joinWithTimeout(ctx, say, last, atLeast(say, o.Timeout)); err != nil {
		return err
	}
	poll(say, workers)
	if o.Daemon {
		say.Say("workers.leave", "Before a parent ends, it terminates its daemons (by SIGTERM; on Windows by TerminateProcess). mtp does that now.")
		if err := parent.End(ctx); err != nil {
			return err
		}
		poll(say, workers)
	} else {
		say.Say("workers.joinall", "join all of them, without a time-out.")
		if err := joinAll(ctx, say, workers, begun); err != nil {
			return err
		}
		took(say, workers, jobs, begun, sideBySide)
	}

	if err := daemons(ctx, say, parent, leash); err != nil {
		return err
	}
	if err := input(ctx, say, parent); err != nil {
		return err
	}
	if err := killed(ctx, say, parent); err != nil {
		return err
	}
	say.Lanes()
	return parent.End(ctx)
}

// atLeast is how long something lasts at the pace that was asked for: without pauses, a hundredth is left.
func atLeast(say *narrate.Narrator, atPaceOne time.Duration) time.Duration {
	return max(say.Scaled(atPaceOne), atPaceOne/100)
}

// lasts is how long each job takes.
func lasts(say *narrate.Narrator, jobs []Job) string {
	var list []string
	for _, job := range jobs {
		list = append(list, fmt.Sprintf("%s %v", job.Name, atLeast(say, job.Lasts)))
	}
	return strings.Join(list, ", ")
}

// startMethods says how processes are started, here and in Python.
func startMethods(say *narrate.Narrator) {
	say.Step("workers.methods", "How does a process start? Python's multiprocessing knows three ways, its start methods.")
	say.Say("workers.spawn", "fork: the child is a copy of its parent, variables included. forkserver: a small server, started before, forks the children. "+
		"spawn: the child runs the program anew, and knows what it is told. mtp does that.")
	say.Table("workers.defaults", "system|version|default", []string{"system", "version", "default"}, [][]any{
		{"Linux", "Python ≤ 3.13", "fork"},
		{"Linux", "Python ≥ 3.14", "forkserver"},
		{"macOS", "Python ≥ 3.8", "spawn"},
		{"Windows", "Python", "spawn"},
	})
}

// start starts a process, whose output can then be read.
func start(say *narrate.Narrator, worker *process.Process, made int) (*os.File, error) {
	out, err := worker.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := worker.Start(); err != nil {
		return nil, say.StartError(err, made)
	}
	return out, nil
}

// hello hears from a process who it is.
func hello(ctx context.Context, say *narrate.Narrator, worker *process.Process, out *os.File) error {
	var pid, ppid int
	if _, err := fmt.Fscanf(out, "%d %d\n", &pid, &ppid); err != nil {
		return say.StartError(fmt.Errorf("hear from %s: %w", worker.Name, errors.Join(err, worker.Join(ctx))), 0)
	}
	say.See("workers.hello", fmt.Sprintf("stdout of %d", worker.PID()), "{name}: my PID is {pid}, my parent's is {ppid}.", "name", worker.Name, "pid", pid, "ppid", ppid)
	return nil
}

// poll asks each process whether it lives, without waiting for it.
func poll(say *narrate.Narrator, workers []*process.Process) {
	var rows [][]any
	for _, worker := range workers {
		var exit any // none yet
		if code, ended := worker.ExitCode(); ended {
			exit = code
		}
		rows = append(rows, []any{worker.Name, worker.PID(), worker.Alive(), worker.Daemon(), exit})
	}
	say.Table("workers.poll", "name|PID|alive|daemon|exit code", []string{"name", "pid", "alive", "daemon", "exit_code"}, rows)
}

// joinWithTimeout waits, but not for ever.
func joinWithTimeout(ctx context.Context, say *narrate.Narrator, worker *process.Process, timeout time.Duration) error {
	say.Say("workers.join", "join {name}, with a time-out of {timeout}.", "name", worker.Name, "timeout", timeout)
	waiting, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	begun := time.Now()
	err := worker.Join(waiting)
	waited := time.Since(begun)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	st, gone := kernel.ReadStat(worker.PID())
	switch {
	case errors.Is(err, context.DeadlineExceeded) && gone == nil && st.State != kernel.Zombie:
		say.See("workers.expired", st.Source, "join has returned after {waited}, and {pid} is still there, in state {state}: a time-out ends the wait, not the process.",
			"waited", waited, "pid", worker.PID(), "state", st.State)
	default:
		say.Say("workers.intime", "join has returned after {waited}: {name} has ended.", "waited", waited, "name", worker.Name)
	}
	return nil
}

// joinAll waits for each process, and tells of them in the order in which they ended.
func joinAll(ctx context.Context, say *narrate.Narrator, workers []*process.Process, begun time.Time) error {
	stop := say.Wait("workers.wait", "The parent waits.")
	defer stop()
	ended := make(chan *process.Process)
	for _, worker := range workers {
		go func() {
			_ = worker.Join(ctx) // whether it failed, its exit code says
			ended <- worker
		}()
	}
	for range workers {
		worker := <-ended
		if ctx.Err() != nil {
			continue
		}
		code, _ := worker.ExitCode()
		say.See("workers.ended", process.StatusSource(worker.PID()), "{name} has ended, {after} after the first start; exit code {code}.",
			"name", worker.Name, "code", code, "after", worker.Ended().Sub(begun))
		switch {
		case code < 0:
			say.Warn("workers.killed", "{name} was killed by signal {signal}. The others go on.", "name", worker.Name, "signal", -code)
		case code > 0:
			say.Warn("workers.failed", "{name} has failed. The others go on.", "name", worker.Name)
		}
	}
	return context.Cause(ctx)
}

// took compares what the jobs took side by side with what they would take one after the other.
func took(say *narrate.Narrator, workers []*process.Process, jobs []Job, begun time.Time, sideBySide *narrate.Prediction) {
	var wall, longest, sum time.Duration
	for i, worker := range workers {
		if code, _ := worker.ExitCode(); code != 0 {
			return // its job is not done
		}
		lasts := atLeast(say, jobs[i].Lasts)
		wall, longest, sum = max(wall, worker.Ended().Sub(begun)), max(longest, lasts), sum+lasts
	}
	say.See("workers.took", "clock_gettime(CLOCK_MONOTONIC)", "From the first start to the last end: {wall}. The longest job alone takes {longest}; one after the other they would take {sum}.",
		"wall", wall, "longest", longest, "sum", sum)
	sideBySide.About(wall.Seconds(), 0.25, "clock_gettime(CLOCK_MONOTONIC)")
}

// input shows what a process can read: nothing.
func input(ctx context.Context, say *narrate.Narrator, parent *process.Parent) error {
	say.Step("workers.input", "Can a child ask for input? Start one that reads a line.")
	asker := parent.Process("ask")
	out, err := start(say, asker, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	var file, answer string
	if _, err := fmt.Fscanf(out, "%q %q\n", &file, &answer); err != nil {
		return fmt.Errorf("hear from %s: %w", asker.Name, errors.Join(err, asker.Join(ctx)))
	}
	say.See("workers.eof", fmt.Sprintf("stdout of %d", asker.PID()), "{name}: my standard input is {file}, and reading a line from it gave: {answer}.", "name", asker.Name, "file", file, "answer", answer)
	say.Say("workers.onekeyboard", "Its input is empty, as in Python: several processes that read one keyboard would take each other's lines.")
	return asker.Join(ctx)
}

// killed shows the exit code of a process that did not exit by itself.
func killed(ctx context.Context, say *narrate.Narrator, parent *process.Parent) error {
	say.Step("workers.kill", "Start one more, and kill it.")
	victim := parent.Process("job", "victim")
	victim.Named = map[string]string{"for": "1h"}
	out, err := start(say, victim, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := hello(ctx, say, victim, out); err != nil {
		return err
	}
	var code *narrate.Prediction
	if runtime.GOOS != "windows" { // which has no signals
		code = say.Ask("workers.ask.code", "mtp is going to kill it with signal {signal} (SIGKILL). Which exit code will Process report, as Python's does?", narrate.Number,
			say.Text("workers.rule.code", "A process that a signal has ended has no exit status. Python's exitcode is the signal's number then, with a minus."), "signal", int(syscall.SIGKILL))
	}
	if err := victim.Kill(); err != nil {
		return err
	}
	var failure *process.Failure
	if err := victim.Join(ctx); !errors.As(err, &failure) {
		return errors.Join(fmt.Errorf("%s should have been killed", victim.Name), err)
	}
	if failure.Code >= 0 {
		say.See("workers.victim.code", process.StatusSource(failure.PID), "{name} (nobody gave it a name): exit code {code}. Windows has no signals: TerminateProcess ended it, and gave it that code.", "name", failure.Name, "code", failure.Code)
		return nil
	}
	say.See("workers.victim", process.StatusSource(failure.PID), "{name} (nobody gave it a name): exit code {code}. A negative exit code names the signal: {signal}.",
		"name", failure.Name, "code", failure.Code, "signal", "SIGKILL")
	code.Is(failure.Code, process.StatusSource(failure.PID))
	return nil
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"job": job, "main": main, "child": child, "ask": ask}
}

// job says who it is, and takes as long as it is told.
func job(args []string) error {
	flags := flag.NewFlagSet("job", flag.ContinueOnError)
	lasts := flags.Duration("for", time.Second, "how long the job takes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	fmt.Println(os.Getpid(), os.Getppid())
	time.Sleep(*lasts)
	return nil
}

// ask reads a line, and says from where and what it got.
func ask([]string) error {
	file, err := os.Readlink("/dev/fd/0")
	if err != nil {
		file = os.Stdin.Name()
	}
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if errors.Is(err, io.EOF) {
		answer = "EOF"
	} else if err != nil {
		return err
	}
	fmt.Printf("%q %q\n", file, answer)
	return nil
}
