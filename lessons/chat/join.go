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
	s.Room(2 * stage.Threads)
	secret := o.secret(s)
	backlog := newBacklog(os.Stdout)
	s.Cleanup(backlog.close)
	s.Terminal().Redirect(backlog)
	conn := o.dial(s)
	s.Sampler().Every(time.Second) // it would grow with each change that it sees
	receiver, pipe, heard, toReceiver := startReceiver(s, conn)
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
		opened{s.Word("open.come", "pipe: what has come"), pipe},
		opened{s.Word("open.goodbye", "pipe: how to say goodbye"), nameOf(toReceiver)})
	if len(its[socket]) > 0 {
		s.So("join.shared",
			"It is one socket, with a descriptor in each process: I send through mine while {child} waits at its own. Standard input is open in both, and only I read there: two readers would take lines from each other.",
			"child", receiver.Process.Pid)
	}

	backlog.settle() // before the terminal is raw, where a newline is no return
	console, err := openConsole(os.Stdin, os.Stdout, "", func() { interrupt(os.Getpid()) },
		s.Context().Done())
	s.Mustf(err, "take over the terminal")
	s.Cleanup(console.close)
	s.Cleanup(backlog.close) // before that
	out := io.Writer(backlog)
	if console.editor != nil {
		console.editor.Redirect(backlog)
		out = console
	}
	s.Terminal().Redirect(out)
	m := &member{
		transcript: newTranscript(s, out, o.Bell), flags: o, conn: conn,
		network: newBadNetwork(o.Network), console: console, newMark: newMark(s),
		heard: heard, toReceiver: toReceiver, backlog: backlog, broken: backlog.broken,
		secret: secret, clock: time.NewTimer(time.Hour), late: time.NewTimer(time.Hour),
		meter: meter{sums: time.NewTimer(time.Hour)},
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
// comes through a pipe; through another it is told how to say goodbye.
func startReceiver(
	s *stage.Stage, conn *net.UDPConn,
) (receiver *exec.Cmd, pipe string, heard <-chan frame, toReceiver *os.File) {
	receiver = s.Leash().Command("chat", "receiver")
	receiver.Stdin = os.Stdin // to leave the terminal as it was, should this process be killed
	fromReceiver, toSender := s.Pipe()
	fromSender, toReceiver := s.Pipe()
	receiver.Stdout = toSender
	release, err := passSocket(receiver, conn, fromSender)
	s.Mustf(err, "pass the socket on")
	defer release()
	heard = startPartner(s, "the receiver", receiver, fromReceiver, toSender, fromSender)
	return receiver, nameOf(fromReceiver), heard, toReceiver
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
	go watchOver(os.Getppid(), loan, process.Released())
	saidGoodbye := make(chan struct{})
	go func() {
		sayGoodbye(process.File(1), conn)
		close(saidGoodbye)
	}()
	awaitGoodbye := func() {
		select {
		case <-saidGoodbye:
		case <-time.After(leaveEach): // the sender is there yet, and says it itself
		}
	}
	defer awaitGoodbye()
	go func() {
		<-process.Released()
		awaitGoodbye()
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

// sayGoodbye waits until the sender is gone: then its pipe is closed. If it was killed as a member,
// the room is told that the member leaves, so no ghost of it stays; a few times, for nobody waits
// for the answer.
func sayGoodbye(fromSender *os.File, conn any) {
	var farewell []byte
	for fromSender != nil {
		f, err := readFrame(fromSender)
		if err != nil {
			break
		}
		farewell = f.data
	}
	if room, is := conn.(io.Writer); is && len(farewell) > 0 {
		for range 3 {
			_, _ = room.Write(farewell)
			time.Sleep(leaveEach / 4)
		}
	}
}
