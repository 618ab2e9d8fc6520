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

// ignoreTTOU lets a background process change the terminal.
func ignoreTTOU() { signal.Ignore(syscall.SIGTTOU) }

// leaveSignals has a partner find out by itself that the other process is gone: then writing to it
// is an error (EPIPE), and not a signal that would leave the terminal as it is. What is typed at a
// raw terminal is no signal.
func leaveSignals() { signal.Ignore(syscall.SIGPIPE) }

func notifyResize(resized chan<- os.Signal) { signal.Notify(resized, syscall.SIGWINCH) }

func notifyReport(report chan<- os.Signal) { signal.Notify(report, syscall.SIGUSR1) }
