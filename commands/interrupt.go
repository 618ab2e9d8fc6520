package commands

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"mtp/lessons/kit/terminal"
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

// onInterrupt cancels on the signals that ask a program to end, so that the lesson can clean up. If
// another program is there that gets what is typed as well, shared are for that one. What is
// returned receives the signals after that.
func onInterrupt(cancel context.CancelCauseFunc, shared *atomic.Int32) <-chan os.Signal {
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
	signal.Notify(make(chan os.Signal, 1), ofWrites()...)
	more := make(chan os.Signal, 2)
	go func() {
		first := <-signals
		for (first == syscall.SIGINT || first == syscall.SIGQUIT) && shared.Load() > 0 {
			shared.Add(-1)
			first = <-signals
		}
		cancel(interrupted{first})
		since := time.Now()
		for s := range signals {
			if s != first || time.Since(since) > signalGrace*10 { // timeout(1) sends it twice
				more <- s
			}
		}
	}()
	return more
}

// How long an output may take nothing once the lesson was ended, and how long its end may take in
// all.
const (
	stuckFor = time.Second
	longest  = 6 * time.Second
)

// lastResort ends the program if a lesson that was ended does not come to its end: something that
// it writes to takes nothing, or a second signal asks. The leash then does what is left.
func (c command) lastResort(
	ctx context.Context, signals <-chan os.Signal, loan *terminal.Loan,
) {
	<-ctx.Done()
	stuck, over := make(chan struct{}), time.After(longest)
	go func() {
		terminal.AwaitStuck(nil, stuckFor, c.Out, c.Err)
		close(stuck)
	}()
	select {
	case <-signals:
	case <-stuck:
	case <-over:
	}
	loan.GiveBack()
	farewell := c.farewell(ctx)
	if farewell == "" {
		os.Exit(exitFailed)
	}
	terminal.Post(c.Err, farewell)
	os.Exit(exitInterrupted)
}

// farewell is what is said of an interruption; nothing of another end.
func (c command) farewell(ctx context.Context) string {
	if interrupt, is := errors.AsType[interrupted](context.Cause(ctx)); is {
		return c.farewellTo(interrupt)
	}
	return ""
}

func (c command) farewellTo(interrupt interrupted) string {
	text := "mtp: " + c.translate("interrupted", "interrupted by {signal}", interrupt.name()) + "\n"
	if terminal.NewStream(c.Err, "never", c.Getenv).Terminal != nil {
		text = "\n" + text // the terminal has echoed ^C
	}
	return text
}
