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
		m.session.Busy = m.backlog.full
		m.said = nil
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

// happened does what has happened in the session.
func (m *member) happened(e session.Event) {
	switch e.Kind {
	case session.Heard:
		m.showLine(string(e.Line), e.Own)
	case session.Taken:
		m.sayTakenLines(int(e.Count))
	case session.Refused:
		m.refused = true
	case session.Left:
		m.left = true
	case session.Ended:
		m.ended = true
	case session.Entered: // talk says so
	case session.Repeated, session.Sealed, session.Opened:
		if m.flags.Wire && m.mayShow() {
			m.sayOnWire(e)
		}
	case session.Missed, session.Unknown, session.Returned, session.Anew:
		m.prepareFarewell() // the session may be another
		m.sayOfSession(e)
	}
}

// sayOfSession says what has become of the session.
func (m *member) sayOfSession(e session.Event) {
	switch e.Kind {
	case session.Missed:
		m.Warn("join.missed",
			"You have missed lines: {count}. The room has them no more.", "count", e.Count)
	case session.Unknown:
		m.Say("join.unknown.session",
			"The room does not know this session: the room has begun anew, or I am at another address. I enter again.")
	case session.Returned:
		m.Say("join.returned", "I am in again. Nothing is lost.")
	case session.Anew:
		m.Warn("join.anew",
			"I am in again, but the room remembers nothing: what others said meanwhile may be lost. Lines that were not acknowledged, which I say again: {lines}. (They may come twice.)",
			"lines", e.Count)
	}
}

// sayOnWire says what can't be seen of a datagram.
func (m *member) sayOnWire(e session.Event) {
	if e.Kind == session.Repeated {
		m.Say("join.wire.repeat",
			"No acknowledgement in time, so once more, lines: {lines}, from number {first}.",
			"lines", e.Count, "first", e.First)
		return
	}
	arrow := "→"
	if e.Kind == session.Opened {
		arrow = "←"
	}
	m.Say("join.wire.inside", "{arrow} sealed inside, {means}: {bytes}",
		"arrow", arrow, "means", meaning(m.Narrator, e.Inner), "bytes", quoted(e.Inner))
}

// ownLine is a line that was said here, and that the room has not acknowledged.
type ownLine struct {
	text string
	at   time.Time
}

// When a line counts as late, and how often it is said which lines do.
const (
	lateAfter = 300 * time.Millisecond
	lateEach  = 2 * time.Second
)

// awaitAck notes what was said. Its row comes when the room has it: at once, as a rule.
func (m *member) awaitAck(text string) {
	last := len(m.said) - 1
	if last < 0 || !m.said[last].at.Add(lateAfter).After(m.told) { // else that one is waited for
		m.late.Reset(max(lateAfter, time.Until(m.told.Add(lateEach))))
	}
	m.said = append(m.said, ownLine{text, time.Now()})
}

// sayTakenLines shows lines that the room has acknowledged.
func (m *member) sayTakenLines(count int) {
	for _, l := range m.said[:min(count, len(m.said))] {
		m.message(m.sessionName, l.text).Say("join.acknowledged", "{name}: {text}",
			"name", m.sessionName, "text", l.text)
	}
	m.said = m.said[min(count, len(m.said)):]
	if len(m.said) == 0 {
		m.late.Stop()
	}
}

// sayWaiting says which lines the room has not taken in time, each once.
func (m *member) sayWaiting() {
	now, late := time.Now(), 0
	var news []string
	for _, l := range m.said {
		if now.Sub(l.at) < lateAfter {
			break
		}
		if late++; l.at.Add(lateAfter).After(m.told) {
			news = append(news, l.text)
		}
	}
	if len(news) > 0 {
		m.told = now
		shown := m.unseen() // a script sees what was not taken at the end
		if m.console.editor != nil {
			shown = m.faint()
		}
		shown.Say("join.waiting", "Not yet taken by the room: {list}",
			"list", quotedFirst(news[:min(len(news), maxDoubtful)], len(news)),
			"lines", late)
	}
	if len(m.said) > late {
		next := m.said[late].at.Add(lateAfter)
		if soon := m.told.Add(lateEach); next.Before(soon) {
			next = soon
		}
		m.late.Reset(time.Until(next))
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
	if isLine([]byte(text)) {
		m.showPlain(frame{frameDatagram, []byte(text)})
	}
}

// sayWire says which wire it is, and what that means.
func (m *member) sayWire() {
	switch {
	case m.session == nil && !m.flags.Plain:
		m.Say("join.speaks.plain",
			"This room speaks the course's plain wire only: a datagram that is lost stays lost, and nobody notices. What you say is shown here at once, whether it arrives or not.")
	case m.session == nil:
		m.Say("join.speaks.asked",
			"You have asked for the plain wire: a datagram that is lost stays lost, and nobody notices. What you say is shown here at once, whether it arrives or not.")
	case m.secret != nil:
		m.Say("join.speaks.sealed",
			"This room is sealed: between here and the room nobody can read or change what is said, and what is lost on the way is sent again. The room itself reads all.")
	default:
		m.Say("join.speaks.mtp",
			"This room speaks mtp's wire: each line has a number, is acknowledged, and is sent again until it is. So nothing is lost, doubled or out of order. What you say is shown here when the room has it.")
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
	if m.session != nil {
		m.lost += m.session.Pending()
	}
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
	tell := time.NewTimer(time.Second)
	defer tell.Stop()
	for pending > 0 && time.Since(since) < most && ctx.Err() == nil && !m.ended {
		switch now := m.await(ctx, m.console.typed, tell.C); now.kind {
		case interrupted, partnerGone:
			since = time.Time{}
		case timeIsOver:
			m.Say("join.confirming",
				"I leave when the room has acknowledged what was said. Lines that wait: {lines}. Ctrl-C leaves without.",
				"lines", m.session.Pending())
			told = true
		case wasTyped:
			if now.typed.Kind == line.Interrupt {
				since = time.Time{}
			}
		case hasCome:
			m.show(now.frame)
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
	pending := len(m.early)
	if m.session != nil {
		pending += m.session.Pending()
	}
	if pending > 0 {
		m.Last("join.unconfirmed",
			"Lines that the room has not acknowledged, and that may be lost: {lines}. {list}",
			"lines", pending, "list", m.pendingList())
	}
}

// pendingList names the first of the lines that the room has not acknowledged.
func (m *member) pendingList() string {
	var texts []string
	for _, l := range m.said {
		texts = append(texts, l.text)
	}
	for _, t := range m.early {
		texts = append(texts, safe(t.Said()))
	}
	return quotedFirst(texts[:min(len(texts), maxDoubtful)], len(texts))
}
