package chat

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"time"

	"mtp/lessons/chat/journal"
	"mtp/lessons/chat/room"
	"mtp/lessons/chat/seal"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// Run runs a room: this process owns the socket and the members; its child, the administrator, owns
// the console.
func (o Serve) Run(s *stage.Stage) {
	s.Room(2 * stage.Threads)
	secret := o.secret(s)
	conn := o.listen(s)
	listening, socket := conn.LocalAddr().String(), nameOf(conn)
	loopback := conn.LocalAddr().(*net.UDPAddr).IP.IsLoopback()
	granted, err := raiseBuffers(conn)
	s.Mustf(err, "ask for larger buffers")
	in, out, err := openRaw(conn)
	s.Mustf(err, "take over the socket")
	s.Cleanup(out.close)

	report := make(chan os.Signal, 1)
	notifyReport(report)
	defer signal.Stop(report)

	s.Sampler().Every(time.Second) // else it would take from the room
	s.Flow()
	admin := startAdmin(s)
	s.TitleAs("serve.title", "chat serve: a room, and two processes")
	s.Say("serve.who",
		"I, {pid}, am the room: I have the socket {listen}, and the members in my memory. My child {child} is the administrator's process: it reads what is typed, and hands it to me through a pipe.",
		"pid", os.Getpid(), "child", admin.pid, "listen", listening)
	its := showOpen(s, s.Table("serve.open",
		"what", "open", "name", "name", "room", "room", "admin", "admin"), admin.pid,
		opened{s.Word("open.socket", "socket"), socket},
		opened{s.Word("open.typed", "pipe: what is typed"), admin.typedPipe},
		opened{s.Word("open.shown", "pipe: to the screen"), admin.shownPipe})
	if its != nil && len(its[socket]) == 0 {
		s.So("serve.apart",
			"The socket is not open in {child}, so it neither hears the members nor speaks to them itself. Standard input is open in both, and only {child} reads there: two readers would take lines from each other.",
			"child", admin.pid)
	}
	s.So("serve.memory",
		"{child} was started as a program of its own, with memory of its own, so it can't see who is in the room.",
		"child", admin.pid)
	s.See("serve.buffers", kernel.Source("getsockopt(SO_RCVBUF, SO_SNDBUF)"),
		"The socket's buffers: {receive} bytes to receive, {send} to send.",
		"receive", granted[0], "send", granted[1])
	switch {
	case secret != nil:
		s.Say("serve.sealed",
			"The room is sealed: only those who hold the secret enter, and what is said is encrypted. They need mtp; the course's clients get no answer.")
	case o.Plain:
		s.Warn("serve.known",
			"On the plain wire the room knows a member by its address alone: whoever can forge that address can speak as the member. A member on another machine hears the room only once it has said a number that the room sends it, so nobody can aim the room at others. Such a member is sent at most {most} bytes a minute.",
			"most", maxPerMinute)
	case !loopback:
		s.Say("serve.mtponly",
			"From other machines members enter on the mtp wire only, where each proves its address. --plain lets those on the plain wire in, too.")
	}
	s.Say("serve.how",
		"What is typed here is said in the room, by the administrator. /quit or Ctrl-C ends the room. /help lists the commands.")
	join := "mtp chat join --server " + listening
	if o.SecretFile != "" {
		join += " --secret-file " + o.SecretFile
	}
	s.Try("serve.try", join, "Enter it from another terminal:")

	admin.screen.tell(frameNewMark, newMark(s)) // from here on
	h := newHost(s, o, out, admin.screen)
	s.Cleanup(h.senders.stop) // before the socket is closed
	s.Cleanup(func() { h.timer.Stop() })
	h.open(s, secret, loopback)
	ctx, end := context.WithCancel(s.Context())
	defer end()
	received := make(chan struct{})
	go func() {
		h.receive(ctx, in)
		close(received)
	}()
	h.attend(ctx, admin, report)
	h.linger()
	end()
	<-received
	h.end()
	admin.end()
}

// open decides who may enter, and goes on with what the log has kept.
func (h *host) open(s *stage.Stage, secret *seal.Secret, loopback bool) {
	switch {
	case secret != nil:
		h.room.SealWith(*secret)
	case !h.flags.Plain && !loopback:
		h.room.Only(room.PlainNearby)
	}
	if h.flags.Log == "" {
		return
	}
	log, err := journal.Open(h.flags.Log, h.room.LogID())
	s.Mustf(err, "open the log")
	s.Cleanup(func() { _ = log.Close() })
	h.room.Keep(log, log.ID(), log.Kept)
	s.Say("serve.log", "What is said is kept in {file}; lines that were in it: {lines}.",
		"file", h.flags.Log, "lines", len(log.Kept))
	log.Kept = nil
}

// bufferBytes is what is asked for on each side of a socket: with the usual 208 KiB a burst is
// mostly lost.
const bufferBytes = 4 << 20

// listen opens the socket.
func (o Serve) listen(s *stage.Stage) *net.UDPConn {
	addr, err := net.ResolveUDPAddr("udp", o.Listen)
	if err != nil {
		s.Fail("serve.address",
			"{listen} is no UDP address to listen on: {error}", "listen", o.Listen, "error", err)
	}
	network := "udp"
	if addr.IP.To4() != nil { // else 0.0.0.0 would be all of IPv6, too
		network = "udp4"
	}
	conn, err := net.ListenUDP(network, addr)
	if errors.Is(err, errInUse) {
		s.Fail("serve.inuse",
			"{listen} is in use: another process listens there. End it, or choose another address with --listen",
			"listen", o.Listen)
	}
	if err != nil {
		s.Fail("serve.listen",
			"can't listen on {listen}: {error}. Choose another address with --listen",
			"listen", o.Listen, "error", err)
	}
	s.Cleanup(func() { conn.Close() })
	return conn
}
