package chat

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/visible"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

const (
	tries     = 10          // to enter
	tryEvery  = time.Second // and to wait for an answer
	leaveFor  = time.Second // and how long to wait for EXIT
	leaveEach = 200 * time.Millisecond
)

// mostFailures is how often in a row reading the socket may fail before it is given up.
const mostFailures = 100

// Run joins a room: this process is the sender; its child, the receiver, has inherited the socket.
func (j Join) Run(ctx context.Context, say *narrate.Narrator) error {
	server, err := net.ResolveUDPAddr("udp", j.Server)
	if err != nil {
		return say.Error("join.address", "{server} is no UDP address to send to: {error}", "server", j.Server, "error", err)
	}
	conn, err := net.DialUDP("udp", nil, server)
	if err != nil {
		return fmt.Errorf("open a socket: %w", err)
	}
	defer conn.Close()
	if _, err := raiseBuffers(conn); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	partner := leash.Command("chat", "receiver")
	partner.Stdin = os.Stdin // to leave the terminal as it was, should this process be killed
	heard, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer heard.Close()
	partner.Stdout = in
	release, err := passSocket(partner, conn)
	if err != nil {
		return err
	}
	defer release()
	err = leash.StartPartner(partner)
	in.Close()
	if err != nil {
		return say.StartError(err, 0)
	}
	frames := make(chan frame)
	go readFrames(heard, frames)
	if f, ok := <-frames; !ok || f.kind != frameReady {
		return leash.Explain(errors.New("the receiver did not begin"))
	}

	say.Title("join.title", "chat join: two processes, one socket")
	say.See("join.who", openFiles(os.Getpid()), "I, {pid}, am the sender: I have the keyboard and the screen. My child {child} is the receiver: it waits at the same socket, {local}, which it has inherited, and hands me through a pipe what comes from {server}.",
		"pid", os.Getpid(), "child", partner.Process.Pid, "local", conn.LocalAddr().String(), "server", conn.RemoteAddr().String())

	terminal, err := openConsole(os.Stdin, os.Stdout, "")
	if err != nil {
		return err
	}
	defer terminal.close()
	if terminal.editor != nil {
		say.Out.Writer = terminal
	}
	m := &member{flags: j, Narrator: say, conn: conn, network: newBadNetwork(j.Network), console: terminal, frames: frames}
	return m.chat(ctx)
}

// frame is what came through a pipe.
type frame struct {
	kind frameKind
	data []byte
}

// readFrames passes frames on until the other side has gone.
func readFrames(from *os.File, to chan<- frame) {
	defer close(to)
	for reader := bufio.NewReader(from); ; {
		kind, data, err := readFrame(reader)
		if err != nil {
			return
		}
		to <- frame{kind, data}
	}
}

// member is somebody who joins.
type member struct {
	*narrate.Narrator
	flags   Join
	conn    net.Conn
	network *badNetwork
	console *console
	frames  <-chan frame
	name    string
	early   []typed // typed before there was an answer
	dropped int     // datagrams that are no lines of a room
}

var (
	errGone = errors.New("the receiver has ended")
	errLeft = errors.New("left")
)

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
	m.Say("join.entered", "You are in, as {name}. quit, X, Ctrl-D and Ctrl-C leave.", "name", m.name)
	if slices.ContainsFunc(m.early, m.typed) {
		return m.leave()
	}
	for {
		select {
		case <-ctx.Done():
			return m.leave()
		case f, ok := <-m.frames:
			if !ok {
				m.sayQuit()
				return errGone
			}
			if f.kind == frameDatagram && string(f.data) == room.Exit {
				m.Say("join.exit", "The room has said goodbye.")
				return nil
			}
			m.show(f)
		case t := <-m.console.lines:
			if m.typed(t) {
				return m.leave()
			}
		}
	}
}

// typed does what was typed.
func (m *member) typed(t typed) (leave bool) {
	switch {
	case t.end, t.leave, t.text == "quit", t.text == "X":
		return true
	case t.refused:
		m.refuse()
	case len("C "+m.name+" "+t.text) > room.MaxBytes || len(visible.Append(nil, []byte(t.text))) == 0:
		m.refuse()
	default:
		m.send("C " + m.name + " " + t.text)
		m.Say("join.own", "{name}: {text}", "name", m.name, "text", string(visible.Append(nil, []byte(t.text))))
	}
	return false
}

// enter asks for a name, unless there is one, and for the room to take it.
func (m *member) enter(ctx context.Context) error {
	name := m.flags.Name
	if name == "" {
		m.prompt(m.Text("join.name", "Your name: "))
		if m.console.editor == nil {
			m.Say("join.ask", "The first line is your name.")
		}
	}
	for name == "" {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case f, ok := <-m.frames:
			if !ok {
				return errGone
			}
			m.show(f)
		case t := <-m.console.lines:
			name = strings.TrimSpace(t.text)
			switch {
			case t.end, t.leave:
				return errLeft
			case t.refused:
				m.refuse()
			}
		}
	}
	if strings.ContainsAny(name, " \t") || utf8.RuneCountInString(name) > 32 {
		return m.again("join.badname", "A name has no spaces, and at most 32 characters.", name)
	}
	for try := 1; try <= tries; try++ {
		if try > 1 {
			m.Say("join.try", "No answer yet. I ask again ({try} of {tries}).", "try", try, "tries", tries)
		}
		m.send("L " + name)
		again := time.NewTimer(tryEvery)
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-again.C:
				waiting = false
			case t := <-m.console.lines:
				if t.leave || t.end && m.console.editor != nil {
					return errLeft
				}
				m.early = append(m.early, t)
			case f, ok := <-m.frames:
				switch {
				case !ok:
					return errGone
				case f.kind == frameDatagram && string(f.data) == room.Welcome:
					m.name = name
					return nil
				case f.kind == frameDatagram && string(f.data) == room.Taken:
					return m.again("join.taken", "The room refuses the name {name}: it is taken, or reads like the administrator's, or has characters that can't be seen.", name)
				default:
					m.show(f) // it has overtaken the answer
				}
			}
		}
	}
	m.send("Q " + name) // should it have been let in after all
	return m.Error("join.silence", "no room answers at {server}. Is 'mtp chat serve' running there? (A full room does not answer, either.)", "server", m.flags.Server)
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
func (m *member) leave() error {
	if m.dropped > 0 {
		m.Last("join.dropped", "Not shown, because they are no lines of a room: {count} datagrams.", "count", m.dropped)
	}
	over := time.After(leaveFor)
	for {
		m.send("Q " + m.name)
		again := time.After(leaveEach)
		for waiting := true; waiting; {
			select {
			case <-over:
				m.Say("join.noexit", "Left. (The room has not answered.)")
				return nil
			case <-again:
				waiting = false
			case f, ok := <-m.frames:
				switch {
				case !ok: // the receiver has been ended, as by SIGTERM
					m.sayQuit()
					return nil
				case f.kind == frameDatagram && string(f.data) == room.Exit:
					m.Say("join.left", "Left.")
					return nil
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
		m.Warn("join.refused", "Nobody listens at {server} (ECONNREFUSED).", "server", m.flags.Server)
		return
	case frameFailed:
		m.Warn("join.failed", "{server} could not be reached just now: {error}.", "server", m.flags.Server, "error", string(f.data))
		return
	}
	if m.flags.Wire {
		m.Say("join.wire.in", "← {bytes}", "bytes", fmt.Sprintf("%q", f.data))
	}
	if len(f.data) == 0 || len(f.data) > room.MaxBytes || !utf8.Valid(f.data) {
		m.dropped++
		return
	}
	text := strings.TrimPrefix(string(f.data), "\n") // the course's notices begin with one
	shown := string(visible.Append(nil, []byte(text)))
	who, said, spoke := strings.Cut(shown, ":")
	switch {
	case spoke && who == "管理员":
		m.Warn("join.admin", "{who}: {text}", "who", who, "text", said)
	case spoke && !strings.HasPrefix(string(f.data), "\n"):
		m.See("join.heard", who, "{text}", "text", said)
	default:
		m.Say("join.notice", "* {text}", "text", shown)
	}
}

func (m *member) refuse() {
	m.Warn("join.long", "Not sent: a line is text of at most {most} bytes.", "most", min(mostTyped, room.MaxBytes-len("C "+m.name+" ")))
}

func (m *member) prompt(text string) {
	if m.console.editor != nil {
		m.console.editor.SetPrompt(text)
	}
}

// receiver hands on what comes to the socket that it has inherited, until the sender has gone.
func receiver([]string) error {
	before, _ := term.GetState(int(os.Stdin.Fd()))
	conn, err := inheritedSocket()
	if err != nil {
		return fmt.Errorf("this role needs the socket of a sender: %w", err)
	}
	ignoreConsole()
	if err := writeFrame(os.Stdout, frameReady, nil); err != nil {
		return err
	}
	go func() {
		<-process.Released()
		conn.Close()
	}()
	failures := 0                                                                                  // one after the other: ICMP may say that the server can't be reached, in several ways, and that passes
	for err, datagram := error(nil), make([]byte, 1<<16); err == nil && failures < mostFailures; { // until the sender has gone
		n, failed := conn.Read(datagram)
		switch failures++; {
		case errors.Is(failed, net.ErrClosed), errors.Is(failed, io.EOF):
			err = failed
		case errors.Is(failed, errRefused):
			err = writeFrame(os.Stdout, frameRefused, nil)
		case failed != nil:
			err = writeFrame(os.Stdout, frameFailed, []byte(failed.Error()))
		default:
			failures = 0
			err = writeFrame(os.Stdout, frameDatagram, datagram[:n])
		}
	}
	restore(int(os.Stdin.Fd()), before)
	return nil
}
