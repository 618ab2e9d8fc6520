package ps

import "mtp/lessons/kit/kernel"

// account is what a verdict on a parent rests on.
type account struct {
	Elsewhere  bool         // it is outside this PID namespace: its PID shows as 0
	Hidden     bool         // it can't be read here
	Traced     bool         // each of its zombies has a tracer, which has to wait first
	OtherWay   bool         // the end of each sends another signal than SIGCHLD
	Found      kernel.State // the state of its first thread
	Ignores    bool         // SIGCHLD is in SigIgn
	Handles    bool         // SIGCHLD is in SigCgt
	HandlesAll bool         // so is nearly every signal
	Pending    bool         // SIGCHLD is in SigBlk and in ShdPnd
	Waits      bool         // one of its threads is in wait
	First      bool         // it is PID 1 of its namespace
	Adopts     bool         // another process has forked a zombie of its
}

// verdict is why zombies stay, and what would free them.
type verdict string

// The verdicts.
const (
	elsewhere verdict = "elsewhere"
	hidden    verdict = "hidden"
	traced    verdict = "traced"
	stopped   verdict = "stopped"
	held      verdict = "held"
	stuck     verdict = "stuck"
	otherWay  verdict = "other-signal"
	ignores   verdict = "ignores"
	waits     verdict = "waits"
	pending   verdict = "pending"
	runtimes  verdict = "runtime"
	handler   verdict = "handler"
	first     verdict = "init"
	subreaper verdict = "subreaper"
	never     verdict = "never"
)

// verdict judges. What keeps the parent from doing anything comes first, then what it has arranged.
func (a account) verdict() verdict {
	switch {
	case a.Elsewhere:
		return elsewhere
	case a.Hidden:
		return hidden
	case a.Traced:
		return traced
	case a.Found == kernel.Stopped:
		return stopped
	case a.Found == "t":
		return held
	case a.Found == kernel.Disk:
		return stuck
	case a.OtherWay:
		return otherWay
	case a.Ignores:
		return ignores
	case a.First && !a.Handles:
		return first
	case a.Waits:
		return waits
	case a.Pending:
		return pending
	case a.HandlesAll:
		return runtimes
	case a.Handles:
		return handler
	case a.Adopts:
		return subreaper
	}
	return never
}
