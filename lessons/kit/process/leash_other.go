//go:build !linux

package process

import (
	"errors"
	"os"
	"os/exec"
)

// Without pidfds, a descendant that isn't our child ends by the leash alone.

func openPidfd(int) (int, error) { return 0, errors.ErrUnsupported }

func killPidfd(int) bool { return false }

func closePidfd(int) {}

func complaints() *os.File { return os.Stderr }

func reapAdopted(int) {}

func tie(*os.File, bool) {}

func continueWithout(*exec.Cmd) (started func()) { return func() {} }

// awaitEnd leaves the waiting to wait itself, which blocks a thread.
func awaitEnd(*os.Process) {}
