//go:build unix

// Package reap shows the ways in which a parent keeps its dead children from staying zombies.
//
// A zombie is a status that nobody has asked for. So somebody has to: the parent, by waiting, which blocks; by polling
// with WNOHANG; in answer to the signal that announces the end of a child, SIGCHLD; or not the parent at all, because it saw to it that the
// child is an orphan, and the adopter waits. See wait(2), signal(7).
package reap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Method string `help:"Which way to show: wait, nohang, sigchld, double-fork, or all side by side." enum:"wait,nohang,sigchld,double-fork,all" default:"all" placeholder:"METHOD"`
}

// Run shows the ways one after the other, and compares them.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if err := say.Room((2 + siblings) * narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()

	say.Title("reap.title", "reap: four ways to leave no zombies")
	ways := []struct {
		name                            string
		run                             func(context.Context, *narrate.Narrator, *process.Leash) error
		blocks, handler, knowsTheStatus bool
	}{
		{"wait", wait, true, false, true},
		{"nohang", nohang, false, false, true},
		{"sigchld", sigchld, false, true, true},
		{"double-fork", doubleFork, false, false, false},
	}
	var rows [][]any
	lanesAfter := []int{0}
	for _, way := range ways {
		if o.Method != "all" && o.Method != way.name {
			continue
		}
		if err := way.run(ctx, say, leash); err != nil {
			return leash.Explain(err)
		}
		rows = append(rows, []any{way.name, way.blocks, way.handler, way.knowsTheStatus, 0})
		lanesAfter = append(lanesAfter, len(say.Watch.Lanes()))
	}
	lanes := say.Lanes()
	for i, row := range rows {
		zombies := 0
		for _, lane := range lanes[lanesAfter[i]:lanesAfter[i+1]] {
			if lane.WasZombie() {
				zombies++
			}
		}
		row[len(row)-1] = zombies
	}
	say.Table("reap.table", "way|blocks|handler|knows status|zombies seen",
		[]string{"method", "blocks", "handler", "knows_status", "zombies"}, rows)
	say.Say("reap.counted", "Zombies seen on the way, in /proc again and again; only those found twice in a row count. Those of sigchld are there because mtp had stopped the parent; one of double-fork is its adopter's to reap.")
	return nil
}

// wait asks at once, and the kernel answers when there is an answer.
func wait(ctx context.Context, say *narrate.Narrator, leash *process.Leash) error {
	say.Step("reap.wait", "wait: the parent asks at once, and blocks until the child ends.")
	blocks := say.Ask("reap.ask.blocks", "Its child is going to work for a while. Will wait return before the child has ended?", narrate.YesNo,
		say.Text("reap.rule.blocks", "wait blocks until a child ends, unless WNOHANG says that it must not."))
	pid, err := start(say, leash)
	if err != nil {
		return err
	}
	stop := say.Wait("reap.wait.blocked", "Child {pid} works. The parent can do nothing else meanwhile.", "pid", pid)
	begun := time.Now()
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", pid, err)
	}
	blocked := time.Since(begun)
	stop()
	say.See("reap.wait.done", fmt.Sprintf("wait4(%d)", pid), "wait blocked for {blocked}, and returned the status: {status}.",
		"blocked", blocked, "status", status.ExitStatus())
	blocks.Is(!status.Exited() && !status.Signaled(), fmt.Sprintf("wait4(%d)", pid))
	return context.Cause(ctx)
}

// nohang asks now and then, and works between.
func nohang(ctx context.Context, say *narrate.Narrator, leash *process.Leash) error {
	say.Step("reap.nohang", "WNOHANG: the parent asks now and then, without blocking, and works in between.")
	pid, err := start(say, leash)
	if err != nil {
		return err
	}
	var status syscall.WaitStatus
	polls := 0
	for {
		reaped, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		if err != nil {
			return fmt.Errorf("poll for %d: %w", pid, err)
		}
		if reaped == pid {
			break
		}
		polls++
		if err := work(ctx, say, 250*time.Millisecond); err != nil {
			return err
		}
	}
	say.See("reap.nohang.done", fmt.Sprintf("wait4(%d, WNOHANG)", pid), "It returned 0 (\"not yet\") {polls} times, then the child's PID, {pid}, with the status: {status}.",
		"polls", polls, "pid", pid, "status", status.ExitStatus())
	say.Say("reap.nohang.gap", "Between its end and the next question the child is a zombie.")
	return nil
}

// siblings is how many children the handler has.
const siblings = 5

// sigchld has a parent of its own, because the signal has to be held back from it: mtp stops it meanwhile.
func sigchld(ctx context.Context, say *narrate.Narrator, leash *process.Leash) error {
	say.Step("reap.sigchld", "SIGCHLD: the kernel tells the parent. Start a parent with a handler for that signal, and {count} children.", "count", siblings)
	parent := leash.Command("reap", "parent")
	gate, letExit, err := os.Pipe()
	if err != nil {
		return err
	}
	defer letExit.Close()
	parent.Stdin = gate // the children have it too, and end when it does
	reports, err := parent.StdoutPipe()
	if err != nil {
		return err
	}
	if err := leash.Start(parent); err != nil {
		return say.StartError(err, 0)
	}
	gate.Close()
	pid := parent.Process.Pid
	children := make([]int, siblings)
	for i := range children {
		if _, err := fmt.Fscanf(reports, "child %d\n", &children[i]); err != nil {
			return fmt.Errorf("learn the PID of a child: %w", err)
		}
		leash.Tie(children[i], "sibling")
	}
	family, err := kernel.Descendants(pid)
	if err != nil {
		return err
	}
	say.Tree("reap.sigchld.family", "The parent and its children:", family)

	signals := say.Ask("reap.ask.signals", "All {count} children are going to end while signals to their parent are held back. How often will its SIGCHLD handler run then?", narrate.Number,
		say.Text("reap.rule.signals", "Standard signals do not queue: of each kind one at most is pending."), "count", siblings)
	say.Step("reap.sigchld.stop", "Stop the parent, so that signals to it are held back. Then let all {count} children end.", "count", siblings)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("stop the parent: %w", err)
	}
	if _, err := syscall.Wait4(pid, nil, syscall.WUNTRACED, nil); err != nil { // returns when it has stopped
		return fmt.Errorf("wait for the parent to stop: %w", err)
	}
	letExit.Close()
	for _, child := range children {
		if err := kernel.AwaitExit(ctx, child); err != nil {
			return err
		}
	}
	say.Watch.Look()
	stopped, err := kernel.Descendants(pid)
	if err != nil {
		return err
	}
	say.Tree("reap.sigchld.tree", "The children are zombies now:", stopped)
	if err := seePending(say, pid); err != nil {
		return err
	}
	say.Watch.Look()

	say.Step("reap.sigchld.cont", "Let the parent go on.")
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		return fmt.Errorf("continue the parent: %w", err)
	}
	var ran, reaped int
	if _, err := fmt.Fscanf(reports, "signals %d reaped %d\n", &ran, &reaped); err != nil {
		return fmt.Errorf("learn what the handler did: %w", err)
	}
	if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
		return fmt.Errorf("wait for %d: %w", pid, err)
	}
	say.See("reap.sigchld.done", fmt.Sprintf("stdout of %d", pid), "Signals that its handler got: {signals}. Children that it reaped: {reaped}.", "signals", ran, "reaped", reaped)
	signals.Is(ran, fmt.Sprintf("stdout of %d", pid))
	say.Say("reap.sigchld.loop", "Standard signals do not queue, so a handler must loop: wait with WNOHANG until there is nobody left to reap.")
	return nil
}

// doubleFork is the course's: the child of a child is nobody's duty here.
func doubleFork(ctx context.Context, say *narrate.Narrator, leash *process.Leash) error {
	say.Step("reap.double", "Double fork: the child starts a grandchild and exits at once. The parent waits for the child only.")
	middle := leash.Command("reap", "middle", say.Scaled(workTime).String())
	letExit, err := middle.StdinPipe() // the grandchild has it as well
	if err != nil {
		return err
	}
	defer letExit.Close()
	reports, err := middle.StdoutPipe()
	if err != nil {
		return err
	}
	if err := leash.Start(middle); err != nil {
		return say.StartError(err, 0)
	}
	var grandchild int
	if _, err := fmt.Fscanf(reports, "grandchild %d\n", &grandchild); err != nil {
		return fmt.Errorf("learn the PID of the grandchild: %w", err)
	}
	leash.Tie(grandchild, "grandchild")
	begun := time.Now()
	if _, err := syscall.Wait4(middle.Process.Pid, nil, 0, nil); err != nil {
		return fmt.Errorf("wait for the child: %w", err)
	}
	say.See("reap.double.first", fmt.Sprintf("wait4(%d)", middle.Process.Pid), "The wait for the child blocked for {blocked} only.", "blocked", time.Since(begun))
	st, err := kernel.ReadStat(grandchild)
	if err != nil {
		return err
	}
	say.See("reap.double.adopter", st.Source, "The grandchild {pid} has been adopted: its parent is {ppid}.", "pid", grandchild, "ppid", st.PPID)

	say.Step("reap.double.work", "Both work side by side: mtp writes code, the grandchild tests it.")
	for part := 1; part <= 2; part++ {
		say.Say("reap.double.write", "{pid} writes code, part {part}.", "pid", os.Getpid(), "part", part)
		if err := work(ctx, say, workTime/2); err != nil {
			return err
		}
	}
	var tested int
	if _, err := fmt.Fscanf(reports, "tested %d\n", &tested); err != nil {
		return fmt.Errorf("hear from the grandchild: %w", err)
	}
	say.Say("reap.double.test", "{pid} has tested {parts} parts.", "pid", grandchild, "parts", tested)
	letExit.Close()
	if err := kernel.AwaitExit(ctx, grandchild); err != nil {
		return err
	}
	_, err = syscall.Wait4(grandchild, nil, 0, nil)
	switch {
	case errors.Is(err, syscall.ECHILD):
		say.See("reap.double.notmine", fmt.Sprintf("wait4(%d)", grandchild),
			"ECHILD, \"no child processes\": the grandchild has ended, but it is not mtp's child. Its status is for {ppid} to collect.", "ppid", st.PPID)
	case err == nil:
		say.See("reap.double.mine", fmt.Sprintf("wait4(%d)", grandchild), "Here mtp is the adopter itself (PID 1, or a subreaper), so that it had to reap.")
	default:
		return fmt.Errorf("wait for the grandchild: %w", err)
	}
	return nil
}

// The children's work, at pace 1, and what they exit with.
const (
	workTime   = time.Second
	exitStatus = 3
)

// start starts a child that works for a while.
func start(say *narrate.Narrator, leash *process.Leash) (pid int, err error) {
	child := leash.Command("reap", "child", say.Scaled(workTime).String())
	if err := leash.Start(child); err != nil {
		return 0, say.StartError(err, 0)
	}
	return child.Process.Pid, nil
}

// work is what the parent does besides.
func work(ctx context.Context, say *narrate.Narrator, atPaceOne time.Duration) error {
	time.Sleep(time.Millisecond) // the part of the work that no pace takes away
	say.Rest(atPaceOne)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"child": child, "parent": parent, "sibling": sibling, "middle": middle, "grandchild": grandchild}
}

// child works for as long as it is told, then exits.
func child(args []string) error {
	if err := process.Work(args); err != nil {
		return err
	}
	os.Exit(exitStatus)
	return nil
}

// parent reaps its children as a handler of SIGCHLD should.
func parent([]string) error {
	ended := make(chan os.Signal, siblings)
	signal.Notify(ended, syscall.SIGCHLD)
	for range siblings {
		child := process.Inherited().Command("reap", "sibling")
		child.Stdin = os.Stdin
		if err := process.Inherited().Start(child); err != nil {
			return err
		}
		fmt.Println("child", child.Process.Pid)
	}
	signals, reaped := 0, 0
	for reaped < siblings {
		<-ended
		signals++
		for { // one signal may stand for many ends
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if pid <= 0 || err != nil {
				break
			}
			reaped++
		}
	}
	fmt.Println("signals", signals, "reaped", reaped)
	return nil
}

// sibling ends when its input does.
func sibling([]string) error {
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// middle starts the grandchild, and exits at once.
func middle(args []string) error {
	grandchild := process.Inherited().Command("reap", "grandchild", args...)
	grandchild.Stdin, grandchild.Stdout = os.Stdin, os.Stdout
	return process.Inherited().Start(grandchild)
}

// grandchild tests the code.
func grandchild(args []string) error {
	fmt.Println("grandchild", os.Getpid())
	if err := process.Work(args); err != nil {
		return err
	}
	fmt.Println("tested", 2)
	process.AwaitLine()
	return nil
}
