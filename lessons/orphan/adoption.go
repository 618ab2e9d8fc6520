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
		"mtp declares itself a subreaper: it asks the kernel for the orphans among its descendants.")
	s.Must(setSubreaper(true))
	// Asked for before the first child is started, so done after the last one has gone: until then
	// mtp can reap all that comes to it.
	s.Cleanup(func() { _ = setSubreaper(false) })
}

// living is a process that has to be alive. If somebody has killed it, the lesson is over.
func living(s *stage.Stage, pid int) kernel.Stat {
	st := s.Stat(pid)
	if st.Dead() {
		s.Must(fmt.Errorf("%d has ended too early", pid))
	}
	return st
}

// seeParent says who a process's parent is.
func seeParent(s *stage.Stage, pid int) kernel.Stat {
	st := living(s, pid)
	s.See("ppid", st, "The parent of {pid} is {ppid}.")
	return st
}

// ancestorsOf names a process and its ancestors, the nearest first, as far as /proc shows them.
func ancestorsOf(pid int) string {
	var list []string
	for pid != 0 {
		st, err := kernel.ReadStat(pid)
		if err != nil { // hidden, or it has just ended
			list = append(list, "…")
			break
		}
		list = append(list, fmt.Sprintf("%s(%d)", st.Comm, st.PID))
		pid = st.PPID
	}
	return strings.Join(list, ", ")
}

// seeAdopter says who the adopter is, and what follows from that.
func seeAdopter(s *stage.Stage, pid int) {
	if st, err := kernel.ReadStat(pid); err == nil {
		s.See("adopter", st, "The name of {pid} is {name}.", "name", st.Comm)
	} else {
		s.Warn("hidden", "/proc does not show {pid} to us (it may be mounted with hidepid).",
			"pid", pid)
	}
	switch {
	case pid == os.Getpid() && pid != 1:
		s.So("by.mtp",
			"That is mtp itself: the nearest subreaper among the orphan's ancestors.")
	case pid == os.Getpid():
		s.So("by.first",
			"That is mtp itself: here it is PID 1, the init of its PID namespace, as in a container.")
	case pid == 1:
		s.So("by.init",
			"PID 1 is init, the first process. It gets the orphans that no nearer ancestor has asked for.")
	default:
		s.So("by.subreaper",
			"It is not PID 1. So it is a subreaper: a nearer ancestor that has asked the kernel for the orphans among its descendants.")
	}
}

// reapOrphan is the adopter's duty.
func reapOrphan(s *stage.Stage, pid int) {
	// The lanes show only zombies that were found dead twice: here, and by See.
	s.Sampler().Look()
	s.Pass(time.Millisecond)
	s.See("zombie", s.Stat(pid),
		"{pid} is in state {state}: a zombie, and mtp, its adopter, has to wait for it.")
	var status syscall.WaitStatus
	_, err := syscall.Wait4(pid, &status, 0, nil)
	s.Mustf(err, "wait for the orphan")
	s.ExitStatus(pid, status)
	s.See("reaped", kernel.Call("wait4", pid),
		"mtp has reaped it; its exit status was {status}.", "status", status.ExitStatus())
}

// patience is how long the adopter gets to wait for the orphan: most do so at once.
const patience = time.Second

// seeWhatBecameOf says whether the orphan of a foreign adopter stays. Nothing tells of that one's
// wait, so mtp looks again and again.
func seeWhatBecameOf(s *stage.Stage, pid, adopter int) {
	for ended := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		s.Check()
		st, err := kernel.ReadStat(pid)
		if errors.Is(err, kernel.ErrGone) {
			s.See("gone", kernel.StatSource(pid), "{pid} is no longer listed.", "pid", pid)
			s.So("gone.who",
				"So it was reaped: by {adopter}, which waited for it, or by the kernel itself, if {adopter} ignores SIGCHLD explicitly. A PID that is gone does not say which.",
				"adopter", adopter)
			return
		}
		s.Must(err)
		if passed := time.Since(ended); passed > patience {
			s.See("left", st, "{pid} is still listed, in state {state}, {passed} after its end.",
				"passed", passed)
			s.So("left.why",
				"So it is a zombie: its adopter, {adopter}, has not waited for it. A good adopter waits for every orphan. This one is slow, or never does.",
				"adopter", adopter)
			return
		}
	}
}
