//go:build unix

package process

import (
	"os"
	"syscall"
)

// switches are the voluntary and the involuntary context switches.
func switches(state *os.ProcessState) (voluntary, involuntary int64) {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Nvcsw, usage.Nivcsw
	}
	return 0, 0
}
