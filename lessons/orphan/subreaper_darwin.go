package orphan

import (
	"errors"
	"fmt"
)

// setSubreaper is not possible here.
func setSubreaper(bool) error {
	return fmt.Errorf(
		"macOS has no subreapers, every orphan goes to launchd (run without --subreaper, or on Linux): %w",
		errors.ErrUnsupported)
}
