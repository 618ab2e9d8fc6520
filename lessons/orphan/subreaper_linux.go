package orphan

import (
	"fmt"

	"golang.org/x/sys/unix"
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
