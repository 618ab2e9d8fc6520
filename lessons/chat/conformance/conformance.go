// Package conformance holds a reader's own chat server, or client, against the wire of the course:
// mtp plays the other side, and each case is one requirement.
package conformance

import (
	"cmp"
	"fmt"
	"net"
	"strings"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// Checks are both sides.
func Checks() []requirement.Check {
	port := requirement.Wants{Port: 8888}
	return []requirement.Check{
		{
			Name: "chat-server",
			Task: requirement.Text("check.server.task",
				"Write the server of a chat room over UDP, whose second process reads what the administrator types."),
			Flags: []string{"port"}, Wants: port, Chinese: chinese,
			Requirements: ofServers,
			Scenes:       []func(*requirement.Scene){playClients, playStranger},
		},
		{
			Name: "chat-client",
			Task: requirement.Text("check.client.task",
				"Write a client for the chat room: one process reads the keyboard, another one the socket."),
			Flags: []string{"port"}, Wants: port, Chinese: chinese,
			Requirements: ofClients,
			Scenes:       []func(*requirement.Scene){playServer, playRefusal},
		},
	}
}

// asked is a requirement that is one case of a scene.
func asked(id string, needs []string, asks, hint requirement.Sentence) requirement.Requirement {
	return requirement.Requirement{
		ID: id, Needs: needs, Asks: asks, Hint: hint, Judge: requirement.Case(id),
	}
}

const (
	soon  = 1500 * time.Millisecond // for an answer that is there at once, also on a busy machine
	quiet = 150 * time.Millisecond  // for none
	start = 4 * time.Second         // for a program to begin
)

// peer is a socket on loopback, with what has come.
type peer struct {
	*net.UDPConn
	name string
}

// hear waits for a datagram that is wanted, and returns it. Those before it are dropped.
func (p peer) hear(
	most time.Duration, wanted func(text string) bool,
) (text string, from *net.UDPAddr, ok bool) {
	datagram := make([]byte, 1<<16)
	for deadline := time.Now().Add(most); time.Now().Before(deadline); {
		_ = p.SetReadDeadline(deadline)
		n, from, err := p.ReadFromUDP(datagram)
		if err != nil { // the time is up, or nobody listens there any more
			time.Sleep(time.Millisecond)
			continue
		}
		if text = string(datagram[:n]); wanted(text) {
			return text, from, true
		}
	}
	return text, nil, false
}

// is wants these bytes. A server may leave out the empty line that the course's begins with.
func is(want string) func(string) bool {
	return func(text string) bool { return strings.TrimSpace(text) == want }
}

func (p peer) say(format string, args ...any) { _, _ = fmt.Fprintf(p, format, args...) }

// shown is a text as an argument in a sentence, cut.
func shown(text string) string {
	const enough = 40
	if letters := []rune(text); len(letters) > enough {
		text = string(letters[:enough]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// wire is where it was seen.
func (p peer) wire() kernel.Source {
	local, remote := p.LocalAddr(), p.RemoteAddr()
	if remote == nil {
		return kernel.Source(fmt.Sprintf("UDP %v", local))
	}
	return kernel.Source(fmt.Sprintf("UDP %v → %v", remote, local))
}

// twoProcesses finds whether two processes of the program live.
func twoProcesses(s *requirement.Scene) requirement.Finding {
	var f requirement.Finding
	s.Await(soon, func(r *requirement.Run) bool {
		var living []int
		for _, p := range r.Living() {
			if p == r.First() || !p.Execed {
				living = append(living, p.PID)
			}
		}
		f = requirement.No("check.processes.no",
			"Only {count} process lives.",
			"count", len(living))
		if len(living) >= 2 {
			f = requirement.Yes("check.processes.yes",
				"{first} and {second} live.",
				"first", living[0], "second", living[1])
			return true
		}
		return false
	})
	return f
}

// ending is how the program has ended, if it has: a requirement is not met for that reason.
func ending(s *requirement.Scene, otherwise requirement.Finding) requirement.Finding {
	f := otherwise
	s.Await(quiet, func(r *requirement.Run) bool {
		for _, p := range r.All {
			first := cmp.Or(r.First(), p)
			if p != first || !p.Dead() {
				continue
			}
			fields := []any{
				"pid", p.PID, "status", p.End.Status, "signal", int(p.End.Signal),
				"line", p.Exiting.Stack,
			}
			if f = requirement.No("check.ended",
				"{pid} exited with status {status}{line}.",
				fields...).By(p.End); p.End.Kind == tracer.Killed {
				f = requirement.No("check.killed",
					"{pid} was killed by signal {signal}.",
					fields...).By(p.End)
			}
			return true
		}
		return false
	})
	return f
}
