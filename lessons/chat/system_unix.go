//go:build unix

package chat

import (
	"os"
	"os/signal"
	"syscall"
)

// Errors of sockets.
const (
	errInUse   = syscall.EADDRINUSE
	errRefused = syscall.ECONNREFUSED
	errTooLong = syscall.EMSGSIZE
)

// leaveSignals has a partner find out by itself that the other process is gone: then writing to it
// is an error (EPIPE), and not a signal that would leave the terminal as it is. What is typed at a
// raw terminal is no signal; Ctrl-C at another is for the other process, which ends this one.
func leaveSignals() { signal.Ignore(syscall.SIGPIPE, syscall.SIGINT, syscall.SIGQUIT) }

// interrupt does what Ctrl-C does at a terminal that is not raw.
func interrupt(pid int) { _ = syscall.Kill(pid, syscall.SIGINT) }

func notifyResize(resized chan<- os.Signal) { signal.Notify(resized, syscall.SIGWINCH) }

func notifyReport(report chan<- os.Signal) { signal.Notify(report, syscall.SIGUSR1) }
