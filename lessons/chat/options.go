package chat

import (
	"strings"
	"time"
	"unicode/utf8"

	"mtp/lessons/kit/event"
)

// Options are the lesson's commands.
type Options struct {
	Serve Serve `cmd:"" help:"Run a room, and speak in it as its administrator."`
	Join  Join  `cmd:"" help:"Enter a room, and speak in it."`

	Demo   Demo   `cmd:"" help:"Two members on a bad network: what is lost on the plain wire, and not on mtp's."`
	Secret Secret `cmd:"" help:"Print a new secret, to seal a room with."`
}

// Serve are the flags of chat serve.
type Serve struct {
	Listen string        `help:"The UDP address to listen on." default:"127.0.0.1:8888" placeholder:"ADDR"`
	Idle   time.Duration `help:"How long a member may be silent before it is out and its name is free." default:"10m" placeholder:"DURATION"`
	Rate   int           `help:"How many messages a second a member may send; a burst may be 2.5 times as many." default:"20" placeholder:"N"`
	Plain  bool          `help:"Let members on the plain wire in from other machines; they are known by their address alone."`
	Log    string        `help:"Keep what was said in this file, so a room that is killed can begin again and has lost nothing." type:"path" placeholder:"FILE"`
	Wire   bool          `help:"Show each datagram, both ways, and what it means."`
	Stats  time.Duration `help:"How often to say what was sent and lost; 0 means at the end only." default:"0s" placeholder:"DURATION"`
	Quiet  bool          `help:"Do not show what the members say."`
	Bell   bool          `help:"Ring the terminal's bell when a member speaks."`

	Sealing `embed:""`
	Network `embed:""`
}

// Validate is called by the command line.
func (o Serve) Validate() error {
	switch {
	case o.Idle <= 0:
		return event.Mistake("mistake.idle", "--idle must be more than 0")
	case o.Stats != 0 && o.Stats < minStats:
		return event.Mistake("mistake.stats",
			"--stats must be 0, or {least} or more", "least", minStats)
	case o.Rate < 1 || o.Rate > 1_000_000:
		return event.Mistake("mistake.rate", "--rate must be from 1 to 1000000")
	case o.Plain && o.SecretFile != "":
		return event.Mistake("mistake.sealed",
			"--secret-file leaves no room for --plain: what is sealed is never plain")
	}
	return o.Network.Validate()
}

// minStats is the shortest time between two reports.
const minStats = 100 * time.Millisecond

// Join are the flags of chat join.
type Join struct {
	Server string `help:"The room's UDP address." default:"127.0.0.1:8888" placeholder:"ADDR"`
	Name   string `help:"Your name in the room; without it you are asked." placeholder:"NAME"`
	Plain  bool   `help:"Speak the course's plain wire, also with a room that speaks mtp's."`
	Rate   int    `help:"On the plain wire: how many lines a second to send when a script says them; 0 means what rooms take." default:"0" placeholder:"N"`
	Wire   bool   `help:"Show each datagram, both ways, and what it means."`
	Bell   bool   `help:"Ring the terminal's bell when somebody speaks."`

	Sealing `embed:""`
	Network `embed:""`
}

// Validate is called by the command line.
func (o Join) Validate() error {
	if !mayBeName(o.Name) {
		return event.Mistake("mistake.name",
			"--name must be at most {most} characters, without spaces", "most", maxName)
	}
	if o.Rate < 0 || o.Rate > 1_000_000 {
		return event.Mistake("mistake.rate.join", "--rate must be from 0 to 1000000")
	}
	if o.Plain && o.SecretFile != "" {
		return event.Mistake("mistake.sealed",
			"--secret-file leaves no room for --plain: what is sealed is never plain")
	}
	return o.Network.Validate()
}

// maxName is how many characters a name may have.
const maxName = 32

// mayBeName reports whether a room can be asked for a name.
func mayBeName(name string) bool {
	return !strings.ContainsAny(name, " \t\n") && utf8.RuneCountInString(name) <= maxName
}
