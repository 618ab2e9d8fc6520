//go:build unix

package chat

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// Errors of sockets.
const (
	errInUse   = syscall.EADDRINUSE
	errRefused = syscall.ECONNREFUSED
	errTooLong = syscall.EMSGSIZE
)

// openFiles names the place that lists what a process has open.
func openFiles(pid int) string {
	if runtime.GOOS == "linux" {
		return fmt.Sprintf("/proc/%d/fd", pid)
	}
	return fmt.Sprintf("lsof -p %d", pid)
}

// ignoreTTOU lets a background process change the terminal.
func ignoreTTOU() { signal.Ignore(syscall.SIGTTOU) }

// leaveSignals has a partner find out by itself that the other process is gone: then writing to it
// is an error (EPIPE), and not a signal that would leave the terminal as it is. What is typed at a
// raw terminal is no signal.
func leaveSignals() { signal.Ignore(syscall.SIGPIPE) }

func notifyResize(resized chan<- os.Signal) { signal.Notify(resized, syscall.SIGWINCH) }

func notifyReport(report chan<- os.Signal) { signal.Notify(report, syscall.SIGUSR1) }
