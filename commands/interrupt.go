package commands

import (
	"context"
	"os"
	"os/signal"
	"syscall"
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

// onInterrupt cancels on the signals that ask a program to end, so that the lesson can clean up. A
// second signal ends the program at once; the leash then does what is left. If another program is
// there that gets what is typed as well, the first Ctrl-C is for that one.
func onInterrupt(cancel context.CancelCauseFunc, hosts bool) {
	// Before its first child, package os tries once whether clone(2) knows pidfds, with a child
	// that shares this program's memory and signal handlers. A Ctrl-C that reaches that child, too,
	// would count twice. So that is done now, while nobody counts.
	_, _ = os.FindProcess(os.Getpid())
	signals := make(chan os.Signal, 2) // what does not fit is dropped
	asks := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
	for _, s := range asks {
		if !signal.Ignored(s) { // as nohup(1) asks
			signal.Notify(signals, s)
		}
	}
	// Caught, a closed pipe is an error of the write (EPIPE) instead of a death without cleaning
	// up. It is not ignored: that would be inherited by the children.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		first := <-signals
		if hosts && (first == syscall.SIGINT || first == syscall.SIGQUIT) {
			first = <-signals
		}
		cancel(interrupted{first})
		<-signals
		os.Exit(exitInterrupted)
	}()
}
