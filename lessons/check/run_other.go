//go:build !linux

package check

import (
	"time"

	"mtp/lessons/kit/requirement"
)

// perform says why it is not possible.
func (c *checker) perform(int, time.Time) *requirement.Run {
	c.Unsupported("system",
		"mtp check needs Linux: it traces system calls by ptrace. On Windows run it in WSL (wsl.exe), on macOS in a virtual machine or a container")
	return nil
}
