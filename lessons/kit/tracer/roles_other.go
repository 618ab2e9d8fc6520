//go:build !linux

package tracer

import "mtp/lessons/kit/process"

// Roles are none: ptrace(2) as it is used here is Linux's.
func Roles() process.Roles { return nil }
