package chat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
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
// has heard, come through channels, and what is shown waits in a backlog: this process itself waits
// for nothing that blocks.
type member struct {
	*transcript
	flags      Join
	conn       net.Conn
	network    *badNetwork
	console    *console
	heard      <-chan frame
	toReceiver *os.File
	newMark    string
	name       string
	others     line.Names   // that it has heard of
	early      []line.Typed // typed before there was an answer
	dropped    int          // datagrams that are no lines of a room

	backlog *backlog
	broken  <-chan struct{} // the backlog's; nil once that has been noticed
	unheard error           // why nobody reads what is said here
	meter   meter

	pace     pace      // on the plain wire, of what no person types
	doubtful []string  // said on the plain wire since the room was heard last: the last few
	doubts   int       // how many there were
	lost     int       // lines that the room has not taken, or may not have
	returned time.Time // when it was let in again

	secret      *seal.Secret
	session     *session.Session // nil: on the plain wire
	sessionName string
	clock       *time.Timer // calls the session when its time has come
	said        []ownLine   // and not acknowledged
	late        *time.Timer // for those that wait for long
	told        time.Time   // when it was said that some do
	toldWire    bool        // which wire it is:
	plainTold   bool        // the plain one
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
			switch err := m.enter(ctx); {
			case errors.Is(err, errLeft):
				return m.outcome()
			case err != nil:
				return err
			}
		}
		m.prepareFarewell()
		err := m.talk(ctx)
		m.dropFarewell()
		switch {
		case errors.Is(err, errTaken):
			continue
		case errors.Is(err, errNobody):
		case err != nil:
			return err
		default:
			return m.outcome()
		}
		m.Say("join.lost", "So the room is gone. I ask to enter again.")
		if m.session != nil {
			m.Say("join.lost.lines",
				"Lines that the room has not acknowledged, and that I say again when I am in: {lines}.",
				"lines", m.session.Pending())
		}
		m.sayDoubtful()
		m.flags.Name, m.name = m.name, ""
	}
}

// outcome is an error if nobody reads what is said here, or if the room has not taken all that came
// from a script: a person has seen it.
func (m *member) outcome() error {
	if m.unheard != nil {
		return fmt.Errorf("write the output: %w", m.unheard)
	}
	if m.session != nil {
		m.lost += m.session.Pending()
	}
	if m.lost == 0 || m.console.editor != nil {
		return nil
	}
	return m.Error("join.untaken",
		"the room has not taken all that was said, or may not have; lines, at least: {lines}",
		"lines", m.lost)
}

// talk is what a member does that is in.
func (m *member) talk(ctx context.Context) error {
	m.prompt(m.name + "> ")
	m.Say("join.entered",
		"You are in, as {name}. /help lists the commands; quit, X, Ctrl-D and Ctrl-C leave.",
		"name", m.name)
	if plain := m.session == nil; !m.toldWire || plain != m.plainTold {
		m.toldWire, m.plainTold = true, plain
		m.sayWire()
	}
	if m.console.editor != nil {
		m.console.editor.SetNewMark(m.newMark)
	}
	m.pace = newPace(m.rate())
	if m.sayEarly() {
		return m.leave(ctx)
	}
	next := time.NewTimer(time.Hour)
	defer next.Stop()
	for {
		typed, wait := m.reads()
		next.Reset(wait)
		switch now := m.await(ctx, typed, next.C); now.kind {
		case interrupted:
			return m.leave(ctx)
		case partnerGone:
			m.sayQuit()
			return m.gone()
		case wasTyped:
			if m.typed(now.typed) {
				return m.leave(ctx)
			}
		case hasCome:
			if over, err := m.hears(ctx, now.frame); over {
				return err
			}
		case timeIsOver:
		}
	}
}

// hears does what has come, to one who is in.
func (m *member) hears(ctx context.Context, f frame) (over bool, err error) {
	if f.says(room.Exit) && m.session == nil {
		m.showWire("←", f.data, fateSent)
		return m.comeBack(ctx)
	}
	if f.kind == frameDatagram {
		m.doubtful, m.doubts = nil, 0
	}
	asks := m.session != nil && !m.session.Entered()
	m.show(f)
	switch {
	case m.ended:
		m.sayEnded()
		return true, nil
	case m.refused, asks && f.refusesName():
		return true, m.takenMeanwhile()
	case f.kind == frameRefused:
		return true, errNobody
	}
	return false, nil
}

func (m *member) sayEnded() {
	m.Say("join.exit", "The room has ended: it has sent EXIT. So this program ends, too.")
}

// sayEarly does what was typed before there was an answer.
func (m *member) sayEarly() (leave bool) {
	early := m.early
	m.early = nil
	return slices.ContainsFunc(early, m.typed)
}

// How a member asks to enter again when the plain wire says EXIT, which it has not asked for.
const (
	returnTries = 8
	returnEach  = 250 * time.Millisecond
	returnMost  = time.Second // once in it; somebody may forge the room's address
)

// comeBack asks to enter again. EXIT is what a room says that ends, and what it answers to one who
// is not in: whom it had out for silence, or knows nothing of because it has begun anew.
func (m *member) comeBack(ctx context.Context) (over bool, err error) {
	next := time.NewTimer(time.Until(m.returned.Add(returnMost)))
	defer next.Stop()
	// Who has nothing to say now need not be in: it asks whether the room is there (Q gets EXIT).
	asks, lives := "L ", false
	if m.doubts == 0 && m.console.editor != nil {
		asks = "Q "
	}
	for tries := 0; ; {
		switch now := m.await(ctx, m.readsEarly(), next.C); {
		case now.kind == interrupted:
			return true, m.leave(ctx)
		case now.kind == partnerGone:
			m.sayQuit()
			return true, m.gone()
		case now.kind == wasTyped && leaves(now.typed):
			return true, m.leave(ctx)
		case now.kind == wasTyped:
			m.early = append(m.early, now.typed)
			asks, lives, tries = "L ", false, 0
			next.Reset(0)
		case lives:
			if now.kind == hasCome && !now.frame.says(room.Exit) {
				m.show(now.frame)
			}
			next.Reset(time.Hour)
		case now.kind == timeIsOver && tries < returnTries:
			tries++
			m.send(asks + m.name)
			next.Reset(returnEach)
		case now.kind == timeIsOver, now.frame.kind == frameRefused:
			m.sayEnded()
			m.lost += m.doubts + len(m.early)
			return true, nil
		case now.frame.says(room.Exit):
			m.showWire("←", now.frame.data, fateSent)
			if asks == "Q " && tries > 0 {
				lives = true
				m.Warn("join.out",
					"The room is there, but you are not in it any more: you were silent for too long, or it has begun anew. What you type next makes me enter again.")
			}
		case now.frame.refusesName():
			m.showWire("←", now.frame.data, fateSent)
			m.sayDoubtful()
			return true, m.takenMeanwhile()
		case now.frame.says(room.Welcome):
			m.showWire("←", now.frame.data, fateSent)
			m.returned = time.Now()
			m.Warn("join.readmitted",
				"EXIT has come, so I have asked to enter again, and you are in.")
			m.sayDoubtful()
			if m.sayEarly() {
				return true, m.leave(ctx)
			}
			return false, nil
		default:
			m.show(now.frame)
		}
	}
}

// maxDoubtful is how many lines are named that may not have arrived.
const maxDoubtful = 5

// sayDoubtful says what was said on the plain wire since the room was heard last. It is not said
// again: it may have arrived.
func (m *member) sayDoubtful() {
	if m.doubts == 0 {
		return
	}
	m.Warn("join.doubtful", "The last lines that you said may not have arrived: {count}. {lines}",
		"count", m.doubts, "lines", quotedLast(m.doubtful, m.doubts))
	m.lost += m.doubts
	m.doubtful, m.doubts = nil, 0
}

// quotedLast names lines, the last of so many.
func quotedLast(lines []string, of int) string {
	if len(lines) < of {
		return "… " + quotedFirst(lines, len(lines))
	}
	return quotedFirst(lines, of)
}

// quotedFirst names lines, the first of so many.
func quotedFirst(lines []string, of int) string {
	list := "“" + strings.Join(lines, "” “") + "”"
	if len(lines) < of {
		list += " …"
	}
	return list
}

// reads is where lines come from, or nil if none is to be read for now; then, for how long.
func (m *member) reads() (typed <-chan line.Typed, wait time.Duration) {
	script := m.console.editor == nil
	switch {
	case script && m.backlog.full():
		return nil, time.Second // it says when it is not any more
	case m.session != nil && m.session.Pending() >= maxPending:
		return nil, time.Second // the room takes no more for now
	case m.session == nil && script:
		if wait := m.pace.wait(time.Now()); wait > 0 {
			return nil, wait
		}
	}
	return m.console.typed, time.Hour
}

// readsEarly is where lines come from while there is no answer. What a script has to say can wait.
func (m *member) readsEarly() <-chan line.Typed {
	if m.console.editor == nil || len(m.early) >= maxPending {
		return nil
	}
	return m.console.typed
}

// rate is how many lines of a script are sent in a second on the plain wire. A room that knows only
// that, though it was asked for the other, is one of the course.
func (m *member) rate() int {
	switch {
	case m.flags.Rate > 0:
		return m.flags.Rate
	case m.flags.Plain:
		return rateForRoom
	}
	return rateForCourse
}

// maxPending is how many lines may wait for their acknowledgement; then no more are read.
const maxPending = 1024

// says reports whether a frame is a datagram with these bytes.
func (f frame) says(text string) bool { return f.kind == frameDatagram && string(f.data) == text }

// refusesName reports whether it is the answer of a room that does not let a name in.
func (f frame) refusesName() bool { return f.says(room.Taken) || f.says(wire.No) }

// speak sends what was typed.
func (m *member) speak(t line.Typed) {
	said := t.Said()
	shown := safe(said)
	if t.Kind != line.Entered || len(said) > m.maxSaid() || shown == "" {
		m.refuse()
		return
	}
	row := m.message(m.name, shown)
	if m.session != nil {
		row = m.unseen() // the row comes when the room has it
		m.awaitAck(shown)
	}
	row.Say("join.own", "{name}: {text}", "name", m.name, "text", shown)
	if m.session != nil {
		m.session.Say(time.Now(), []byte(strings.ReplaceAll(said, "\n", "⏎")))
		return
	}
	m.send("C " + m.name + " " + said)
	m.pace.sent()
	m.doubts++
	m.doubtful = append(m.doubtful, shown)
	m.doubtful = m.doubtful[max(len(m.doubtful)-maxDoubtful, 0):]
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
			now := m.await(ctx, m.readsEarly(), again.C)
			f := now.frame
			switch {
			case now.kind == interrupted && m.unheard != nil:
				return m.outcome()
			case now.kind == interrupted:
				return context.Cause(ctx)
			case now.kind == timeIsOver:
				waiting = false
			case now.kind == wasTyped:
				if leaves(now.typed) {
					return errLeft
				}
				m.early = append(m.early, now.typed)
				m.sayEarlyWaits(now.typed)
			case now.kind == partnerGone:
				return m.gone()
			case m.secret != nil && (f.says(room.Welcome) || f.refusesName()):
				return m.notSealed(name, f)
			case f.says(room.Welcome):
				m.showWire("←", f.data, fateSent)
				m.sayUnconfirmed() // if it was another room's
				m.name, m.session = name, nil
				return nil
			case f.refusesName():
				m.showWire("←", f.data, fateSent)
				m.session = nil
				return m.sayTaken(name)
			case f.says(room.Exit): // that was another room's
			case f.kind == frameRefused && nobody: // that was said
			case f.kind == frameRefused:
				nobody = true
				m.show(f)
				m.Say("join.wait",
					"I ask again each second, {tries} times in all. Start a room there with 'mtp chat serve --listen {server}'; Ctrl-C ends this.",
					"tries", maxTries, "server", m.flags.Server)
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
	m.sayUnconfirmed()
	if m.session == nil {
		m.send("Q " + name) // should it have been let in after all
	}
	if nobody {
		return m.Error("join.absent",
			"nobody listens at {server} (ECONNREFUSED). Start a room there with 'mtp chat serve --listen {server}', or choose another with --server",
			"server", m.flags.Server)
	}
	return m.Error("join.silence",
		"no room answers at {server}. Is 'mtp chat serve --listen {server}' running there? (A full room does not answer, either, nor does a sealed one without its secret.)",
		"server", m.flags.Server)
}

// sayEarlyWaits shows what a person has typed and nobody can hear yet.
func (m *member) sayEarlyWaits(t line.Typed) {
	if _, command := t.Command(); !command && t.Kind == line.Entered && m.console.editor != nil {
		m.faint().Say("join.waiting", "Not yet taken by the room: {list}",
			"list", quotedFirst([]string{safe(t.Said())}, 1), "lines", len(m.early))
	}
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
		switch now := m.await(ctx, m.console.typed, nil); now.kind {
		case interrupted:
			if m.unheard != nil {
				return "", m.outcome()
			}
			return "", context.Cause(ctx)
		case partnerGone:
			return "", m.gone()
		case hasCome:
			m.show(now.frame)
		case wasTyped:
			switch t := now.typed; t.Kind {
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
		case timeIsOver:
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
	m.sumUp()
	m.confirm(ctx)
	ctx = context.WithoutCancel(ctx) // this takes a second at most
	over := time.After(leaveFor)
	for {
		m.sayLeave()
		again := time.NewTimer(leaveEach)
		for waiting := true; waiting; {
			select {
			case <-over:
				m.sayNoExit()
				return nil
			default:
			}
			now := m.await(ctx, nil, again.C)
			f := now.frame
			switch {
			case now.kind == timeIsOver:
				waiting = false
			case now.kind == partnerGone: // it has been ended, as by SIGTERM
				m.sayQuit()
				return nil
			case now.kind != hasCome:
			case f.says(room.Exit) && m.session == nil:
				m.showWire("←", f.data, fateSent)
				m.left = true
			default:
				m.show(f)
			}
			if m.left || m.ended {
				m.Say("join.left", "Left.")
				return nil
			}
			if now.kind == hasCome && f.kind == frameRefused {
				m.sayNoExit()
				return nil
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
	switch {
	case f.kind == frameRefused && m.mayShow():
		m.Warn("join.refused",
			"ECONNREFUSED: an ICMP message says that nobody receives at {server}.",
			"server", m.flags.Server)
	case f.kind == frameFailed && m.mayShow():
		m.Warn("join.failed", "{server} could not be reached just now: {error}.",
			"server", m.flags.Server, "error", string(f.data))
	case f.kind != frameDatagram:
	default:
		m.showDatagram(f)
	}
}

// showDatagram shows what a datagram says. To one who is in on the mtp wire only that one speaks:
// what is plain was forged, or is an answer that came late.
func (m *member) showDatagram(f frame) {
	m.showWire("←", f.data, fateSent)
	if m.session != nil && m.session.Receive(time.Now(), f.data) {
		m.session.Flush(time.Now())
		return
	}
	switch {
	case f.says(room.Welcome), f.refusesName(): // it is in, or hears it elsewhere
	case m.secret != nil, m.session != nil && m.session.In():
		m.dropped++
	case f.says(room.Exit):
	case !isLine(f.data):
		m.dropped++
	default:
		if number, asks := room.ParseAsk(string(f.data)); asks && m.name != "" {
			m.send("C " + m.name + " " + number)
		}
		if m.mayShow() {
			m.showPlain(f)
		}
	}
	if f.says(room.TooFast) && m.session == nil {
		m.pace.slower()
		m.lost++
	}
}

// isLine reports whether a datagram may be a line of a room.
func isLine(data []byte) bool {
	return len(data) > 0 && len(data) <= room.MaxBytes && utf8.Valid(data)
}

// showPlain shows what the plain wire says.
func (m *member) showPlain(f frame) {
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
	case datagram == room.Proved:
		return m.Text("notice.proved",
			"The room knows now that you receive at your address: from now on you hear it.")
	}
	if number, asks := room.ParseAsk(datagram); asks {
		return m.Text("notice.number",
			"The room has sent the number {number}, to see whether you receive at your address. It was sent back.",
			"number", number)
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
	m.lost++
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

// prepareFarewell tells the receiver what says that the member leaves, should this process be
// killed: the receiver has the same socket.
func (m *member) prepareFarewell() {
	farewell := []byte("Q " + m.name)
	if m.session != nil {
		farewell = m.session.Farewell()
	}
	_ = writeFrame(m.toReceiver, frameFarewell, farewell) // if it is gone, that is noticed
}

// dropFarewell is for a member that is not in any more.
func (m *member) dropFarewell() { _ = writeFrame(m.toReceiver, frameFarewell, nil) }
