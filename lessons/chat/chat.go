// Package chat is the course's chat room: UDP, and two processes on each side.
//
// Two things block here: the keyboard, and the socket. One flow of control can wait for one of
// them, so there are two, each a process. Processes share no memory; what they share is what the
// child has inherited, the socket (udp(7)), and a pipe between them (pipe(7)).
//
// Whoever joins is a sender, which has the keyboard, and its child, a receiver. A room is a process
// that has the socket and the members, and its child, the administrator, which has the keyboard.
// Package room has the wire and its rules.
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
// The child has its ends of the pipes; were they open here too, nobody would ever find the pipes'
// end.
func startPartner(
	s *stage.Stage, partner *exec.Cmd, from *os.File, theirs ...*os.File,
) (frames <-chan frame) {
	err := s.Leash().StartPartner(partner)
	for _, end := range theirs {
		end.Close()
	}
	s.Mustf(err, "start a child")
	arriving := make(chan frame)
	go readFrames(from, arriving)
	if f, ok := <-arriving; !ok || f.kind != frameReady {
		s.Must(fmt.Errorf("the process %d did not begin", partner.Process.Pid))
	}
	return arriving
}
