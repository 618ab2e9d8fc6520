package chat

import (
	"errors"
	"net"
	"os"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// Run runs a room: this process owns the socket and the members; its child, the administrator, owns
// the console.
func (o Serve) Run(s *stage.Stage) {
	conn := o.listen(s)
	listening := conn.LocalAddr().String()
	granted, err := raiseBuffers(conn)
	s.Mustf(err, "ask for larger buffers")
	in, out, err := openRaw(conn)
	s.Mustf(err, "take over the socket")
	s.Cleanup(out.close)

	s.Sampler().Every(time.Second) // else it would take from the room
	admin := startAdmin(s)
	s.TitleAs("serve.title", "chat serve: a room, and two processes")
	s.See("serve.who", kernel.Source(openFiles(os.Getpid())),
		"I, {pid}, am the room: the socket {listen} and the members are mine. My child {child} is the administrator: it has the console, and hands me what is typed there through a pipe. It can't see the members.",
		"pid", os.Getpid(), "child", admin.pid, "listen", listening)
	s.See("serve.buffers", kernel.Source("getsockopt(SO_RCVBUF, SO_SNDBUF)"),
		"The socket's buffers: {receive} bytes to receive, {send} to send.",
		"receive", granted[0], "send", granted[1])
	if o.Plain {
		s.Warn("serve.known",
			"Members are known by their address alone. Whoever can forge one can speak as its member.")
	}
	s.Try("serve.try", "mtp chat join --server "+listening, "Enter it from another terminal:")

	h := newHost(s, o, out)
	s.Cleanup(h.senders.stop) // before the socket is closed
	received := make(chan struct{})
	go func() {
		h.receive(s.Context(), in)
		close(received)
	}()
	h.attend(s.Context(), admin)
	<-received
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
			"on {listen} others can reach the room, and who is in it is known by an address alone, which can be forged. If that is what you want, say --plain",
			"listen", o.Listen)
	}
	conn, err := net.ListenUDP("udp", addr)
	if errors.Is(err, errInUse) {
		s.Fail("serve.inuse",
			"{listen} is in use: another process listens there. End it, or choose another address with --listen",
			"listen", o.Listen)
	}
	s.Mustf(err, "listen on %s", o.Listen)
	s.Cleanup(func() { conn.Close() })
	return conn
}
