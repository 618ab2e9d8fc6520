package states

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// letters has a child in each state at the same time, for ps.
func (o Options) letters(s *stage.Stage) {
	becomes := s.AskLetter("vfork",
		"A child is going to call clone(CLONE_VFORK). As with vfork, it goes on only when its own child has called exec or _exit. In which state will it be until then?")
	s.Step("letters", "The letters that ps shows. Put a child into each state.")
	busy := startSteady(s, "worker")
	s.Mustf(unix.Setpriority(unix.PRIO_PROCESS, busy.PID, 19), "lower the priority of %d", busy.PID)
	sleeper := startSteady(s, "sleeper")
	vforker := s.Start("vforker")
	stopped := startSteady(s, "sleeper")
	zombie := s.Start("sleeper")
	s.AwaitState(stopped.PID, kernel.Sleeping)
	s.Mustf(syscall.Kill(stopped.PID, syscall.SIGSTOP), "stop %d", stopped.PID)
	_, err := syscall.Wait4(stopped.PID, nil, syscall.WUNTRACED, nil) // returns when it has stopped
	s.Mustf(err, "wait for %d to stop", stopped.PID)
	zombie.LetExit() // and no wait for it

	s.AwaitState(busy.PID, kernel.Running)
	s.AwaitState(sleeper.PID, kernel.Sleeping)
	awaitDisk(s, vforker.PID)
	awaitStopped(s, stopped.PID)
	s.AwaitState(zombie.PID, kernel.Zombie)
	for _, p := range s.Descendants(vforker.PID)[1:] {
		s.Tie(p.PID, "vfork child")
	}
	s.Tree("family", "Five children, and one child's child:")

	all := listAll(s)
	vforking := s.Stat(vforker.PID)
	if vforking.State != kernel.Disk {
		becomes.Because("notdisk",
			"On Linux itself it is D, the sleep that signals do not interrupt.")
	}
	becomes.Is(vforking.State, vforking)
	tabulate(s, all, []posed{
		{busy, s.Word("computes", "computes, nice 19")},
		{sleeper, s.Word("reads", "reads a pipe")},
		{vforker, s.Word("vforks", "clone(CLONE_VFORK)")},
		{stopped, s.Word("stopped", "got SIGSTOP")},
		{zombie, s.Word("dead", "exited, no wait")},
	})
	mtp, everything := os.Getpid(), "ps aux"
	s.Try("try", fmt.Sprintf("ps -o pid,stat,wchan:20,args --ppid %d", mtp),
		"See for yourself, in another terminal, before they go on:")
	s.Try("pstree", fmt.Sprintf("pstree -p %d", mtp), "The same family as a tree:")
	s.Try("aux", everything,
		"All processes, with the letters under STAT (no hyphen: ps -aux asks for the processes of a user x):")
	if o.Hold > 0 {
		s.Hold(o.Hold)
	}

	s.Step("suffixes", "ps adds more to the letter. What does it mean?")
	seeSuffixes(s, listAll(s), mtp, busy.PID)
	seeOthers(s)

	s.Step("cont",
		"Send SIGCONT to the stopped one. The one in D waits for its child, so let that end.")
	s.Mustf(syscall.Kill(stopped.PID, syscall.SIGCONT), "continue %d", stopped.PID)
	vforker.SendLine() // which its child reads
	seeLetter(s, s.AwaitState(stopped.PID, kernel.Sleeping))
	seeLetter(s, s.AwaitState(vforker.PID, kernel.Sleeping))
	for _, child := range []*stage.Child{busy, sleeper, vforker, stopped, zombie} {
		end(s, child)
	}
}

// awaitStopped waits until a child has stopped. One that is traced, by strace for one, is then in
// state t, and not T.
func awaitStopped(s *stage.Stage, pid int) {
	const traced kernel.State = "t"
	var st kernel.Stat
	s.Mustf(kernel.Await(s.Context(), func() (_ bool, err error) {
		st, err = kernel.ReadStat(pid)
		return st.State == kernel.Stopped || st.State == traced, err
	}, pid), "wait for %d to be in state T", pid)
	if st.State == traced {
		s.Warn("traced",
			"Here {pid} is in state {state} (tracing stop), not in T: process {tracer} traces it.",
			"pid", pid, "state", st.State, "tracer", s.Status(pid).Get("TracerPid"))
	}
}

// awaitDisk waits until the child that has called clone(CLONE_VFORK) is in state D. Some sandboxes
// have none.
func awaitDisk(s *stage.Stage, pid int) {
	st, err := kernel.AwaitState(s.Context(), pid, kernel.Disk)
	if !errors.Is(err, kernel.ErrInVain) {
		s.Must(err)
		return
	}
	s.Warn("nodisk",
		"Here {pid} is in state {state}, not in D, although it has called clone(CLONE_VFORK).",
		"pid", pid, "state", st.State)
}

// posed is a child that was put into a state, and by what.
type posed struct {
	*stage.Child
	what event.Word
}

// tabulate shows what /proc and ps say of each child.
func tabulate(s *stage.Stage, all []listed, children []posed) {
	table := s.Table("ps", "pid", "PID", "state", "/proc", "stat", "ps",
		"what", "it …", "wchan", "and sleeps in")
	source := kernel.StatSource(children[0].PID) + " …"
	if all != nil {
		source = listing + ", and " + source
	}
	table.From(source)
	for _, child := range children {
		st := s.Stat(child.PID)
		var stat, wchan any // nil: not known
		if i := slices.IndexFunc(all, func(p listed) bool { return p.pid == child.PID }); i >= 0 {
			stat = all[i].stat
		}
		if st.State != kernel.Running && st.State != kernel.Zombie {
			if function := awaitWchan(s.Context(), child.PID).Text; function != "" {
				wchan = function
			}
		}
		table.Row(child.PID, st.State, stat, child.what, wchan)
	}
	table.Show()
}
