package states

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Run takes a child along every arrow of the model, shares a processor out, and shows every letter that ps has.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if err := say.Room(8 * narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	l := lesson{o, say, leash}

	say.Title("states.title", "states: what a process is doing, in one letter")
	for _, part := range []func(context.Context) error{l.arrows, l.letters, l.block, l.memory} {
		if err := part(ctx); err != nil {
			return leash.Explain(err)
		}
	}
	say.Lanes()
	say.Say("states.summary", "Ready and running are R; waiting is S or D; stopped is T; dead and not waited for is Z. Between ready and running the scheduler decides, elsewhere the process itself and what it waits for.")
	return nil
}

type lesson struct {
	Options
	*narrate.Narrator
	leash *process.Leash
}

// child is a process of this lesson; closing its input lets it end.
type child struct {
	pid   int
	input io.WriteCloser
}

// start starts a child in a role.
func (l lesson) start(role string, args ...string) (child, error) {
	command := l.leash.Command("states", role, args...)
	input, err := command.StdinPipe()
	if err != nil {
		return child{}, err
	}
	if err := l.leash.Start(command); err != nil {
		return child{}, l.StartError(err, 0)
	}
	return child{command.Process.Pid, input}, nil
}

// startSteady starts a child, and returns when it is at its work: until then Go's runtime is still starting, and sleeps now and then.
func (l lesson) startSteady(ctx context.Context, role string, args ...string) (child, error) {
	steady, err := l.start(role, args...)
	if err != nil {
		return steady, err
	}
	return steady, kernel.Await(ctx, func() (bool, error) {
		status, err := kernel.ReadStatus(steady.pid)
		if err != nil {
			return false, err
		}
		blocked, err := status.Mask("SigBlk")
		return blocked&(1<<(unix.SIGURG-1)) != 0, err // the last that it does before
	})
}

// end lets a child end and reaps it.
func (c child) end(ctx context.Context) error {
	c.input.Close()
	if err := kernel.AwaitExit(ctx, c.pid); err != nil { // unlike the wait, Ctrl-C ends this
		return err
	}
	if _, err := syscall.Wait4(c.pid, nil, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", c.pid, err)
	}
	return nil
}

// arrows takes a child along the arrows of the five-state model.
func (l lesson) arrows(ctx context.Context) error {
	l.Step("states.model", "The textbooks have five states and six arrows between them. A child is going to take each arrow.")
	l.Say("states.three", "(ready, running and waiting alone are the three-state model.)")
	processor, err := lastProcessor()
	if err != nil {
		return err
	}
	worker, err := l.startSteady(ctx, "worker", strconv.Itoa(processor))
	if err != nil {
		return err
	}
	pid := worker.pid
	var st kernel.Stat
	turns, err := kernel.ReadSchedstat(pid)
	if err != nil {
		return err
	}
	l.Model("states.admit", "new → ready: mtp has started {pid} (clone, then exec), and the scheduler has put it into its queue.", narrate.Admit, "pid", pid)
	l.See("states.admitted", turns.Source, "So far it has waited there for {ready}, all in all.", "ready", turns.Ready)

	l.Step("states.run", "It computes, and does nothing else. It may run on processor {processor} only.", "processor", processor)
	l.Model("states.dispatch", "ready → running: the scheduler gives it the processor, for a time slice.", narrate.Dispatch)
	if st, err = kernel.AwaitState(ctx, pid, kernel.Running); err != nil {
		return err
	}
	if turns, err = kernel.ReadSchedstat(pid); err != nil {
		return err
	}
	l.See("states.dispatched", turns.Source, "It has had {slices} time slices, and was on the processor for {running}.", "slices", turns.Slices, "running", turns.Running)
	l.See("states.letter", st.Source, "{pid} is in state {state}.", "pid", pid, "state", st.State)
	l.Say("states.both", "R is for both, ready and running. Which of the two it is at this moment, the letter does not tell; how long it was each, schedstat does.")

	if err := l.share(ctx, pid, processor); err != nil {
		return err
	}

	waits := l.Ask("states.ask.wait", "{pid} is going to read from a pipe in which there is nothing. In which state will it be?", narrate.Letter,
		l.Text("states.rule.wait", "Who waits for something that may take long, such as input, sleeps in state S, and a signal can wake it."), "pid", pid)
	l.Step("states.wait", "Now it reads from a pipe in which there is nothing.")
	if _, err := worker.input.Write([]byte("\n")); err != nil { // this wakes it once; then there is nothing more
		return err
	}
	if st, err = kernel.AwaitState(ctx, pid, kernel.Sleeping); err != nil {
		return err
	}
	l.Model("states.blocked", "running → waiting: it gives the processor up by itself, and sleeps until there is input.", narrate.Block)
	l.See("states.letter", st.Source, "{pid} is in state {state}.", "pid", pid, "state", st.State)
	waits.Is(st.State, st.Source)
	if where := awaitWchan(ctx, pid); where != "" {
		l.See("states.wchan", kernel.Proc(pid, "wchan"), "The kernel's function in which it sleeps: {function}.", "function", where)
	}

	l.Step("states.wake", "Write a byte into the pipe.")
	if _, err := worker.input.Write([]byte("\n")); err != nil {
		return err
	}
	if st, err = kernel.AwaitState(ctx, pid, kernel.Running); err != nil {
		return err
	}
	l.Model("states.woken", "waiting → ready: the byte has woken it. It does not run at once; it is queued again.", narrate.Wake)
	l.See("states.letter", st.Source, "{pid} is in state {state}.", "pid", pid, "state", st.State)

	l.Step("states.exit", "It exits, and nobody has waited for it yet.")
	worker.input.Close()
	if err := kernel.AwaitExit(ctx, pid); err != nil {
		return err
	}
	if st, err = kernel.ReadStat(pid); err != nil {
		return err
	}
	l.Model("states.exited", "running → terminated: it does not run again, and is only listed until its parent waits.", narrate.Exit)
	l.See("states.letter", st.Source, "{pid} is in state {state}.", "pid", pid, "state", st.State)
	return worker.end(ctx)
}

// share lets three children share one processor, the first of which is there already.
func (l lesson) share(ctx context.Context, first, processor int) error {
	part := l.Ask("states.ask.share", "Two more children are going to compute on processor {processor}. Of the time that the three have it, how many percent will {pid} get? (A third more or less counts as right.)", narrate.Number,
		l.Text("states.rule.share", "The scheduler shares a processor fairly: among equals, each gets as much as the others."), "pid", first, "processor", processor)
	share := max(l.Scaled(l.Share), shortestShare)
	l.Step("states.share", "Start two more that compute, on the same processor, and watch the three for {time}.", "time", share)
	pids := []int{first}
	for range 2 {
		rival, err := l.startSteady(ctx, "worker", strconv.Itoa(processor))
		if err != nil {
			return err
		}
		defer func() { _ = rival.end(ctx) }()
		pids = append(pids, rival.pid)
	}
	before, err := turnsOf(pids)
	if err != nil {
		return err
	}
	stop := l.Wait("states.sharing", "Three children, one processor.")
	defer stop()
	over, cancel := context.WithTimeout(ctx, share)
	<-over.Done()
	cancel()
	var after []turns
	err = kernel.Await(ctx, func() (bool, error) { // each had a turn, and was interrupted in it
		if after, err = turnsOf(pids); err != nil {
			return false, err
		}
		for i := range after {
			if after[i].involuntary == before[i].involuntary {
				return false, nil
			}
		}
		return true, nil
	})
	stop()
	if err != nil {
		return fmt.Errorf("see three processes share processor %d: %w", processor, err)
	}
	var sum float64
	for i := range after {
		sum += (after[i].Running - before[i].Running).Seconds()
	}
	var rows [][]any
	percent := make([]float64, len(after))
	for i := range after {
		percent[i] = float64(int(1000*(after[i].Running-before[i].Running).Seconds()/sum+0.5)) / 10
		rows = append(rows, []any{
			pids[i], after[i].Running - before[i].Running, after[i].Ready - before[i].Ready, percent[i], after[i].Slices - before[i].Slices,
			after[i].voluntary - before[i].voluntary, after[i].involuntary - before[i].involuntary,
		})
	}
	l.Table("states.shares", "PID|running|ready|% |slices|gave up|taken", []string{"pid", "running", "ready", "percent", "slices", "voluntary", "involuntary"}, rows)
	l.Say("states.switches", "running, ready and slices are from /proc/PID/schedstat; how often a process gave the processor up by itself, or had it taken away, is in /proc/PID/status (voluntary_ctxt_switches, nonvoluntary_ctxt_switches).")
	l.Model("states.preempt", "running → ready: its time slice is over, or another one is due. The scheduler takes the processor away.", narrate.Preempt)
	l.See("states.preempted", kernel.Proc(first, "status"), "That has happened to {pid} {count} times meanwhile.", "pid", first, "count", after[0].involuntary-before[0].involuntary)
	part.About(percent[0], 1./3, after[0].Source)
	return nil
}

// shortestShare is how long the three are watched at least: time slices take some milliseconds each.
const shortestShare = 300 * time.Millisecond

// turns are a process's turns on the processor.
type turns struct {
	kernel.Schedstat
	voluntary, involuntary int64
}

func turnsOf(pids []int) (list []turns, err error) {
	for _, pid := range pids {
		var t turns
		if t.Schedstat, err = kernel.ReadSchedstat(pid); err != nil {
			return nil, err
		}
		status, err := kernel.ReadStatus(pid)
		if err != nil {
			return nil, err
		}
		for name, into := range map[string]*int64{"voluntary_ctxt_switches": &t.voluntary, "nonvoluntary_ctxt_switches": &t.involuntary} {
			if *into, err = strconv.ParseInt(status[name], 10, 64); err != nil {
				return nil, fmt.Errorf("read %s of %d: %w", name, pid, err)
			}
		}
		list = append(list, t)
	}
	return list, nil
}

// letters has a child in each state at the same time, for ps.
func (l lesson) letters(ctx context.Context) error {
	disk := l.Ask("states.ask.vfork", "A child is going to call vfork: its own child runs in its stead, and it has to wait until that has called exec or _exit. Until then nothing wakes it but what kills it. In which state will it be?", narrate.Letter,
		l.Text("states.rule.vfork", "D is the sleep that signals do not interrupt; here, as in many places, one that kills does. Mostly it is a disk that a process waits for, hence the letter."))
	l.Step("states.letters", "The letters, as ps has them. Put a child into each state.")
	busy, err := l.startSteady(ctx, "worker")
	if err != nil {
		return err
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, busy.pid, 19); err != nil {
		return fmt.Errorf("lower the priority of %d: %w", busy.pid, err)
	}
	sleeper, err := l.startSteady(ctx, "sleeper")
	if err != nil {
		return err
	}
	vforker, err := l.startSteady(ctx, "vforker")
	if err != nil {
		return err
	}
	stopped, err := l.startSteady(ctx, "sleeper")
	if err != nil {
		return err
	}
	zombie, err := l.start("sleeper")
	if err != nil {
		return err
	}
	if _, err := kernel.AwaitState(ctx, stopped.pid, kernel.Sleeping); err != nil {
		return err
	}
	if err := syscall.Kill(stopped.pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop %d: %w", stopped.pid, err)
	}
	if _, err := syscall.Wait4(stopped.pid, nil, syscall.WUNTRACED, nil); err != nil { // returns when it has stopped
		return fmt.Errorf("wait for %d to stop: %w", stopped.pid, err)
	}
	zombie.input.Close() // and no wait for it
	for _, c := range []struct {
		child
		state kernel.State
	}{{busy, kernel.Running}, {sleeper, kernel.Sleeping}, {vforker, kernel.Disk}, {stopped, kernel.Stopped}, {zombie, kernel.Zombie}} {
		st, err := kernel.AwaitState(ctx, c.pid, c.state)
		if c.pid == vforker.pid && errors.Is(err, kernel.ErrInVain) {
			l.Warn("states.nodisk", "Here {pid} is in state {state}, and not in D: this system makes a fork of a vfork.", "pid", c.pid, "state", st.State)
		} else if err != nil {
			return err
		}
	}
	for _, p := range l.descendants(vforker.pid) {
		if p.PID != vforker.pid {
			l.leash.Tie(p.PID, "vfork child")
		}
	}
	l.Tree("states.family", "Five children, and one child's child:", l.descendants(os.Getpid()))

	all := l.ps()
	var rows [][]any
	for _, c := range []struct {
		child
		what string
	}{
		{busy, l.Text("states.computes", "computes, nice 19")},
		{sleeper, l.Text("states.reads", "reads a pipe")},
		{vforker, l.Text("states.vforks", "called vfork")},
		{stopped, l.Text("states.stopped", "got SIGSTOP")},
		{zombie, l.Text("states.dead", "exited, no wait")},
	} {
		st, err := kernel.ReadStat(c.pid)
		if err != nil {
			return err
		}
		var stat, where any // nil: not known
		if i := slices.IndexFunc(all, func(p listed) bool { return p.pid == c.pid }); i >= 0 {
			stat = all[i].stat
		}
		if st.State != kernel.Running && st.State != kernel.Zombie {
			if w := awaitWchan(ctx, c.pid); w != "" {
				where = w
			}
		}
		rows = append(rows, []any{c.pid, st.State, stat, c.what, where})
		if c.pid == vforker.pid {
			disk.Is(st.State, st.Source)
		}
	}
	l.Table("states.ps", "PID|/proc|ps|it …|and sleeps in", []string{"pid", "state", "stat", "what", "wchan"}, rows)
	l.Try("states.try", fmt.Sprintf("ps -o pid,stat,wchan:20,args --ppid %d", os.Getpid()), "/proc/PID/stat has the first letter, and ps adds more. Type in another terminal, while they last:")
	l.suffixes(all, os.Getpid(), busy.pid)
	l.others()
	if l.Options.Hold > 0 {
		l.Narrator.Hold(l.Options.Hold, "states.hold", "Held for {hold}.")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}

	l.Step("states.cont", "SIGCONT lets the stopped one go on. The one in vfork goes on when its child ends.")
	if err := syscall.Kill(stopped.pid, syscall.SIGCONT); err != nil {
		return fmt.Errorf("continue %d: %w", stopped.pid, err)
	}
	if _, err := vforker.input.Write([]byte("\n")); err != nil {
		return err
	}
	for _, c := range []child{stopped, vforker} {
		st, err := kernel.AwaitState(ctx, c.pid, kernel.Sleeping)
		if err != nil {
			return err
		}
		l.See("states.letter", st.Source, "{pid} is in state {state}.", "pid", c.pid, "state", st.State)
	}
	for _, c := range []child{busy, sleeper, vforker, stopped, zombie} {
		if err := c.end(ctx); err != nil {
			return err
		}
	}
	return nil
}

// descendants are a process and those below it; none if /proc does not tell.
func (l lesson) descendants(pid int) []kernel.Stat {
	list, _ := kernel.Descendants(pid)
	return list
}

// listed is a process as ps lists it.
type listed struct {
	pid        int
	stat, comm string
}

// ps lists all processes; none if there is no ps.
func (l lesson) ps() (list []listed) {
	command := exec.Command("ps", "-eo", "pid=,stat=,comm=")
	out, err := command.StdoutPipe()
	if err != nil || l.leash.Start(command) != nil {
		return nil
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var p listed
		if n, _ := fmt.Sscan(lines.Text(), &p.pid, &p.stat, &p.comm); n == 3 {
			list = append(list, p)
		}
	}
	_ = command.Wait() // what it has listed is enough
	return list
}

// suffixes explains what ps adds to the letter, each by the first process that has it; those given come first.
func (l lesson) suffixes(all []listed, pids ...int) {
	slices.SortStableFunc(all, func(a, b listed) int {
		first := func(p listed) int { return cmp.Compare(0, slices.Index(pids, p.pid)+1) } // -1 for those given
		return first(a) - first(b)
	})
	for _, suffix := range []struct{ letter, meaning string }{
		{"l", l.Text("states.l", "it has several threads, as every Go program has")},
		{"N", l.Text("states.N", "it is nice to others: low priority")},
		{"<", l.Text("states.high", "it has high priority")},
		{"s", l.Text("states.s", "it leads a session: a shell in a terminal, for one")},
		{"+", l.Text("states.plus", "it is in the foreground of its terminal: Ctrl-C is for it")},
	} {
		for _, p := range all {
			if len(p.stat) > 1 && strings.Contains(p.stat[1:], suffix.letter) {
				l.See("states.suffix", fmt.Sprintf("ps -o stat -p %d", p.pid), "{letter} in {stat}, of {comm}({pid}): {meaning}.",
					"letter", suffix.letter, "stat", p.stat, "comm", p.comm, "pid", p.pid, "meaning", suffix.meaning)
				break
			}
		}
	}
}

// others explains the letters that mtp can't bring about.
func (l lesson) others() {
	processes, _ := kernel.Processes()
	for _, p := range processes {
		if p.State == "I" {
			l.See("states.idle", p.Source, "{pid} ({comm}) is in state {state}: a thread of the kernel that is idle. Its sleep can't be interrupted, but it does not count as load, as D does.",
				"pid", p.PID, "comm", p.Comm, "state", p.State)
			break
		}
	}
	l.Say("states.X", "X is for the instant in which a process is taken out of the table. Nobody ever sees it.")
}

// wchan is the kernel's function in which a process sleeps; empty if it does not, or the kernel keeps that to itself.
func wchan(pid int) string {
	text, _ := os.ReadFile(kernel.Proc(pid, "wchan"))
	if string(text) == "0" {
		return ""
	}
	return string(text)
}

// awaitWchan is wchan for a process that may be in state S already, and on the processor for a moment yet.
func awaitWchan(ctx context.Context, pid int) (function string) {
	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_ = kernel.Await(ctx, func() (bool, error) { // in vain if the kernel keeps it to itself
		function = wchan(pid)
		return function != "", nil
	})
	return function
}

// lastProcessor is the last on which this process may run: the first ones are busier.
func lastProcessor() (last int, err error) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return 0, fmt.Errorf("ask for the processors: %w", err)
	}
	const most = len(allowed) * 64
	for processor := range most {
		if allowed.IsSet(processor) {
			last = processor
		}
	}
	return last, nil
}
