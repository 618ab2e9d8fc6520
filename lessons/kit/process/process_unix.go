//go:build unix

package process

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// switches are the voluntary and the involuntary context switches.
func switches(state *os.ProcessState) (voluntary, involuntary int64, counted bool) {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Nvcsw, usage.Nivcsw, true
	}
	return 0, 0, false
}

// handOver gives a child files beyond the standard ones, and returns the numbers under which it
// finds them.
func handOver(cmd *exec.Cmd, files ...*os.File) string {
	const standard = 3
	numbers := make([]string, len(files))
	for i, file := range files {
		numbers[i] = strconv.Itoa(standard + len(cmd.ExtraFiles))
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	return strings.Join(numbers, ",")
}

func closeOnExec(fd uintptr) { syscall.CloseOnExec(int(fd)) }

func send(process *os.Process, sig syscall.Signal) error { return process.Signal(sig) }
