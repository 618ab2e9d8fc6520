package chat

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/terminal"
)

// Run joins a room: this process is the sender; its child, the receiver, has inherited the socket.
func (o Join) Run(s *stage.Stage) {
	secret := o.secret(s)
	conn := o.dial(s)
	receiver, pipe, heard := startReceiver(s, conn)
	s.TitleAs("join.title", "chat join: two processes, one socket")
	s.Say("join.who",
		"I, {pid}, am the sender: I read the keyboard, write to the screen, and send. My child {child} is the receiver: it has inherited my socket, {local}, waits there for what comes from {server}, and hands it to me through a pipe.",
		"pid", os.Getpid(), "child", receiver.Process.Pid,
		"local", conn.LocalAddr().String(), "server", conn.RemoteAddr().String())
	socket := nameOf(conn)
	its := showOpen(s, s.Table("join.open",
		"what", "open", "name", "name", "sender", "sender", "receiver", "receiver"),
		receiver.Process.Pid,
		opened{s.Word("open.socket", "socket"), socket},
		opened{s.Word("open.come", "pipe: what has come"), pipe})
	if len(its[socket]) > 0 {
		s.So("join.shared",
			"It is one socket, with a descriptor in each process: I send through mine while {child} waits at its own. Standard input is open in both, and only I read there: two readers would take lines from each other.",
			"child", receiver.Process.Pid)
	}

	console, err := openConsole(os.Stdin, os.Stdout, "", func() { interrupt(os.Getpid()) })
	s.Mustf(err, "take over the terminal")
	s.Cleanup(console.close)
	out := s.Terminal().Out.Writer
	if console.editor != nil {
		out = console
		s.Terminal().Redirect(out)
	}
	m := &member{
		transcript: newTranscript(s, out, o.Bell), flags: o, conn: conn,
		network: newBadNetwork(o.Network), console: console, heard: heard, newMark: newMark(s),
		secret: secret, clock: time.NewTimer(time.Hour),
	}
	s.Must(m.chat(s.Context())) // also after an interruption, which is a way to leave
}

// dial opens a socket for datagrams to the room, and from nowhere else.
func (o Join) dial(s *stage.Stage) *net.UDPConn {
	server, err := net.ResolveUDPAddr("udp", o.Server)
	if err != nil {
		s.Fail("join.address",
			"{server} is no UDP address to send to: {error}", "server", o.Server, "error", err)
	}
	conn, err := net.DialUDP("udp", nil, server)
	if err != nil {
		s.Fail("join.unreachable",
			"can't send to {server}: {error}. Choose another address with --server",
			"server", o.Server, "error", err)
	}
	s.Cleanup(func() { conn.Close() })
	_, err = raiseBuffers(conn)
	s.Mustf(err, "ask for larger buffers")
	return conn
}

// startReceiver starts the process that waits at the socket, which it inherits. What it has heard
// comes through a pipe.
func startReceiver(
	s *stage.Stage, conn *net.UDPConn,
) (receiver *exec.Cmd, pipe string, heard <-chan frame) {
	receiver = s.Leash().Command("chat", "receiver")
	receiver.Stdin = os.Stdin // to leave the terminal as it was, should this process be killed
	fromReceiver, toSender := s.Pipe()
	receiver.Stdout = toSender
	release, err := passSocket(receiver, conn)
	s.Mustf(err, "pass the socket on")
	defer release()
	heard = startPartner(s, "the receiver", receiver, fromReceiver, toSender)
	return receiver, nameOf(fromReceiver), heard
}

// maxFailures is how often in a row reading the socket may fail before it is given up. ICMP may say
// in several ways, one after the other, that the server can't be reached; that passes.
const maxFailures = 100

// receiver hands on what comes to the socket that it has inherited, until the sender has gone.
func receiver([]string) error {
	var loan *terminal.Loan
	if editable(os.Stdin, os.Stdin) {
		loan = terminal.Borrow(os.Stdin, os.Stdin)
		loan.EditedElsewhere()
	}
	conn, err := inheritedSocket()
	if err != nil {
		return fmt.Errorf("this role needs the socket of a sender: %w", err)
	}
	leaveSignals()
	if err := writeFrame(os.Stdout, frameReady, nil); err != nil {
		return err
	}
	defer loan.GiveBack()
	go func() {
		<-process.Released()
		conn.Close()
	}()
	datagram := make([]byte, 1<<16)
	for failures := 0; failures < maxFailures; {
		n, err := conn.Read(datagram)
		failures++
		switch {
		case errors.Is(err, net.ErrClosed), errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errRefused):
			err = writeFrame(os.Stdout, frameRefused, nil)
		case err != nil:
			err = writeFrame(os.Stdout, frameFailed, []byte(err.Error()))
		default:
			failures = 0
			err = writeFrame(os.Stdout, frameDatagram, datagram[:n])
		}
		if err != nil {
			return nil // the sender has gone
		}
	}
	return nil
}
