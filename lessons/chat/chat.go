// Package chat is the course's chat room: UDP, and two processes on each side.
//
// Two things block here: the keyboard, and the socket. One flow of control can wait for one of them, so there are two, each a process.
// Processes share no memory; what they share is what the child has inherited, the socket, and a pipe between them. Package room
// has the wire and its rules.
package chat

import (
	"errors"
	"time"

	"mtp/lessons/kit/process"
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
func (s Serve) Validate() error {
	if s.Idle <= 0 || s.Stats < 0 {
		return errors.New("--idle must be more than 0, and --stats not negative")
	}
	if s.Rate < 1 || s.Rate > 1_000_000 {
		return errors.New("--rate must be from 1 to 1000000")
	}
	return s.Network.Validate()
}

// Join are the flags of chat join.
type Join struct {
	Server string `help:"The room's UDP address." default:"127.0.0.1:8888" placeholder:"ADDR"`
	Name   string `help:"Your name in the room; without it you are asked." placeholder:"NAME"`
	Wire   bool   `help:"Show each datagram, both ways."`

	Network `embed:""`
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"admin": admin, "receiver": receiver}
}
