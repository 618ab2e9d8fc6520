// Package chat is the course's chat room: UDP, and two processes on each side.
//
// Two things block here: the keyboard and the socket. One flow of control can wait for only one of
// them, so there are two, each a process. A process has memory of its own. What the two share is
// what the child has inherited: the socket (udp(7)), or a pipe between them (pipe(7)).
//
// A member is two processes: the sender, which reads the keyboard, and its child, the receiver,
// which waits at the same socket. A room is two as well: one has the socket and the members; its
// child, the administrator's process, reads the keyboard. Package room has the wire and its rules.
//
// The room finds a datagram's sender in a dict (a map), by the address: in a list or in a linked
// list it would have to compare about half of the members. To send to all it walks through a
// list.
package chat

import (
	"fmt"
	"os"
	"os/exec"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// roles are the processes of this lesson: the children.
func roles() process.Roles {
	return process.Roles{"admin": admin, "receiver": receiver}
}

// startPartner starts the other process of a side, and returns what it hands over through a pipe.
// The pipes' other ends are its own from then on: a pipe ends when nobody can write to it any more.
func startPartner(
	s *stage.Stage, name string, partner *exec.Cmd, from *os.File, its ...*os.File,
) <-chan frame {
	err := s.Leash().StartPartner(partner)
	for _, end := range its {
		end.Close()
	}
	s.Mustf(err, "start a child")
	frames := make(chan frame)
	go readFrames(from, frames)
	select {
	case f, ok := <-frames:
		if !ok || f.kind != frameReady {
			s.Must(fmt.Errorf("%s did not begin", name))
		}
	case <-s.Context().Done(): // it is stopped, or its screen takes nothing
		s.Check()
	}
	return frames
}
