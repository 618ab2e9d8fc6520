//go:build !linux

package exit

import (
	"errors"

	"mtp/lessons/kit/stage"
)

// canFork is whether copies can show anything here.
const canFork = false

// copies says where to see what a fork does with a buffer.
func copies(s *stage.Stage) {
	s.Warn("nofork",
		"A fork copies what is in a buffer, so it is written twice. A Go program can't fork on this system; run this lesson on Linux to see it.")
}

func copied([]string) error { return errors.ErrUnsupported }
