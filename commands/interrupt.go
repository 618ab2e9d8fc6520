package commands

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// interrupted is why a context ended: a signal that asks the program to end.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string { return "interrupted by " + i.name() }

func (i interrupted) name() string {
	switch i.signal {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP"
	case syscall.SIGQUIT:
		return "SIGQUIT"
	}
	return i.signal.String()
}

// sameSignal is the time within which two signals are one.
const sameSignal = 200 * time.Millisecond

// onInterrupt cancels on the signals that ask a program to end, so that the lesson can clean up. A second signal ends the
// program at once; the leash then does what is left.
func onInterrupt(cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		if !signal.Ignored(s) { // as nohup(1) asks
			signal.Notify(signals, s)
		}
	}
	// Caught, a closed pipe is an error of the write (EPIPE) instead of a death without cleaning up. It is not ignored: that
	// would be inherited by the children.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		cancel(interrupted{<-signals})
		// While a child is being started, one Ctrl-C has been seen to arrive twice: a forked child gets it as well, and shares this
		// program's memory until its exec.
		time.Sleep(sameSignal)
		select {
		case <-signals:
		default:
		}
		<-signals
		os.Exit(exitInterrupted)
	}()
}
