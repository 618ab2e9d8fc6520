//go:build !linux

package watch

import "mtp/lessons/kit/stage"

// Run says why it is not possible.
func (Options) Run(s *stage.Stage) {
	s.Unsupported("system",
		"mtp watch needs Linux: it traces system calls by ptrace and seccomp, and reads /proc. On Windows run it in WSL (wsl.exe), on macOS in a virtual machine or a container")
}
