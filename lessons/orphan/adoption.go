//go:build unix

package orphan

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// becomeSubreaper makes mtp the adopter of what it leaves behind.
func becomeSubreaper(s *stage.Stage) {
	s.Step("subreaper",
		"mtp declares itself a subreaper: the kernel will give it the orphans among its descendants.")
	s.Must(setSubreaper(true))
	// Asked for before the first child is started, so done after the last one has gone: until then
	// mtp can reap all that comes to it.
	s.Cleanup(func() { _ = setSubreaper(false) })
	s.See("subreaper.set", kernel.In("prctl(PR_SET_CHILD_SUBREAPER)", os.Getpid()),
		"The kernel agreed.")
}

// seeParent says who a process's parent is.
func seeParent(s *stage.Stage, pid int) kernel.Stat {
	st := s.Stat(pid)
	s.See("ppid", st, "The parent of {pid} is {ppid}.")
	return st
}

// ancestorsOf names a process and its ancestors, the nearest first, as far as /proc shows them.
func ancestorsOf(pid int) string {
	var list []string
	for {
		st, err := kernel.ReadStat(pid)
		if err != nil { // hidden, or it has just ended
			break
		}
		list = append(list, fmt.Sprintf("%s(%d)", st.Comm, st.PID))
		pid = st.PPID
	}
	return strings.Join(list, ", ")
}

// seeAdopter says who the adopter is, and why it is the one.
func seeAdopter(s *stage.Stage, pid int) {
	if st, err := kernel.ReadStat(pid); err == nil {
		s.See("adopter", st, "The name of {pid} is {name}.", "name", st.Comm)
	} else {
		s.Warn("hidden", "/proc hides {pid} from us (it is mounted with hidepid).", "pid", pid)
	}
	switch {
	case pid == os.Getpid() && pid != 1:
		s.Say("by.mtp",
			"That is mtp itself: the nearest living subreaper among the orphan's ancestors.")
	case pid == os.Getpid():
		s.Say("by.first",
			"That is mtp itself: here it is PID 1, the first process of its PID namespace, as in a container.")
	case pid == 1:
		s.Say("by.init",
			"PID 1 is init, the first process. It gets the orphans that no nearer ancestor has asked for. (One that has is called a subreaper.)")
	default:
		s.Say("by.subreaper",
			"It is not PID 1, but a nearer ancestor that has asked the kernel for the orphans among its descendants: a subreaper.")
	}
}

// reapOrphan is the adopter's duty.
func reapOrphan(s *stage.Stage, pid int) {
	s.See("zombie", s.Stat(pid),
		"{pid} is in state {state}: a zombie, until its adopter, mtp, waits for it.")
	var status syscall.WaitStatus
	_, err := syscall.Wait4(pid, &status, 0, nil)
	s.Mustf(err, "wait for the orphan")
	s.See("reaped", kernel.Call("wait4", pid),
		"mtp has reaped it; its exit status was {status}.", "status", status.ExitStatus())
}

// patience is how long the adopter gets to wait for the orphan: most do so at once.
const patience = time.Second

// seeWhatBecameOf says whether a foreign adopter has reaped the orphan. Nothing tells of its wait,
// so mtp looks again and again.
func seeWhatBecameOf(s *stage.Stage, pid, adopter int) {
	for begun := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		s.Check()
		st, err := kernel.ReadStat(pid)
		if errors.Is(err, kernel.ErrGone) {
			s.See("gone", kernel.StatSource(pid),
				"{pid} is no longer listed: {adopter} has reaped it.",
				"pid", pid, "adopter", adopter)
			return
		}
		s.Must(err)
		if time.Since(begun) > patience {
			s.See("left", st,
				"{pid} is in state {state}, {patience} later: {adopter} has not waited for it yet.",
				"adopter", adopter, "patience", patience)
			s.Say("left.why",
				"A good init waits for every orphan. This one is slow, or never does; until then the zombie stays.")
			return
		}
	}
}
