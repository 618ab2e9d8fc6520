//go:build unix

package chat

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/terminal"
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

// watchOver gives the terminal back for the process that has an editor there, while that is stopped
// and can't, until done is closed.
func watchOver(editor int, loan *terminal.Loan, done <-chan struct{}) {
	if loan == nil {
		return
	}
	look := time.NewTicker(250 * time.Millisecond) // nothing tells a child of its parent
	defer look.Stop()
	for was := kernel.Running; ; {
		select {
		case <-done:
			return
		case <-look.C:
		}
		st, err := kernel.ReadStat(editor)
		if err != nil {
			return // it has ended
		}
		if st.State == kernel.Stopped && was != kernel.Stopped {
			loan.GiveBack()
		}
		was = st.State
	}
}

func notifyResize(resized chan<- os.Signal) { signal.Notify(resized, syscall.SIGWINCH) }

func notifyReport(report chan<- os.Signal) { signal.Notify(report, syscall.SIGUSR1) }
