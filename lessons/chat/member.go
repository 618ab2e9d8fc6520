package chat

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mtp/lessons/chat/line"
	"mtp/lessons/chat/room"
	"mtp/lessons/chat/seal"
	"mtp/lessons/chat/session"
	"mtp/lessons/chat/wire"
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
	*transcript
	flags   Join
	conn    net.Conn
	network *badNetwork
	console *console
	heard   <-chan frame
	newMark string
	name    string
	others  line.Names   // that it has heard of
	early   []line.Typed // typed before there was an answer
	dropped int          // datagrams that are no lines of a room

	secret      *seal.Secret
	session     *session.Session // nil: on the plain wire
	sessionName string
	clock       *time.Timer // calls the session when its time has come
	refused     bool        // the name, by a sealed room
	left        bool        // the room has heard that it leaves
	ended       bool        // the room has
	silent      bool        // so it was told
}

// Why a member is not in a room any more, or not yet.
var (
	errLeft   = errors.New("left")
	errNobody = errors.New("nobody listens there")
)

// gone is the error of a member whose receiver is gone.
func (m *member) gone() error {
	return m.Error("join.gone", "the receiver has ended: its pipe is closed")
}

// chat enters, speaks and leaves. When the room is gone it asks to enter again: another may begin
// at the same address.
func (m *member) chat(ctx context.Context) error {
	for {
		for m.name == "" {
			err := m.enter(ctx)
			if errors.Is(err, errLeft) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		err := m.talk(ctx)
		if errors.Is(err, errTaken) {
			continue
		}
		if !errors.Is(err, errNobody) {
			return err
		}
		m.Say("join.lost",
			"So the room is gone, and what was said last may have reached nobody. I ask to enter again.")
		if m.session != nil {
			m.Say("join.lost.lines",
				"Lines that the room has not acknowledged, and that I say again when I am in: {lines}.",
				"lines", m.session.Pending())
		}
		m.flags.Name, m.name = m.name, ""
	}
}

// talk is what a member does that is in.
func (m *member) talk(ctx context.Context) error {
	m.prompt(m.name + "> ")
	m.Say("join.entered",
		"You are in, as {name}. /help lists the commands; quit, X, Ctrl-D and Ctrl-C leave.",
		"name", m.name)
	m.sayWire()
	if m.console.editor != nil {
		m.console.editor.SetNewMark(m.newMark)
	}
	early := m.early
	m.early = nil
	if slices.ContainsFunc(early, m.typed) {
		return m.leave(ctx)
	}
	for {
		typed := m.console.typed
		if m.session != nil && m.session.Pending() >= maxPending {
			typed = nil // the room takes no more for now
		}
		m.setClock()
		select {
		case <-ctx.Done():
			return m.leave(ctx)
		case f, ok := <-m.heard:
			if !ok {
				m.sayQuit()
				return m.gone()
			}
			if f.says(room.Exit) && m.session == nil {
				m.ended = true
			}
			m.show(f)
			if m.ended {
				m.Say("join.exit",
					"The room has ended: it has sent EXIT. So this program ends, too.")
				return nil
			}
			if m.refused || m.session != nil && f.says(room.Taken) {
				return m.takenMeanwhile()
			}
			if f.kind == frameRefused {
				return errNobody
			}
		case <-m.clock.C:
			m.session.Tick(time.Now())
			m.saySilence()
		case t := <-typed:
			if m.typed(t) {
				return m.leave(ctx)
			}
		}
	}
}

// maxPending is how many lines may wait for their acknowledgement; then no more are read.
const maxPending = 1024

// says reports whether a frame is a datagram with these bytes.
func (f frame) says(text string) bool { return f.kind == frameDatagram && string(f.data) == text }

// speak sends what was typed.
func (m *member) speak(t line.Typed) {
	said := t.Said()
	shown := safe(said)
	if t.Kind != line.Entered || len(said) > m.maxSaid() || shown == "" {
		m.refuse()
		return
	}
	if m.session != nil {
		m.session.Say(time.Now(), []byte(strings.ReplaceAll(said, "\n", "⏎")))
	} else {
		m.send("C " + m.name + " " + said)
	}
	m.message(m.name, shown).Say("join.own", "{name}: {text}", "name", m.name, "text", shown)
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
	m.prompt("")
	m.open(name)
	nobody := false
	for try := 1; try <= maxTries; try++ {
		if try > 1 {
			m.sayTry(try)
		}
		if m.session == nil {
			m.send("L " + name)
		}
		again := time.NewTimer(tryEvery)
		for waiting := true; waiting; {
			m.setClock()
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-again.C:
				waiting = false
			case <-m.clock.C:
				m.session.Tick(time.Now())
			case t := <-m.console.typed:
				if m.console.editor != nil && leaves(t) {
					return errLeft
				}
				m.early = append(m.early, t)
			case f, ok := <-m.heard:
				switch {
				case !ok:
					return m.gone()
				case m.secret != nil && (f.says(room.Welcome) || f.says(room.Taken)):
					return m.notSealed(name, f)
				case f.says(room.Welcome):
					m.showWire("←", f.data, fateSent)
					m.name, m.session = name, nil
					return nil
				case f.says(room.Taken):
					m.showWire("←", f.data, fateSent)
					m.session = nil
					return m.sayTaken(name)
				case f.says(room.Exit): // that was another room's
				case f.kind == frameRefused && nobody: // that was said
				case f.kind == frameRefused:
					nobody = true
					m.show(f)
					m.Say("join.wait",
						"I ask again each second, {tries} times in all. Start a room there with 'mtp chat serve'; Ctrl-C ends this.",
						"tries", maxTries)
				default:
					m.show(f) // the answer, or what has overtaken it
				}
				if m.session != nil && m.session.Entered() {
					m.name = name
					return nil
				}
				if m.refused {
					m.refused, m.session = false, nil
					return m.sayTaken(name)
				}
			}
		}
	}
	m.sayUnconfirmed()
	if m.session == nil {
		m.send("Q " + name) // should it have been let in after all
	}
	if nobody {
		return m.Error("join.absent",
			"nobody listens at {server} (ECONNREFUSED). Start a room there with 'mtp chat serve', or choose another with --server",
			"server", m.flags.Server)
	}
	return m.Error("join.silence",
		"no room answers at {server}. Is 'mtp chat serve' running there? (A full room does not answer, either.)",
		"server", m.flags.Server)
}

// sayTry says that it asks again: at a terminal, where the prompt will be.
func (m *member) sayTry(try int) {
	shown := m.sentence()
	if m.console.editor != nil {
		m.prompt(m.Text("join.asking", "asking again {try}/{tries} ",
			"try", try, "tries", maxTries))
		shown = m.unseen()
	}
	shown.Say("join.try", "No answer yet. Asking again ({try} of {tries}).",
		"try", try, "tries", maxTries)
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
				if m.console.editor != nil && leaves(t) {
					return "", errLeft
				}
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

// leave tells the room, until it answers or a second has passed. What was said before is waited
// for, unless the person will not wait.
func (m *member) leave(ctx context.Context) error {
	if m.dropped > 0 {
		m.Last("join.dropped",
			"Datagrams not shown, because they are not lines of a room: {count}.",
			"count", m.dropped)
	}
	m.confirm(ctx)
	over := time.After(leaveFor)
	for {
		m.sayLeave()
		again := time.After(leaveEach)
		for waiting := true; waiting; {
			select {
			case <-over:
				m.sayNoExit()
				return nil
			case <-again:
				waiting = false
			case f, ok := <-m.heard:
				switch {
				case !ok: // the receiver has been ended, as by SIGTERM
					m.sayQuit()
					return nil
				case f.says(room.Exit) && m.session == nil:
					m.left = true
				}
				m.show(f)
				if m.left || m.ended {
					m.Say("join.left", "Left.")
					return nil
				}
				if f.kind == frameRefused {
					m.sayNoExit()
					return nil
				}
			}
		}
	}
}

func (m *member) sayNoExit() {
	m.Say("join.noexit", "Left, but no EXIT has come from the room.")
}

// sayQuit says so a few times, when nobody is there any more to hear the answer.
func (m *member) sayQuit() {
	for range 3 {
		m.sayLeave()
		time.Sleep(leaveEach / 4)
	}
}

func (m *member) sayLeave() {
	if m.session != nil {
		m.session.Leave(time.Now())
	} else {
		m.send("Q " + m.name)
	}
}

func (m *member) send(datagram string) { m.sendBytes([]byte(datagram)) }

func (m *member) sendBytes(datagram []byte) {
	its := m.network.send(datagram, func(data []byte) {
		if _, err := m.conn.Write(data); errors.Is(err, errRefused) {
			_, _ = m.conn.Write(data) // that was about an earlier one
		}
	})
	m.showWire("→", datagram, its)
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
	m.showWire("←", f.data, fateSent)
	if m.session != nil && m.session.Receive(time.Now(), f.data) {
		m.session.Flush(time.Now())
		return
	}
	if m.secret != nil {
		return
	}
	m.showPlain(f)
}

// showPlain shows what the plain wire says.
func (m *member) showPlain(f frame) {
	if f.says(room.Exit) && (m.left || m.ended) {
		return
	}
	if len(f.data) == 0 || len(f.data) > room.MaxBytes || !utf8.Valid(f.data) {
		m.dropped++
		return
	}
	text, isNotice := strings.CutPrefix(string(f.data), "\n") // the course's notices begin with one
	shown := safe(text)
	who, said, spoke := strings.Cut(shown, ":")
	switch {
	case spoke && who == room.Admin:
		m.administrator(said).ringing().Say("join.admin", "{who}: {text}", "who", who, "text", said)
	case spoke && !isNotice:
		m.learn(who)
		m.message(who, said).ringing().Say("join.heard", "{who}: {text}", "who", who, "text", said)
	default:
		m.noticeOf(m.translated(string(f.data), shown)).
			Say("join.notice", "* {text}", "text", shown)
	}
}

// translated is what the wire says in Chinese, in the reader's language, if it is a sentence of
// mtp's own or the course's; else it is what is shown.
func (m *member) translated(datagram, shown string) string {
	what, name := room.ParseNotice(datagram)
	switch {
	case what == room.Entered:
		m.learn(name)
		return m.Text("notice.entered", "{name} has entered.", "name", name)
	case what == room.Left:
		m.forget(name)
		return m.Text("notice.left", "{name} has left.", "name", name)
	case datagram == room.TooFast:
		return m.Text("notice.fast", "You say too much at once: some of it was not passed on.")
	}
	return shown
}

// learn has Tab complete a name that it has heard of; a server may say anything.
func (m *member) learn(name string) {
	if name == "" || !mayBeName(name) {
		return
	}
	m.others.Learn(name)
	if m.console.editor != nil {
		m.console.editor.Learn(name)
	}
}

func (m *member) forget(name string) {
	m.others.Forget(name)
	if m.console.editor != nil {
		m.console.editor.Forget(name)
	}
}

func (m *member) refuse() {
	m.Warn("join.long", "Not sent: a line is text of at most {most} bytes.", "most", m.maxSaid())
}

// maxSaid is how many bytes may be said at once.
func (m *member) maxSaid() int {
	limit := room.MaxBytes - len("C "+m.name+" ")
	if m.secret != nil {
		limit = wire.SealedLineBytes - len(m.name+":")
	}
	return min(maxTyped, limit)
}

func (m *member) prompt(text string) {
	if m.console.editor != nil {
		m.console.editor.SetPrompt(text)
	}
}
