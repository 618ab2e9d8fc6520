package states

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// letters has a child in each state at the same time, for ps.
func (o Options) letters(s *stage.Stage) {
	becomes := s.AskLetter("vfork",
		"A child is going to call vfork: its own child runs in its stead, and it has to wait until that has called exec or _exit. Until then nothing wakes it but what kills it. In which state will it be?")
	s.Step("letters", "The letters, as ps has them. Put a child into each state.")
	busy := startSteady(s, "worker")
	s.Mustf(unix.Setpriority(unix.PRIO_PROCESS, busy.PID, 19), "lower the priority of %d", busy.PID)
	sleeper := startSteady(s, "sleeper")
	vforker := startSteady(s, "vforker")
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
	s.AwaitState(stopped.PID, kernel.Stopped)
	s.AwaitState(zombie.PID, kernel.Zombie)
	for _, p := range s.Descendants(vforker.PID)[1:] {
		s.Tie(p.PID, "vfork child")
	}
	s.Tree("family", "Five children, and one child's child:")

	all := listAll(s)
	vforking := s.Stat(vforker.PID)
	becomes.Is(vforking.State, vforking)
	tabulate(s, all, []posed{
		{busy, s.Text("computes", "computes, nice 19")},
		{sleeper, s.Text("reads", "reads a pipe")},
		{vforker, s.Text("vforks", "called vfork")},
		{stopped, s.Text("stopped", "got SIGSTOP")},
		{zombie, s.Text("dead", "exited, no wait")},
	})
	s.Try("try", fmt.Sprintf("ps -o pid,stat,wchan:20,args --ppid %d", os.Getpid()),
		"/proc/PID/stat has the first letter, and ps adds more. Type in another terminal, while they last:")
	seeSuffixes(s, all, os.Getpid(), busy.PID)
	seeOthers(s)
	if o.Hold > 0 {
		s.Hold(o.Hold, "hold", "Held for {hold}.")
	}

	s.Step("cont",
		"SIGCONT lets the stopped one go on. The one in vfork goes on when its child ends.")
	s.Mustf(syscall.Kill(stopped.PID, syscall.SIGCONT), "continue %d", stopped.PID)
	vforker.SendLine() // which its child reads
	seeLetter(s, s.AwaitState(stopped.PID, kernel.Sleeping))
	seeLetter(s, s.AwaitState(vforker.PID, kernel.Sleeping))
	for _, child := range []*stage.Child{busy, sleeper, vforker, stopped, zombie} {
		end(s, child)
	}
}

// awaitDisk waits until the child that has called vfork is in state D. Some sandboxes have none.
func awaitDisk(s *stage.Stage, pid int) {
	st, err := kernel.AwaitState(s.Context(), pid, kernel.Disk)
	if !errors.Is(err, kernel.ErrInVain) {
		s.Must(err)
		return
	}
	s.Warn("nodisk",
		"Here {pid} is in state {state}, and not in D: this system makes a fork of a vfork.",
		"pid", pid, "state", st.State)
}

// posed is a child that was put into a state, and by what.
type posed struct {
	*stage.Child
	what string
}

// tabulate shows what /proc and ps say of each child.
func tabulate(s *stage.Stage, all []listed, children []posed) {
	table := s.Table("ps", "pid", "PID", "state", "/proc", "stat", "ps",
		"what", "it …", "wchan", "and sleeps in")
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
