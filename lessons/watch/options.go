// Package watch shows what the processes of the reader's own program do: who forks, who waits for
// whom, what a signal does, and what goes wrong: zombies, orphans, output that is written twice, a
// pipe that nobody will ever write to.
//
// The program is traced by ptrace(2), which tells each of these calls as it is made; see package
// tracer. The program is not changed, keeps its terminal, and its exit status becomes mtp's.
package watch

import (
	"strings"
	"time"

	"mtp/lessons/kit/event"
)

// Options are the tool's flags.
type Options struct {
	Program   []string      `arg:"" optional:"" passthrough:"" help:"The program, and its arguments."`
	PID       int           `help:"Watch a process that runs already, and its descendants." name:"pid" placeholder:"PID"`
	Quiet     bool          `help:"Only say at the end what went wrong." short:"q"`
	Output    string        `help:"Write to a file what mtp says, instead of to the standard error." short:"o" type:"path" placeholder:"FILE"`
	Idle      time.Duration `help:"After how long without an event to look who waits for what; 0: do not." default:"2s" placeholder:"DURATION"`
	Timeout   time.Duration `help:"End the program after so long; 0: do not." default:"0" placeholder:"DURATION"`
	NoAdopt   bool          `help:"Do not adopt the program's orphans: they go to whom they would go to without mtp."`
	NoSeccomp bool          `help:"Stop at all system calls, without a filter: much slower, but set-user-ID programs may need it."`
	NoLines   bool          `help:"Do not look up lines of the source."`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if (len(o.program()) == 0) == (o.PID == 0) {
		return event.Mistake("mistake.program",
			"name a program (mtp watch -- ./yours), or a process that runs already (mtp watch --pid 4711)")
	}
	if len(o.Program) > 0 && strings.HasPrefix(o.Program[0], "-") && o.Program[0] != "--" {
		return event.Mistake("mistake.flag",
			"mtp watch has no flag {flag}. A program whose name begins so stands behind two dashes: mtp watch -- {flag}",
			"flag", o.Program[0])
	}
	if o.Idle < 0 || o.Timeout < 0 {
		return event.Mistake("mistake.negative", "--idle and --timeout must not be negative")
	}
	return nil
}

// program is the program with its arguments, without the two dashes that may stand before it.
func (o Options) program() []string {
	if len(o.Program) > 0 && o.Program[0] == "--" {
		return o.Program[1:]
	}
	return o.Program
}

// ToldIn is the file in which it is told; "" is the standard error, for the standard output is the
// program's.
func (o Options) ToldIn() string { return o.Output }
