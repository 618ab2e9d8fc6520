package orphan

import (
	"errors"
	"fmt"

	"mtp/lessons/kit/stage"
)

// setSubreaper is not possible here.
func setSubreaper(bool) error {
	return fmt.Errorf(
		"macOS has no subreapers, every orphan goes to launchd (run without --subreaper, or on Linux): %w",
		errors.ErrUnsupported)
}

// seeSubreaper has nothing to show.
func seeSubreaper(*stage.Stage) {}
