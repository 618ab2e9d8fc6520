package orphan

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// setSubreaper makes this process a subreaper, or an ordinary one again:
// PR_SET_CHILD_SUBREAPER(2const).
func setSubreaper(on bool) error {
	var set uintptr
	if on {
		set = 1
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, set, 0, 0, 0); err != nil {
		return fmt.Errorf("become a subreaper: %w", err)
	}
	return nil
}

// seeSubreaper says whether mtp is a subreaper. Only a process itself can ask for that: /proc does
// not tell of the others.
func seeSubreaper(s *stage.Stage) {
	var set int32
	_, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_GET_CHILD_SUBREAPER,
		uintptr(unsafe.Pointer(&set)), 0, 0, 0, 0)
	source := kernel.In("prctl(PR_GET_CHILD_SUBREAPER)", os.Getpid())
	switch {
	case errno != 0: // a sandbox: then nothing is said
	case set == 0:
		s.See("subreaper.not", source,
			"mtp is no subreaper: it has not asked the kernel for the orphans among its descendants.")
	default:
		s.See("subreaper.is", source,
			"mtp is a subreaper: it has asked the kernel for the orphans among its descendants.")
	}
}
