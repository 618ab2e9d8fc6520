//go:build !linux

package exit

import (
	"context"
	"errors"

	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// copies says where to see what a fork does with a buffer.
func copies(_ context.Context, say *narrate.Narrator, _ *process.Leash) error {
	say.Warn("exit.nofork", "A fork copies what is in a buffer, so that it is written twice. A Go program can't fork on this system; run this lesson on Linux to see it.")
	return nil
}

func copied([]string) error { return errors.ErrUnsupported }
