package chat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/visible"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// bufferBytes is what the room asks for on each side of its socket: with the usual 208 KiB a burst is mostly lost.
const bufferBytes = 4 << 20

// Run runs a room: this process owns the socket and the members; its child, the administrator, owns the console.
func (s Serve) Run(ctx context.Context, say *narrate.Narrator) error {
	conn, err := s.listen(say)
	if err != nil {
		return err
	}
	listening := conn.LocalAddr().String()
	granted, err := raiseBuffers(conn)
	if err != nil {
		return err
	}
	in, out, err := openRaw(conn)
	if err != nil {
		return err
	}
	defer out.close()
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()
	say.Watch.Every(time.Second)
	host := &host{Serve: s, Narrator: say, out: out, places: map[int]netip.AddrPort{}, slots: map[netip.AddrPort]int{}, network: newBadNetwork(s.Network), budgets: map[netip.AddrPort]int{}}
	host.room = room.New(room.Wire{Reply: host.reply, Relay: host.relay, Enter: host.enter, Leave: host.leave, Tell: host.tell}, s.Idle, s.Rate)
	console, err := host.startAdmin(leash)
	if err != nil {
		return err
	}
	host.introduce(listening, granted)
	host.senders = [2]*sender{newSender(out), newSender(out)}
	if runtime.GOMAXPROCS(0) > 1 {
		host.senders[1].begin()
	}
	ended := make(chan struct{})
	go func() {
		host.receive(ctx, in, out)
		close(ended)
	}()
	err = host.run(ctx, console)
	<-ended
	host.show.Close() // the administrator shows the last of it, and ends
	for over, open := time.After(2*lastShown), true; open; {
		select {
		case _, open = <-console:
		case <-over: // it is stopped; the leash ends it
			open = false
		}
	}
	restore(int(os.Stdin.Fd()), host.before)
	return err
}

// listen opens the socket.
func (s Serve) listen(say *narrate.Narrator) (*net.UDPConn, error) {
	addr, err := net.ResolveUDPAddr("udp", s.Listen)
	if err != nil {
		return nil, say.Error("serve.address", "{listen} is no UDP address to listen on: {error}", "listen", s.Listen, "error", err)
	}
	if !addr.IP.IsLoopback() && !s.Plain {
		return nil, say.Error("serve.plain", "on {listen} others can reach the room, and who is in it is known by an address alone, which can be forged. If that is what you want, say --plain", "listen", s.Listen)
	}
	conn, err := net.ListenUDP("udp", addr)
	if errors.Is(err, errInUse) {
		return nil, say.Error("serve.inuse", "{listen} is in use: another process listens there. End it, or choose another address with --listen", "listen", s.Listen)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", s.Listen, err)
	}
	return conn, nil
}

// host is the process of the room.
type host struct {
	Serve
	*narrate.Narrator
	out     *outlet
	admin   *os.Process
	before  *term.State // how the terminal was; nil if it is none
	show    *os.File    // to the administrator's process, for its screen
	senders [2]*sender  // of the members in even slots, and of those in odd ones

	mu       sync.Mutex // of the room, of what it tells, and of all that follows
	room     *room.Room
	places   map[int]netip.AddrPort // by slot
	slots    map[netip.AddrPort]int
	network  *badNetwork
	budgets  map[netip.AddrPort]int // bytes that were sent this minute to members elsewhere; under the zero address, to strangers there
	refused  int                    // this second
	withheld int                    // datagrams that were not sent for that
}

// perMinute is how many bytes a member on another machine is sent in a minute: its address may be forged, to aim the room at somebody.
const perMinute = 64_000

// introduce says who is who: addr is where the room listens, granted are the bytes of its socket's buffers.
func (h *host) introduce(addr string, granted [2]int) {
	h.Title("serve.title", "chat serve: a room, and two processes")
	h.See("serve.who", openFiles(os.Getpid()), "I, {pid}, am the room: the socket {listen} and the members are mine. My child {child} is the administrator: it has the console, and hands me what is typed there through a pipe. It can't see the members.",
		"pid", os.Getpid(), "child", h.admin.Pid, "listen", addr)
	h.See("serve.buffers", "getsockopt(SO_RCVBUF, SO_SNDBUF)", "The socket's buffers: {receive} bytes to receive, {send} to send.", "receive", granted[0], "send", granted[1])
	if h.Plain {
		h.Warn("serve.known", "Members are known by their address alone. Whoever can forge one can speak as its member.")
	}
	h.Try("serve.try", "mtp chat join --server "+addr, "Enter it from another terminal:")
}

// startAdmin starts the administrator's process, and returns what it sends.
func (h *host) startAdmin(leash *process.Leash) (<-chan frame, error) {
	if onTerminal() {
		h.before, _ = term.GetState(int(os.Stdin.Fd()))
	}
	admin := leash.Command("chat", "admin")
	admin.Stdin, admin.Stdout = os.Stdin, os.Stdout
	typed, toHost, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	toShow, show, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	process.Give(admin, toHost, toShow)
	err = leash.StartPartner(admin)
	toHost.Close()
	toShow.Close()
	if err != nil {
		return nil, h.StartError(err, 0)
	}
	h.admin = admin.Process
	frames := make(chan frame)
	go readFrames(typed, frames)
	if _, ok := <-frames; !ok {
		return nil, leash.Explain(errors.New("the administrator's process did not begin"))
	}
	h.show = show // its end would be the administrator's
	if onTerminal() {
		h.Out.Writer = &screen{partner: show, alone: os.Stdout}
	}
	return frames, nil
}

// onTerminal reports whether a person types and reads here.
func onTerminal() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// screen hands what is to be shown to the process that edits a line there; when that has gone, it writes itself. A screen that takes
// nothing for a while, because it is stopped, is given up: the room goes on.
type screen struct {
	partner *os.File
	alone   io.Writer
}

// patience is how long a screen may take nothing.
const patience = 2 * time.Second

func (s *screen) Write(p []byte) (int, error) {
	if s.partner != nil {
		_ = s.partner.SetWriteDeadline(time.Now().Add(patience))
		err := writeFrame(s.partner, frameLine, p)
		if err == nil {
			return len(p), nil
		}
		s.partner = nil
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.alone = io.Discard
		}
	}
	return s.alone.Write(p)
}

// run does what the administrator says, until the end.
func (h *host) run(ctx context.Context, console <-chan frame) error {
	second, minute := time.NewTicker(time.Second), time.NewTicker(time.Minute)
	defer second.Stop()
	defer minute.Stop()
	var statistics <-chan time.Time
	if h.Stats > 0 {
		ticker := time.NewTicker(h.Stats)
		defer ticker.Stop()
		statistics = ticker.C
	}
	report := make(chan os.Signal, 1)
	notifyReport(report)
	for {
		select {
		case <-ctx.Done():
			h.locked(h.statistics)
			return context.Cause(ctx)
		case f, ok := <-console:
			if !ok {
				console = nil
				restore(int(os.Stdin.Fd()), h.before) // if it was killed, it could not
				h.locked(func() {
					h.Say("serve.noadmin", "The administrator's process has ended, and is reaped. The room goes on; Ctrl-C ends it.")
				})
				continue
			}
			if f.kind == frameLeave {
				h.Interrupt() // typed where the terminal sends no signal
				continue
			}
			h.locked(func() { h.speak(f) })
		case <-second.C:
			h.locked(h.room.Expire)
			h.locked(h.sumUpRefusals)
		case <-minute.C:
			h.locked(func() { h.budgets = map[netip.AddrPort]int{} })
		case <-report:
			h.locked(h.statistics)
		case <-statistics:
			h.locked(h.statistics)
		}
	}
}

func (h *host) locked(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
}

// speak is what the administrator says.
func (h *host) speak(f frame) {
	if f.kind != frameLine || !h.room.Say(f.data) {
		h.Warn("serve.long", "Not sent: a line is text of at most {most} bytes.", "most", mostTyped)
		return
	}
	h.Say("serve.admin", "管理员: {text}", "text", string(visible.Append(nil, f.data)))
}

// receive hands datagrams to the room until the end.
func (h *host) receive(ctx context.Context, in *inlet, out *outlet) {
	runtime.LockOSThread() // it waits in the kernel
	handle := func(from netip.AddrPort, data []byte) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.Wire {
			h.showWire("←", from, data)
		}
		h.room.Receive(from, data)
	}
	for ctx.Err() == nil {
		if out.refused.Swap(false) {
			h.locked(h.forgetUnreachable)
		}
		if in.read(handle) != nil {
			out.refused.Store(true)
		}
	}
}

// forgetUnreachable asks the socket which addresses have answered with an ICMP error.
func (h *host) forgetUnreachable() {
	for _, addr := range h.out.unreachable() {
		h.room.Unreachable(addr)
	}
}

// reply sends to one address. A member's is sent by whoever sends to that member, so that nothing is overtaken.
func (h *host) reply(to netip.AddrPort, data []byte) {
	s := h.senders[1]
	if slot, ok := h.slots[to]; ok {
		s = h.senders[slot%2]
	}
	if h.plainly() {
		s.do(false, data, s.out.prepare(to), room.NoSlot)
		return
	}
	h.send(s, to, data)
}

// plainly reports whether datagrams go out without a look at each.
func (h *host) plainly() bool { return !h.Wire && !h.Plain && h.isGood() }

// send sends a datagram with a look at it.
func (h *host) send(s *sender, to netip.AddrPort, data []byte) {
	if h.Wire {
		h.showWire("→", to, data)
	}
	if !to.Addr().IsLoopback() {
		whose := to
		if _, isMember := h.slots[to]; !isMember {
			whose = netip.AddrPort{}
		}
		if h.budgets[whose]+len(data) > perMinute {
			h.withheld++
			return
		}
		h.budgets[whose] += len(data)
	}
	h.network.send(data, func(data []byte) { s.do(false, data, s.out.prepare(to), room.NoSlot) })
}

func (h *host) relay(data []byte, except int) {
	if !h.plainly() {
		for slot, to := range h.places {
			if slot != except {
				h.send(h.senders[slot%2], to, data)
			}
		}
		return
	}
	h.senders[1].do(len(h.places) >= manyMembers, data, nil, except)
	h.senders[0].do(false, data, nil, except)
}

func (h *host) enter(slot int, addr netip.AddrPort) {
	h.places[slot], h.slots[addr] = addr, slot
	s := h.senders[slot%2]
	s.put(slot, s.out.prepare(addr))
}

func (h *host) leave(slot int) {
	delete(h.slots, h.places[slot])
	delete(h.places, slot)
	h.senders[slot%2].put(slot, nil)
}

// tell says what has happened in the room.
func (h *host) tell(e room.Event) {
	if e.Kind == room.Spoke && h.Quiet {
		return
	}
	if e.Kind == room.Refused {
		if h.refused++; h.refused > refusalsTold {
			return
		}
	}
	addr := e.Addr.String()
	name := string(visible.Append(nil, []byte(e.Name)))
	switch e.Kind {
	case room.Entered:
		h.Say("serve.entered", "{name} has entered, from {addr}. Members: {members}.", "name", name, "addr", addr, "members", e.Members)
	case room.Again:
		h.Say("serve.again", "{name} asks again to enter, from the same address: OK again.", "name", name, "addr", addr, "members", e.Members)
	case room.Spoke:
		h.See("serve.spoke", addr, "{name}: {text}", "name", name, "text", string(e.Text), "members", e.Members)
	case room.Left:
		h.Say("serve.left", "{name} has left. Members: {members}.", "name", name, "addr", addr, "members", e.Members)
	case room.Vanished:
		h.Say("serve.vanished", "{name} is gone: nobody receives at {addr} any more (ICMP). Members: {members}.", "name", name, "addr", addr, "members", e.Members)
	case room.Idle:
		h.Say("serve.idle", "{name} was silent for {idle}; its name is free. Members: {members}.", "name", name, "addr", addr, "members", e.Members, "idle", h.Idle)
	case room.Refused:
		h.Warn("serve.refused", "Refused, from {addr}: {reason}. {name}", "addr", addr, "reason", string(e.Reason), "name", name)
	}
}

// refusalsTold is how many refusals are told one by one in a second; somebody may send thousands.
const refusalsTold = 20

func (h *host) sumUpRefusals() {
	if h.refused > refusalsTold {
		h.Warn("serve.refusals", "Refused besides, in this second: {count}.", "count", h.refused-refusalsTold)
	}
	h.refused = 0
}

func (h *host) showWire(arrow string, addr netip.AddrPort, data []byte) {
	h.Say("serve.wire", "{arrow} {addr} {bytes}", "arrow", arrow, "addr", addr.String(), "bytes", fmt.Sprintf("%q", data))
}

// statistics says what was sent and what was lost.
func (h *host) statistics() {
	dropped := "?"
	if n, err := h.out.receiveDrops(); err == nil {
		dropped = strconv.FormatUint(uint64(n), 10)
	}
	h.Last("serve.statistics", "Members: {members}. Datagrams sent: {sent}, not sent: {failed}. Lost before they could be read: {dropped}.",
		"members", h.room.Members(), "sent", h.senders[0].sent.Load()+h.senders[1].sent.Load(), "failed", h.senders[0].failed.Load()+h.senders[1].failed.Load(), "dropped", dropped)
	if h.withheld > 0 {
		h.Last("serve.withheld", "Not sent, because a member elsewhere has had {most} bytes in a minute: {count}.", "most", perMinute, "count", h.withheld)
	}
	var reasons []string
	for reason, count := range h.room.Refused() {
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, count))
	}
	if slices.Sort(reasons); len(reasons) > 0 {
		h.Last("serve.reasons", "Refused: {reasons}.", "reasons", strings.Join(reasons, ", "))
	}
}

// admin reads what the administrator types, hands it to the room, and shows what that says.
func admin([]string) error {
	toHost, toShow := process.File(0), process.File(1)
	if toHost == nil || toShow == nil {
		return errors.New("this role needs the pipes of a room")
	}
	ignoreConsole()
	console, err := openConsole(os.Stdin, os.Stdout, "管理员> ")
	if err != nil {
		return err
	}
	defer console.close()
	if err := writeFrame(toHost, frameReady, nil); err != nil {
		return err
	}
	shown, ended := make(chan frame), make(chan struct{})
	go readFrames(toShow, shown)
	go func() { // apart, so that the room can always show something, also when it can't take more yet
		handOn(console, toHost)
		close(ended)
	}()
	released, last := process.Released(), (<-chan time.Time)(nil)
	for {
		select {
		case f, ok := <-shown:
			if !ok {
				return nil
			}
			if console.editor != nil {
				_, _ = console.Write(f.data)
			}
		case <-ended:
			return nil
		case <-released: // the room has something to say yet
			released, last = nil, time.After(lastShown)
		case <-last:
			return nil
		}
	}
}

// lastShown is how long the administrator's process waits for the last of the room.
const lastShown = 500 * time.Millisecond

// handOn hands what is typed to the room, until either ends.
func handOn(console *console, toHost *os.File) {
	for t := range console.lines {
		kind := frameLine
		switch {
		case t.end:
			return
		case t.leave:
			kind = frameLeave
		case t.refused:
			kind = frameBad
		}
		if writeFrame(toHost, kind, []byte(t.text)) != nil {
			return
		}
	}
}
