//go:build unix

// Package zombie shows a zombie: a process that has ended and that nobody has waited for.
//
// When a process ends, the kernel takes back its memory and closes its files, but keeps its entry
// in the process table: the PID, the exit status, and what was recorded of it, such as its name,
// owner and parent. The parent may still ask for the status. Until it does, with wait(2), the
// process stays listed in state Z: dead, yet there. It can't be killed, for it is dead already. The
// wait hands the status over and removes the entry: the zombie is "reaped".
package zombie

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Count int           `help:"How many zombies to make." default:"1" placeholder:"N"`
	Hold  time.Duration `help:"How long to keep them for you to look at; Enter ends it sooner. 0: do not hold." default:"10s" placeholder:"DURATION"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Count < 1 || o.Count > 100_000 {
		return event.Mistake("mistake.count", "--count must be from 1 to 100000")
	}
	if o.Hold < 0 {
		return event.Mistake("mistake.hold", "--hold must not be negative")
	}
	return nil
}

// Questions are the forms of what is asked.
func (Options) Questions() []quiz.Form { return []quiz.Form{quiz.Letter, quiz.YesNo} }

// exitStatus is what the children exit with: a number that is easy to recognise.
const exitStatus = 7

// Run makes zombies, looks at one, fails to kill it, and reaps it.
func (o Options) Run(s *stage.Stage) {
	s.Room(o.Count + 2*stage.Threads)
	s.Title("zombie: dead, yet still in the process table")
	s.Steps(5 + min(o.Count-1, 1))

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
	// No Wait here: that omission is the lesson. AwaitExit only watches until it has ended.
	s.AwaitExit(child.PID)
	dead := s.Stat(child.PID)
	s.See("born", dead,
		"Child {pid} is dead, yet the kernel still lists it, in state {state} (zombie).")
	becomes.Is(dead.State, dead)
	s.Tree("dead", "It has no command line any more: <defunct> stands there, as in ps aux.")

	s.Step("anatomy", "What has the kernel taken back, and what is left of it?")
	seeAnatomy(s, child.PID)

	leaves := s.AskYesNo("kill",
		"mtp is going to send it SIGKILL. Will that take it out of the process table?")
	s.Step("kill", "Can it be killed? Send it SIGKILL.")
	s.Say("uncatchable",
		"No process can catch, block or ignore SIGKILL. Only PID 1 of a PID namespace is spared, if the sender is inside.")
	s.Mustf(syscall.Kill(child.PID, syscall.SIGKILL), "kill %d", child.PID)
	s.See("killed", kernel.Call("kill", child.PID, "SIGKILL"),
		"The kernel accepts the signal: kill returned 0.")
	dead = s.Stat(child.PID)
	s.See("unmoved", dead, "Yet it is still listed, in state {state}.")
	leaves.Is(dead.State != kernel.Zombie, dead)
	s.So("nokill", "What is dead can't be killed.")

	others := o.makeMore(s, child.PID)
	if o.Hold > 0 {
		s.Try("try", psCommand(os.Getpid(), child.PID),
			"Look for yourself. Type this in another terminal:")
		s.Hold(o.Hold)
	}

	s.Step("wait", "Now the parent calls wait.")
	var status syscall.WaitStatus
	_, err := syscall.Wait4(child.PID, &status, 0, nil)
	s.Mustf(err, "wait for %d", child.PID)
	s.See("reaped", kernel.Call("wait4", child.PID),
		"wait has handed the exit status over: {status}.",
		"pid", child.PID, "status", s.ExitStatus(child.PID, status))
	seeGone(s, child.PID)
	s.So("free", "The zombie is gone, and its number may be given to another process.")
	reapMore(s, others)

	s.Lanes()
	s.Say("summary",
		"A zombie lasts until its parent waits for it. If the parent ends first, another process adopts the zombie: see mtp orphan.")
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
func (o Options) makeMore(s *stage.Stage, first int) (others []int) {
	if o.Count == 1 {
		return nil
	}
	s.Step("more", "Make {more} more in the same way.", "more", o.Count-1)
	s.Meanwhile("making", "Each is a process of its own that starts and exits.")
	for range o.Count - 1 {
		child := s.Start("child", exitStatus)
		child.LetExit()
		others = append(others, child.PID)
	}
	zombies := 0
	for _, pid := range append(others, first) {
		s.AwaitExit(pid)
		if s.Stat(pid).State == kernel.Zombie {
			zombies++
		}
	}
	s.See("many", kernel.StatSource(first)+" …",
		"{zombies} children of {ppid} are in state Z.", "zombies", zombies, "ppid", os.Getpid())
	s.Say("cost",
		"Their memory is long gone. What zombies use up is entries in the process table. These limits bound how many tasks (processes and threads) there may be:")
	for _, limit := range kernel.TaskLimits() {
		seeLimit(s, limit)
	}
	return others
}

// seeGone shows that a process is not listed any more.
func seeGone(s *stage.Stage, pid int) {
	if st, err := kernel.ReadStat(pid); !errors.Is(err, kernel.ErrGone) {
		listed := fmt.Errorf("%d is listed after wait, in state %s", pid, st.State)
		s.Must(errors.Join(listed, err))
	}
	s.See("gone", kernel.StatSource(pid), "PID {pid} is no longer listed.", "pid", pid)
}

// reapMore waits for the others.
func reapMore(s *stage.Stage, pids []int) {
	for _, pid := range pids {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(pid, &status, 0, nil)
		s.Mustf(err, "wait for %d", pid)
		s.ExitStatus(pid, status)
	}
	if len(pids) > 0 {
		s.See("allreaped", kernel.Call("wait4", pids[0])+" …",
			"Also reaped, by one wait each: {count}.",
			"count", len(pids))
	}
}
