// Package states stands for the lesson, which needs a Unix kernel.
package states

import (
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	stage.NeedsUnix `embed:""`
}

func roles() process.Roles { return nil }
