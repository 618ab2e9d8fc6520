//go:build unix

// Package zombie shows a zombie: a process that has ended and that nobody has waited for.
//
// When a process ends, the kernel takes back its memory, its files and everything else, but keeps
// its PID and its exit status, because its parent may still ask for them. Until the parent does,
// with wait(2), the process stays in the process table in state Z: dead, yet listed. It can't be
// killed, for it is dead already. The wait hands the status over and takes the zombie away; it is
// "reaped".
package zombie

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Count int           `help:"How many zombies to make." default:"1" placeholder:"N"`
	Hold  time.Duration `help:"How long to keep them for you to look at; Enter ends it sooner, 0 does not hold." default:"10s" placeholder:"DURATION"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Count < 1 || o.Count > 100_000 {
		return errors.New("--count must be from 1 to 100000")
	}
	if o.Hold < 0 {
		return errors.New("--hold must not be negative")
	}
	return nil
}

// exitStatus is what the children exit with: a number that is easy to recognise.
const exitStatus = 7

// Run makes zombies, looks at one, fails to kill it, and reaps it.
func (o Options) Run(s *stage.Stage) {
	s.Room(o.Count + 2*stage.Threads)
	s.Title("zombie: dead, yet still in the process table")

	s.Step("start",
		"Start a child: mtp once more, in the role of a child that will exit with status {status}.",
		"status", exitStatus)
	child := s.Start("child", exitStatus)
	s.Tree("alive", "The child {pid} lives. Its parent is {ppid}.",
		"pid", child.PID, "ppid", os.Getpid())

	becomes := s.AskLetter("state",
		"The child is going to exit, and its parent will not call wait. In which state will the kernel list it then?")
	s.Step("exit", "Now the child exits. Its parent does not call wait.")
	child.LetExit()
	// No Wait here: that omission is the lesson.
	s.AwaitExit(child.PID)
	dead := s.Stat(child.PID)
	s.See("born", dead,
		"Child {pid} is dead, yet the kernel still lists it, in state {state} (zombie).")
	becomes.Is(dead.State, dead)
	s.Tree("dead", "ps aux shows it as <defunct>.")

	s.Step("anatomy", "What is left of it?")
	seeAnatomy(s, dead)

	dies := s.AskYesNo("kill",
		"mtp is going to send it SIGKILL. Will that take it out of the process table?")
	s.Step("kill",
		"Can it be killed? Send it SIGKILL, which no process can catch, block or ignore.")
	s.Mustf(syscall.Kill(child.PID, syscall.SIGKILL), "kill %d", child.PID)
	s.See("killed", kernel.Call("kill", child.PID, "SIGKILL"),
		"The kernel accepts the signal: kill returned 0.")
	dead = s.Stat(child.PID)
	s.See("unmoved", dead, "Nothing has changed: state {state}. The dead can't be killed.")
	dies.Is(dead.State != kernel.Zombie, dead)

	others := o.makeMore(s)
	if o.Hold > 0 {
		s.Try("try", psCommand(os.Getpid(), child.PID),
			"Look for yourself. Type this in another terminal:")
		s.Hold(o.Hold, "hold", "Held for {hold}.")
	}

	s.Step("wait", "Now the parent calls wait.")
	var status syscall.WaitStatus
	_, err := syscall.Wait4(child.PID, &status, 0, nil)
	s.Mustf(err, "wait for %d", child.PID)
	s.See("reaped", kernel.Call("wait4", child.PID),
		"wait returned at once and handed the exit status over: {status}.",
		"pid", child.PID, "status", status.ExitStatus())
	if st, err := kernel.ReadStat(child.PID); !errors.Is(err, kernel.ErrGone) {
		listed := fmt.Errorf("%d is listed after wait, in state %s", child.PID, st.State)
		s.Must(errors.Join(listed, err))
	}
	s.See("gone", kernel.StatSource(child.PID),
		"PID {pid} is no longer listed: the zombie is gone, and its number is free.",
		"pid", child.PID)
	reapMore(s, others)

	s.Lanes()
	s.Say("summary",
		"A zombie lasts until its parent waits for it. If the parent ends first, another process adopts the zombie and has to wait for it instead.")
}

// child waits for a line (or the end of its input), then exits with the status that it was given.
func child(args []string) error {
	process.AwaitLine()
	if len(args) != 1 {
		return errors.New("want the exit status as the only argument")
	}
	status, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	os.Exit(status)
	return nil
}

// roles are the processes of this lesson.
func roles() process.Roles { return process.Roles{"child": child} }

// makeMore makes the other zombies that were asked for, and says what they use up.
func (o Options) makeMore(s *stage.Stage) (pids []int) {
	if o.Count == 1 {
		return nil
	}
	s.Step("more", "Make {more} more in the same way.", "more", o.Count-1)
	s.Wait("making", "Each is a process of its own that starts and exits.")
	for range o.Count - 1 {
		child := s.Start("child", exitStatus)
		child.LetExit()
		pids = append(pids, child.PID)
	}
	zombies := 1
	for _, pid := range pids {
		s.AwaitExit(pid)
		if s.Stat(pid).State == kernel.Zombie {
			zombies++
		}
	}
	s.See("many", kernel.StatSource(pids[0])+" …",
		"{zombies} children of {ppid} are in state Z.", "zombies", zombies, "ppid", os.Getpid())
	s.Say("cost", "Their memory is long gone. What zombies use up is process numbers:")
	for _, limit := range kernel.TaskLimits() {
		if limit.Unlimited {
			s.See("unlimited", limit, "{limit}: {used} in use; no limit applies to you.")
		} else {
			s.See("limit", limit, "{limit}: {used} in use of {max}.")
		}
	}
	return pids
}

// reapMore waits for the others.
func reapMore(s *stage.Stage, pids []int) {
	for _, pid := range pids {
		_, err := syscall.Wait4(pid, nil, 0, nil)
		s.Mustf(err, "wait for %d", pid)
	}
	if len(pids) > 0 {
		s.See("allreaped", kernel.Call("wait4", pids[0])+" …",
			"One wait each, and the other {count} are gone too.", "count", len(pids))
	}
}
