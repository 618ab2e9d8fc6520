package workers

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// adoptOrphans makes mtp a subreaper for the rest of the lesson: orphans among its descendants
// become its children, so it can wait for them (PR_SET_CHILD_SUBREAPER(2const)).
func adoptOrphans(s *stage.Stage) {
	adopt := func(yes uintptr) error {
		return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, yes, 0, 0, 0)
	}
	s.Mustf(adopt(1), "become a subreaper")
	s.Cleanup(func() { _ = adopt(0) })
}

// signalOfParentsEnd is what the kernel sends this process when its parent ends; 0: nothing. mtp
// asks for it as it starts the process (PR_SET_PDEATHSIG(2const)).
func signalOfParentsEnd() (signal int32) {
	number := uintptr(unsafe.Pointer(&signal))
	_ = unix.Prctl(unix.PR_GET_PDEATHSIG, number, 0, 0, 0)
	return signal
}

// tellOrphan shows how the daemon of a parent that was killed has ended. mtp has adopted it.
func (h *household) tellOrphan(s *stage.Stage) {
	s.AwaitExit(h.child)
	var status syscall.WaitStatus
	_, err := syscall.Wait4(h.child, &status, 0, nil)
	s.Mustf(err, "wait for %d", h.child)
	collected := kernel.Call("wait4", h.child)
	if status.Signaled() {
		s.See("orphan", collected,
			"Its daemon, {child}, came to mtp as an orphan. It has ended, too: killed by signal {signal}.",
			"child", h.child, "signal", int(status.Signal()))
	} else { // the pipe by which mtp holds its children was faster
		s.See("orphan.exit", collected,
			"Its daemon, {child}, came to mtp as an orphan. It has ended, too: exit code {code}.",
			"child", h.child, "code", status.ExitStatus())
	}
	s.So("leashed",
		"A parent that is killed terminates nobody. mtp's daemons end because they have asked the kernel for it; Python's do not ask, and live on as orphans.")
}
