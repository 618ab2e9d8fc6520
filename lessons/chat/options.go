package chat

import (
	"errors"
	"time"
)

// Options are the lesson's commands.
type Options struct {
	Serve Serve `cmd:"" help:"Run a room, and speak in it as its administrator."`
	Join  Join  `cmd:"" help:"Enter a room, and speak in it."`
}

// Serve are the flags of chat serve.
type Serve struct {
	Listen string        `help:"The UDP address to listen on." default:"127.0.0.1:8888" placeholder:"ADDR"`
	Idle   time.Duration `help:"How long a member may be silent before its name is free." default:"10m" placeholder:"DURATION"`
	Rate   int           `help:"How many messages a second a member may send; two and a half times as many at once." default:"20" placeholder:"N"`
	Plain  bool          `help:"Let members in from other machines, known by their address alone."`
	Wire   bool          `help:"Show each datagram, both ways."`
	Stats  time.Duration `help:"Say this often what was sent and lost; 0 at the end only." default:"0s" placeholder:"DURATION"`
	Quiet  bool          `help:"Do not show what members say."`

	Network `embed:""`
}

// Validate is called by the command line.
func (o Serve) Validate() error {
	if o.Idle <= 0 || o.Stats < 0 {
		return errors.New("--idle must be more than 0, and --stats not negative")
	}
	if o.Rate < 1 || o.Rate > 1_000_000 {
		return errors.New("--rate must be from 1 to 1000000")
	}
	return o.Network.Validate()
}

// Join are the flags of chat join.
type Join struct {
	Server string `help:"The room's UDP address." default:"127.0.0.1:8888" placeholder:"ADDR"`
	Name   string `help:"Your name in the room; without it you are asked." placeholder:"NAME"`
	Wire   bool   `help:"Show each datagram, both ways."`

	Network `embed:""`
}
