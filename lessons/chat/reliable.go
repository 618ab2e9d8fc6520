package chat

import (
	"context"
	"errors"
	"strings"
	"time"

	"mtp/lessons/chat/line"
	"mtp/lessons/chat/room"
	"mtp/lessons/chat/session"
)

// On the mtp wire a member has a session, which numbers what is said here, and repeats it until the
// room has acknowledged it. The wire is negotiated: a room that does not know it answers plainly.

// open begins a session, or goes on with the one that there is.
func (m *member) open(name string) {
	if m.flags.Plain {
		return
	}
	if m.session == nil || m.sessionName != name {
		m.sessionName = name
		m.session = session.New(name, m.secret, m.sendBytes, m.happened)
	}
	m.session.Enter(time.Now())
}

// setClock has the session called when its time has come.
func (m *member) setClock() {
	if m.session == nil {
		m.clock.Stop()
		return
	}
	due := m.session.Due()
	if due.IsZero() {
		m.clock.Stop()
		return
	}
	m.clock.Reset(max(time.Until(due), 0))
}

// happened shows what has happened in the session.
func (m *member) happened(e session.Event) {
	switch e.Kind {
	case session.Heard:
		m.showLine(string(e.Line), e.Own)
	case session.Missed:
		m.Warn("join.missed",
			"You have missed lines: {count}. The room has them no more.", "count", e.Count)
	case session.Repeated:
		if m.flags.Wire {
			m.Say("join.wire.repeat",
				"No acknowledgement in time, so once more, lines: {lines}, from number {first}.",
				"lines", e.Count, "first", e.First)
		}
	case session.Unknown:
		m.Say("join.unknown.session",
			"The room does not know this session: the room has begun anew, or I am at another address. I enter again.")
	case session.Returned:
		m.Say("join.returned", "I am in again. Nothing is lost.")
	case session.Anew:
		m.Warn("join.anew",
			"I am in again, but the room remembers nothing: what others said meanwhile may be lost. Lines that were not acknowledged, which I say again: {lines}. (They may come twice.)",
			"lines", e.Count)
	case session.Refused:
		m.refused = true
	case session.Left:
		m.left = true
	case session.Ended:
		m.ended = true
	case session.Sealed, session.Opened:
		if m.flags.Wire {
			arrow := "→"
			if e.Kind == session.Opened {
				arrow = "←"
			}
			m.Say("join.wire.inside", "{arrow} sealed inside, {means}: {bytes}",
				"arrow", arrow, "means", meaning(m.Narrator, e.Inner), "bytes", quoted(e.Inner))
		}
	case session.Entered: // talk says so
	}
}

// showLine shows a line of the room. What was said here is shown already.
func (m *member) showLine(text string, own bool) {
	if own {
		return
	}
	if !strings.Contains(text, ":") { // names have none, so this is a notice
		text = "\n" + text
		if _, name := room.ParseNotice(text); name == m.sessionName {
			return
		}
	}
	m.showPlain(frame{frameDatagram, []byte(text)})
}

// sayWire says which wire it is, and what that means.
func (m *member) sayWire() {
	switch {
	case m.session == nil && !m.flags.Plain:
		m.Say("join.speaks.plain",
			"This room speaks the course's plain wire only: a datagram that is lost stays lost, and nobody notices.")
	case m.session == nil:
		m.Say("join.speaks.asked",
			"You have asked for the plain wire: a datagram that is lost stays lost, and nobody notices.")
	case m.secret != nil:
		m.Say("join.speaks.sealed",
			"This room is sealed: between here and the room nobody can read or change what is said, and what is lost on the way is sent again. The room itself reads all.")
	default:
		m.Say("join.speaks.mtp",
			"This room speaks mtp's wire: each line has a number, is acknowledged, and is sent again until it is. So nothing is lost, doubled or out of order.")
	}
}

// saySilence says when nothing has come from the room for long, and when something has again.
func (m *member) saySilence() {
	if m.session == nil {
		return
	}
	const long = 12 * time.Second // the room says something every 5 s
	silence := m.session.Silence(time.Now())
	switch {
	case silence >= long && !m.silent:
		m.silent = true
		m.Warn("join.silent",
			"Nothing has come from the room for {seconds} s. I go on trying; lines that wait: {lines}.",
			"seconds", int(silence.Seconds()), "lines", m.session.Pending())
	case silence < long && m.silent:
		m.silent = false
		m.Say("join.back", "The room can be heard again.")
	}
}

// takenMeanwhile is for a name that somebody else has got while this member was away.
func (m *member) takenMeanwhile() error {
	m.sayUnconfirmed()
	name := m.name
	m.refused, m.session, m.name = false, nil, ""
	if err := m.sayTaken(name); err != nil {
		return err
	}
	return errTaken
}

var errTaken = errors.New("somebody else has the name")

func (m *member) sayTaken(name string) error {
	return m.again("join.taken",
		"The room refuses the name {name}: it is taken, or looks like one that is, or is not allowed (it reads like the administrator's, mixes alphabets, or has a colon or invisible characters).",
		name)
}

// notSealed leaves a room that is not sealed: with a secret nothing is said in the clear.
func (m *member) notSealed(name string, f frame) error {
	m.showWire("←", f.data, fateSent)
	if f.says(room.Welcome) {
		m.send("Q -")
	}
	return m.Error("join.notsealed",
		"the room at {server} is not sealed, and you have given a secret. So nothing was said there, and {name} is not in. Leave the secret out, or seal the room",
		"server", m.flags.Server, "name", name)
}

// confirm waits until the room has acknowledged all that was said, as long as that goes on.
func (m *member) confirm(ctx context.Context) {
	if m.session == nil {
		return
	}
	const most = 10 * time.Second // without an acknowledgement
	pending, since, told := m.session.Pending(), time.Now(), false
	tell := time.After(time.Second)
	for pending > 0 && time.Since(since) < most && ctx.Err() == nil && !m.ended {
		m.setClock()
		select {
		case <-ctx.Done():
		case <-m.clock.C:
			m.session.Tick(time.Now())
		case <-tell:
			m.Say("join.confirming",
				"I leave when the room has acknowledged what was said. Lines that wait: {lines}. Ctrl-C leaves without.",
				"lines", m.session.Pending())
			told = true
		case t := <-m.console.typed:
			if t.Kind == line.Interrupt {
				since = time.Time{}
			}
		case f, ok := <-m.heard:
			if !ok {
				since = time.Time{}
				break
			}
			m.show(f)
		}
		if now := m.session.Pending(); now < pending {
			pending, since = now, time.Now()
		}
	}
	if pending == 0 && told {
		m.Say("join.confirmed", "The room has acknowledged all of it.")
	}
	m.sayUnconfirmed()
}

// sayUnconfirmed says what may be lost.
func (m *member) sayUnconfirmed() {
	if m.session != nil && m.session.Pending() > 0 {
		m.Last("join.unconfirmed",
			"Lines that the room has not acknowledged, and that may be lost: {lines}.",
			"lines", m.session.Pending())
	}
}
