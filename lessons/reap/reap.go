//go:build unix

package reap

import (
	"context"

	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

type Options struct{}

func (Options) Run(ctx context.Context, say *narrate.Narrator) error { return nil }

var (
	Roles   = process.Roles{}
	Chinese = narrate.Sentences{}
)
