package chat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mtp/lessons/chat/line"
	"mtp/lessons/chat/room"
	"mtp/lessons/chat/visible"
	"mtp/lessons/kit/stage"
)

const (
	maxTries  = 10 // to enter
	tryEvery  = time.Second
	leaveFor  = time.Second // at most; the room answers with EXIT
	leaveEach = 200 * time.Millisecond
)

// member is somebody who joins, in the sender's process. What is typed here, and what the receiver
// has heard, come through channels: this process itself waits for nothing that blocks.
type member struct {
	*stage.Narrator
	flags   Join
	conn    net.Conn
	network *badNetwork
	console *console
	heard   <-chan frame
	name    string
	early   []line.Typed // typed before there was an answer
	dropped int          // datagrams that are no lines of a room
}

var errLeft = errors.New("left")

// gone is the error of a member whose receiver is gone.
func (m *member) gone() error {
	return m.Error("join.gone", "the receiver has ended: its pipe is closed")
}

// chat enters, speaks and leaves.
func (m *member) chat(ctx context.Context) error {
	for m.name == "" {
		err := m.enter(ctx)
		if errors.Is(err, errLeft) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	m.prompt(m.name + "> ")
	m.Say("join.entered", "You are in, as {name}. quit, X, Ctrl-D and Ctrl-C leave.",
		"name", m.name)
	if slices.ContainsFunc(m.early, m.speak) {
		m.leave()
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			m.leave()
			return nil
		case f, ok := <-m.heard:
			if !ok {
				m.sayQuit()
				return m.gone()
			}
			if f.says(room.Exit) {
				m.Say("join.exit", "The room has sent EXIT, so this ends here.")
				return nil
			}
			m.show(f)
		case t := <-m.console.typed:
			if m.speak(t) {
				m.leave()
				return nil
			}
		}
	}
}

// says reports whether a frame is a datagram with these bytes.
func (f frame) says(text string) bool { return f.kind == frameDatagram && string(f.data) == text }

// speak does what was typed.
func (m *member) speak(t line.Typed) (leave bool) {
	datagram := "C " + m.name + " " + t.Text
	switch shown := visible.Append(nil, []byte(t.Text)); {
	case t.Kind == line.End, t.Kind == line.Interrupt, t.Text == "quit", t.Text == "X":
		return true
	case t.Kind == line.Refused, len(datagram) > room.MaxBytes, len(shown) == 0:
		m.refuse()
	default:
		m.send(datagram)
		m.Say("join.own", "{name}: {text}", "name", m.name, "text", string(shown))
	}
	return false
}

// enter asks for a name, unless there is one, and for the room to take it.
func (m *member) enter(ctx context.Context) error {
	name, err := m.askName(ctx)
	if err != nil {
		return err
	}
	if !mayBeName(name) {
		return m.again("join.badname", "A name is at most 32 characters, without spaces.", name)
	}
	for try := 1; try <= maxTries; try++ {
		if try > 1 {
			m.Say("join.try", "No answer yet. Asking again ({try} of {tries}).",
				"try", try, "tries", maxTries)
		}
		m.send("L " + name)
		again := time.NewTimer(tryEvery)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-again.C:
				waiting = false
			case t := <-m.console.typed:
				if t.Kind == line.Interrupt || t.Kind == line.End && m.console.editor != nil {
					return errLeft
				}
				m.early = append(m.early, t)
			case f, ok := <-m.heard:
				switch {
				case !ok:
					return m.gone()
				case f.says(room.Welcome):
					m.name = name
					return nil
				case f.says(room.Taken):
					return m.again("join.taken",
						"The room refuses the name {name}: it is taken, or not allowed (it reads like the administrator's, mixes alphabets, or has a colon or invisible characters).",
						name)
				default:
					m.show(f) // it has overtaken the answer
				}
			}
		}
	}
	m.send("Q " + name) // should it have been let in after all
	return m.Error("join.silence",
		"no room answers at {server}. Is 'mtp chat serve' running there? (A full room does not answer, either.)",
		"server", m.flags.Server)
}

// askName asks for a name, unless there is one.
func (m *member) askName(ctx context.Context) (name string, err error) {
	if m.flags.Name != "" {
		return m.flags.Name, nil
	}
	m.prompt(m.Text("join.name", "Your name: "))
	if m.console.editor == nil {
		m.Say("join.ask", "The first line is your name.")
	}
	for name == "" {
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case f, ok := <-m.heard:
			if !ok {
				return "", m.gone()
			}
			m.show(f)
		case t := <-m.console.typed:
			switch t.Kind {
			case line.End, line.Interrupt:
				return "", errLeft
			case line.Refused:
				m.refuse()
			case line.Entered:
				name = strings.TrimSpace(t.Text)
			}
		}
	}
	return name, nil
}

// again says why a name is refused; on a terminal another can be given.
func (m *member) again(event, text, name string) error {
	if m.console.editor == nil {
		return m.Error(event, text, "name", name)
	}
	m.Warn(event, text, "name", name)
	m.flags.Name = "" // the next is asked for
	return nil
}

// leave tells the room, until it answers or a second has passed.
func (m *member) leave() {
	if m.dropped > 0 {
		m.Last("join.dropped",
			"Datagrams not shown, because they are not lines of a room: {count}.",
			"count", m.dropped)
	}
	over := time.After(leaveFor)
	for {
		m.send("Q " + m.name)
		again := time.After(leaveEach)
		for waiting := true; waiting; {
			select {
			case <-over:
				m.Say("join.noexit", "Left, but no EXIT has come from the room.")
				return
			case <-again:
				waiting = false
			case f, ok := <-m.heard:
				switch {
				case !ok: // the receiver has been ended, as by SIGTERM
					m.sayQuit()
					return
				case f.says(room.Exit):
					m.Say("join.left", "Left.")
					return
				}
				m.show(f)
			}
		}
	}
}

// sayQuit says so a few times, when nobody is there any more to hear the answer.
func (m *member) sayQuit() {
	for range 3 {
		m.send("Q " + m.name)
		time.Sleep(leaveEach / 4)
	}
}

func (m *member) send(datagram string) {
	if m.flags.Wire {
		m.Say("join.wire.out", "→ {bytes}", "bytes", fmt.Sprintf("%q", datagram))
	}
	m.network.send([]byte(datagram), func(data []byte) {
		if _, err := m.conn.Write(data); errors.Is(err, errRefused) {
			_, _ = m.conn.Write(data) // that was about an earlier one
		}
	})
}

// show shows what has come.
func (m *member) show(f frame) {
	switch f.kind {
	case frameRefused:
		m.Warn("join.refused",
			"ECONNREFUSED: an ICMP message says that nobody receives at {server}.",
			"server", m.flags.Server)
		return
	case frameFailed:
		m.Warn("join.failed", "{server} could not be reached just now: {error}.",
			"server", m.flags.Server, "error", string(f.data))
		return
	}
	if m.flags.Wire {
		m.Say("join.wire.in", "← {bytes}", "bytes", fmt.Sprintf("%q", f.data))
	}
	if len(f.data) == 0 || len(f.data) > room.MaxBytes || !utf8.Valid(f.data) {
		m.dropped++
		return
	}
	text, isNotice := strings.CutPrefix(string(f.data), "\n") // the course's notices begin with one
	shown := string(visible.Append(nil, []byte(text)))
	who, said, spoke := strings.Cut(shown, ":")
	switch {
	case spoke && who == room.Admin:
		m.Warn("join.admin", "{who}: {text}", "who", who, "text", said)
	case spoke && !isNotice:
		m.Say("join.heard", "{who}: {text}", "who", who, "text", said)
	default:
		m.Say("join.notice", "* {text}", "text", shown)
	}
}

func (m *member) refuse() {
	limit := min(maxTyped, room.MaxBytes-len("C "+m.name+" "))
	m.Warn("join.long", "Not sent: a line is text of at most {most} bytes.", "most", limit)
}

func (m *member) prompt(text string) {
	if m.console.editor != nil {
		m.console.editor.SetPrompt(text)
	}
}
