//go:build unix

// Package states shows what a process may be doing, as the kernel knows it.
//
// The textbooks have five states: a process is new, ready, running, waiting or terminated. The
// kernel has one letter for each of its own, in /proc/PID/stat and in ps: R for ready and running
// alike; S and D for waiting, where a signal wakes S, and D at most a fatal one; T for stopped (t
// if a tracer stops it); Z for terminated and not yet waited for; I for a kernel thread that is
// idle, and X for the instant in which a process is taken out of the table. See proc_pid_stat(5)
// and ps(1).
package states

import (
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Share time.Duration `help:"How long three children share one processor." default:"1s" placeholder:"DURATION"`
	Hold  time.Duration `help:"How long to keep the five processes for you to look at; Enter ends it sooner, 0 does not hold." default:"10s" placeholder:"DURATION"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Share <= 0 || o.Share > time.Hour {
		return event.Mistake("mistake.share", "--share must be more than 0, and 1h at most")
	}
	if o.Hold < 0 {
		return event.Mistake("mistake.hold", "--hold must not be negative")
	}
	return nil
}

// Questions are the forms of what is asked.
func (Options) Questions() []quiz.Form {
	return []quiz.Form{quiz.Number, quiz.Letter, quiz.Letter}
}

func seeLetter(s *stage.Stage, st kernel.Stat) {
	s.See("letter", st, "{pid} is in state {state}.")
}
