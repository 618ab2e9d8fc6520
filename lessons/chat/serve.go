package chat

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// Run runs a room: this process owns the socket and the members; its child, the administrator, owns
// the console.
func (o Serve) Run(s *stage.Stage) {
	conn := o.listen(s)
	listening, socket := conn.LocalAddr().String(), nameOf(conn)
	granted, err := raiseBuffers(conn)
	s.Mustf(err, "ask for larger buffers")
	in, out, err := openRaw(conn)
	s.Mustf(err, "take over the socket")
	s.Cleanup(out.close)

	report := make(chan os.Signal, 1)
	notifyReport(report)
	defer signal.Stop(report)

	s.Sampler().Every(time.Second) // else it would take from the room
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
	if o.Plain {
		s.Warn("serve.known",
			"The room knows a member by its address alone. Anyone who can forge that address can speak as the member.")
	}
	s.Say("serve.how",
		"What is typed here is said in the room, by the administrator. /quit or Ctrl-C ends the room. /help lists the commands.")
	s.Try("serve.try", "mtp chat join --server "+listening, "Enter it from another terminal:")

	admin.screen.tell(frameNewMark, newMark(s)) // from here on
	h := newHost(s, o, out, admin.screen)
	s.Cleanup(h.senders.stop) // before the socket is closed
	ctx, end := context.WithCancel(s.Context())
	defer end()
	received := make(chan struct{})
	go func() {
		h.receive(ctx, in)
		close(received)
	}()
	h.attend(ctx, admin, report)
	end()
	<-received
	h.end()
	admin.end()
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
	if !addr.IP.IsLoopback() && !o.Plain {
		s.Fail("serve.plain",
			"on {listen} other machines can reach the room, and it knows a member by its address alone, which can be forged. If that is what you want, say --plain",
			"listen", o.Listen)
	}
	conn, err := net.ListenUDP("udp", addr)
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
