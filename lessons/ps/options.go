package ps

import (
	"time"

	"mtp/lessons/kit/event"
)

// Options are the flags.
type Options struct {
	Zombies  bool          `help:"Only zombies, by the parent that owes the wait: how long they are dead, why they stay, and what would free them. That there are some is no failure: the exit code is 0."`
	PID      int           `help:"Only this process and all below it." name:"pid" placeholder:"PID"`
	Watch    bool          `help:"Go on, and tell what changes, a line a change, until Ctrl-C, or until the process of --pid is gone."`
	Interval time.Duration `help:"How often --watch looks. What comes and goes in between is missed." default:"500ms" placeholder:"DURATION"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.PID < 0 {
		return event.Mistake("mistake.pid", "--pid must be a PID")
	}
	const least, most = 10 * time.Millisecond, 24 * time.Hour
	if o.Interval < least || o.Interval > most {
		return event.Mistake("mistake.interval", "--interval must be from 10ms to 24h")
	}
	return nil
}
