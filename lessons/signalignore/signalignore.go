//go:build unix

// Package signalignore shows what it means to ignore SIGCHLD explicitly.
//
// SIGCHLD's default action is to ignore it. Yet that default and an explicit SIG_IGN differ: with
// the default, dead children become zombies; with SIG_IGN, the kernel reaps them itself, and nobody
// learns their statuses. wait(2) then blocks until the last child has ended, and fails: there are
// no children (ECHILD). See sigaction(2).
package signalignore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/sampler"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Count int `help:"How many children to start each time." default:"3" placeholder:"N"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Count < 2 || o.Count > 1000 {
		return event.Mistake("mistake.count", "--count must be from 2 to 1000")
	}
	return nil
}

// Questions are the forms of what is asked.
func (Options) Questions() []quiz.Form { return []quiz.Form{quiz.YesNo, quiz.Number} }

// Run starts the same children twice: with SIGCHLD at its default, and ignored.
func (o Options) Run(s *stage.Stage) {
	s.Room((1 + o.Count) * stage.Threads)
	restore, err := setDefault() // Go's runtime has a handler, whatever this process inherited
	s.Must(err)
	s.Cleanup(restore)
	s.Title("signal-ignore: SIGCHLD at its default, and ignored")
	s.Steps(5)
	if len(s.Descendants(os.Getpid())) > 1 {
		s.Fail("strangers",
			"this process already had children when mtp started, and wait would wait for them too; start it from a shell")
	}

	s.Step("default",
		"SIGCHLD at its default. Start {count} children that exit at once; mtp does not wait.",
		"count", o.Count)
	explainMasks(s)
	seeDisposition(s, os.Getpid())
	zombies := o.start(s, 0)
	for _, pid := range zombies {
		s.AwaitExit(pid)
	}
	s.Sampler().Look() // it wants to find a zombie twice: here, and for the tree
	s.Pass(2 * instant)
	s.TreeOf("zombies", "All have ended, and all are still listed, as zombies:",
		kernel.Family(zombies...))
	last := zombies[o.Count-1]
	for _, pid := range zombies[:o.Count-1] {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(pid, &status, 0, nil)
		s.Mustf(err, "wait for %d", pid)
		s.ExitStatus(pid, status)
	}
	s.Say("keep", "mtp has waited for all but {pid}, which is left as a zombie.", "pid", last)

	clears := s.AskYesNo("clears",
		"mtp is going to ignore SIGCHLD. Will that clear the zombie {pid}, which is there already?",
		"pid", last)
	s.Step("ignore", "Ignore SIGCHLD explicitly: signal(SIGCHLD, SIG_IGN), in C.")
	signal.Ignore(syscall.SIGCHLD)
	seeDisposition(s, os.Getpid())
	old := s.Stat(last)
	s.See("old", old, "{pid}, which ended before that, is in state {state}.")
	clears.Is(old.State != kernel.Zombie, old)
	if old.State == kernel.Zombie {
		s.So("uncleared", "So SIG_IGN clears no zombie that is already there.")
	}
	var status syscall.WaitStatus
	_, err = syscall.Wait4(last, &status, 0, nil)
	s.Mustf(err, "wait for %d", last)
	s.See("old.reaped", kernel.Call("wait4", last),
		"A wait for {pid} returned its status, {status}, as always.",
		"pid", last, "status", s.ExitStatus(last, status))

	become := s.AskNumber("zombies",
		"Now {count} more children start and end, while SIGCHLD is ignored. How many of them will be found as zombies?",
		"count", o.Count)
	s.Step("again", "Start as many children again. mtp waits for any of them: wait4(-1).")
	lanesBefore := len(s.Sampler().Lanes())
	pids := o.start(s, workTime)
	s.Meanwhile("wait", "mtp waits.")
	begun := time.Now()
	pid, err := syscall.Wait4(-1, nil, 0, nil)
	blocked := time.Since(begun)
	mustBeECHILD(s, pid, err)
	s.See("echild", kernel.Call("wait4", -1),
		"wait blocked for {blocked}, then failed: ECHILD, \"no child processes\".",
		"blocked", blocked)
	listed := len(kernel.Family(pids...))
	for tries := 0; listed > 0 && tries < 10_000; tries++ { // one on its way out
		s.Pass(time.Millisecond)
		listed = len(kernel.Family(pids...))
	}
	seen := sampler.Zombies(s.Sampler().Lanes()[lanesBefore:])
	stats := kernel.StatSource(pids[0]) + " …"
	s.See("never", stats,
		"Children that were found as zombies: {zombies} of {count}. Still listed now: {listed}.",
		"zombies", seen, "count", len(pids), "listed", listed)
	if seen > 0 {
		become.Because("instant",
			"Until the kernel has reaped it, a child is a zombie; usually that lasts for an instant.")
	}
	become.Is(seen, stats)
	s.Say("counted",
		"A zombie counts if it was found dead twice, {instant} apart or more. A child that the kernel reaps itself is one for an instant, too short to count.",
		"instant", instant)
	s.So("price",
		"So the kernel reaped them itself, and wait returned after the last one. The price: nobody knows their exit statuses.")

	s.Step("exec", "SIG_IGN survives exec: a program that is started now inherits it.")
	seeHeir(s)

	s.Step("restore", "Set SIGCHLD back to its default.")
	_, err = setDefault()
	s.Must(err)
	seeDisposition(s, os.Getpid())
	s.Lanes()
}

// instant is how long the sampler has to find a process dead before it calls it a zombie.
const instant = 50 * time.Microsecond

// workTime is how long the last child works.
const workTime = 800 * time.Millisecond

// roles are the processes of this lesson.
func roles() process.Roles { return process.Roles{"child": process.Work} }

// start starts the children; they work for up to so long.
func (o Options) start(s *stage.Stage, longest time.Duration) (pids []int) {
	for i := range o.Count {
		child := s.Start("child", longest*time.Duration(i+1)/time.Duration(o.Count))
		child.LetExit() // it does not read, and there may be many: leave no pipe open
		pids = append(pids, child.PID)
	}
	return pids
}

// mustBeECHILD ends the lesson unless wait4(-1) has found no child.
func mustBeECHILD(s *stage.Stage, pid int, err error) {
	if !errors.Is(err, syscall.ECHILD) {
		s.Must(errors.Join(
			fmt.Errorf("wait4(-1) should have failed with ECHILD, but returned %d", pid), err))
	}
}

// seeHeir starts a program that is not Go's, for Go's runtime sets its own handlers when it starts,
// and looks at what it inherited.
func seeHeir(s *stage.Stage) {
	const program = "/bin/cat"
	if _, err := os.Stat(program); errors.Is(err, fs.ErrNotExist) {
		s.Warn("nocat", "There is no /bin/cat here to show it with.")
		return
	}
	heir := s.Program(program)
	heir.Start() // returns after the exec
	seeDisposition(s, heir.PID)
	heir.LetExit()
	pid, err := syscall.Wait4(-1, nil, 0, nil)
	mustBeECHILD(s, pid, err)
}
