package chat

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mtp/lessons/chat/line"
	"mtp/lessons/chat/room"
	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// host is the process of the room. Two goroutines see to it: one waits for datagrams, the other for
// what the administrator types, and for the time to pass. A third says what has happened: from
// attend on only what they give it to say may use the transcript and the screen.
type host struct {
	*transcript
	*narration
	screen    *screen
	flags     Serve
	interrupt func() // does what Ctrl-C does
	out       *outlet
	senders   *senders

	mu       sync.Mutex // of the room, and of all that follows
	room     *room.Room
	network  *badNetwork
	spent    map[netip.AddrPort]int // bytes this minute, by where they went; see maxPerMinute
	withheld int                    // datagrams that were not sent for that
	told     map[room.Kind]int      // this second
	leftOut  map[room.Kind]int      // of that
	timer    *time.Timer            // calls the room when its time has come
	due      time.Time              // when that is
	over     bool                   // the room has ended
}

func newHost(s *stage.Stage, flags Serve, out *outlet, screen *screen) *host {
	h := &host{
		transcript: newTranscript(s, screen, flags.Bell), screen: screen,
		flags: flags, interrupt: s.Interrupt, out: out,
		senders: newSenders(out), network: newBadNetwork(flags.Network),
		spent: map[netip.AddrPort]int{}, told: map[room.Kind]int{},
		leftOut: map[room.Kind]int{},
	}
	h.narration = narrate(h.sayUnsaid)
	wire := room.Wire{Reply: h.reply, Relay: h.relay, Send: h.send, Tell: h.tell}
	if flags.Wire {
		wire.Show = h.showMore
	}
	h.room = room.New(wire, flags.Idle, flags.Rate)
	h.timer = time.AfterFunc(time.Hour, func() { h.locked(func() { h.due = time.Time{} }) })
	return h
}

// flush sends what the room has collected, and has it called when it has more to do.
func (h *host) flush() {
	if h.over {
		return
	}
	h.room.Flush()
	due := h.room.Due()
	if due.IsZero() || !h.due.IsZero() && !due.Before(h.due) {
		return
	}
	h.due = due
	h.timer.Reset(max(time.Until(due), time.Millisecond))
}

// receive hands datagrams to the room until the end.
func (h *host) receive(ctx context.Context, in *inlet) {
	runtime.LockOSThread() // it waits in the kernel
	handle := func(from netip.AddrPort, data []byte) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.flags.Wire {
			h.showWire("←", from, data, fateSent)
		}
		h.room.Receive(from, data)
	}
	for ctx.Err() == nil {
		if h.out.refused.Swap(false) {
			h.locked(h.forgetUnreachable)
		}
		if in.read(handle) != nil {
			h.out.refused.Store(true)
		}
		h.locked(func() {})
	}
}

// forgetUnreachable asks the socket which addresses have answered with an ICMP error.
func (h *host) forgetUnreachable() {
	for _, addr := range h.out.unreachable() {
		h.room.Unreachable(addr)
	}
}

// attend does what the administrator says, what is due, and what a signal asks for, until the end.
func (h *host) attend(ctx context.Context, admin *administrator, report <-chan os.Signal) {
	second, minute := time.NewTicker(time.Second), time.NewTicker(time.Minute)
	defer second.Stop()
	defer minute.Stop()
	var statistics <-chan time.Time
	if h.flags.Stats > 0 {
		ticker := time.NewTicker(h.flags.Stats)
		defer ticker.Stop()
		statistics = ticker.C
	}
	for typed := admin.typed; ; {
		select {
		case <-ctx.Done():
			return
		case f, ok := <-typed:
			if !ok {
				typed = nil
				admin.tty.GiveBack() // if it was killed, it could not
				h.sayReaped(ctx, admin)
				continue
			}
			t, end := f.typed(), false
			if t.Kind == line.Interrupt { // where the terminal sends no signal
				h.interrupt()
			} else {
				h.locked(func() { end = h.typed(t) })
			}
			if end {
				return
			}
		case <-second.C:
			h.locked(h.room.Expire)
			h.locked(h.sumUp)
		case <-minute.C:
			h.locked(func() { clear(h.spent) })
		case <-report:
			h.locked(h.statistics)
		case <-statistics:
			h.locked(h.statistics)
		}
	}
}

// sayReaped says that the administrator's process is gone: its pipe has come to its end, so that
// takes a moment at most.
func (h *host) sayReaped(ctx context.Context, admin *administrator) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := admin.awaitReaped(ctx)
	h.later(func() {
		if err != nil {
			h.Warn("serve.hungup",
				"The administrator's process has closed its pipe. The room goes on; Ctrl-C ends it.")
			return
		}
		h.See("serve.noadmin", kernel.StatSource(admin.pid),
			"The administrator's process {child} ended and was reaped: it is no longer listed. The room goes on; Ctrl-C ends it.",
			"child", admin.pid)
	})
}

// locked does something with the room, and then sends what comes of it.
func (h *host) locked(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
	h.flush()
}

// linger waits until all members have what was said, for a moment at most.
func (h *host) linger() {
	const most, each = time.Second, 10 * time.Millisecond
	for over := time.Now().Add(most); time.Now().Before(over); time.Sleep(each) {
		unsent := 0
		h.locked(func() { unsent = h.room.Unsent() })
		if unsent == 0 {
			return
		}
	}
}

// speak says what the administrator has typed.
func (h *host) speak(t line.Typed) {
	if t.Kind != line.Entered || !h.room.Say([]byte(t.Said())) {
		h.later(func() {
			h.Warn("serve.long",
				"Not sent: a line is text of at most {most} bytes.", "most", maxTyped)
		})
		return
	}
	said := safe(t.Said())
	h.later(func() { h.administrator(said).Say("serve.admin", "管理员: {text}", "text", said) })
}

// end tells the members that the room ends, and says what was sent and lost. Nothing is received
// any more.
func (h *host) end() {
	members := 0
	h.locked(func() {
		members = h.room.Members()
		h.room.End()
		h.over = true
	})
	h.senders.finish(patience)
	h.locked(func() {
		h.sumUp()
		h.later(func() {
			h.Last("serve.ended", "The room has ended. Members that were sent EXIT: {members}.",
				"members", members)
		})
		h.statistics()
	})
	if !h.narration.end(patience) {
		h.interrupt() // what it writes to takes nothing
	}
}

// plainly reports whether datagrams go out without a look at each.
func (h *host) plainly() bool { return !h.flags.Wire && !h.flags.Plain && h.flags.isGood() }

func (h *host) reply(to netip.AddrPort, slot int, data []byte) {
	if h.plainly() {
		h.senders.reply(to, slot, data)
	} else {
		h.sendWithALook(to, slot, data)
	}
}

// send sends to a member that has proved to receive where it goes.
func (h *host) send(to netip.AddrPort, slot int, data []byte) {
	if h.flags.Wire || !h.flags.isGood() {
		h.sendThrough(to, slot, data)
	} else {
		h.senders.reply(to, slot, data)
	}
}

func (h *host) relay(to room.Table, except int, data []byte) {
	if h.plainly() {
		h.senders.relay(to, except, data)
		return
	}
	for slot, m := range to {
		if m != nil && slot != except {
			h.sendWithALook(m.Addr, slot, data)
		}
	}
}

// maxPerMinute is how many bytes a member on the plain wire on another machine is sent in a minute.
// A stranger gets no more than came from it anyway.
const maxPerMinute = 64_000

func (h *host) sendWithALook(to netip.AddrPort, slot int, data []byte) {
	if !to.Addr().IsLoopback() && slot != room.NoSlot {
		if h.spent[to]+len(data) > maxPerMinute {
			h.withheld++
			return
		}
		h.spent[to] += len(data)
	}
	h.sendThrough(to, slot, data)
}

// sendThrough sends through the bad network.
func (h *host) sendThrough(to netip.AddrPort, slot int, data []byte) {
	its := h.network.send(data, func(data []byte) { h.senders.reply(to, slot, data) })
	if h.flags.Wire {
		h.showWire("→", to, data, its)
	}
}

// tell has it said what has happened in the room.
func (h *host) tell(e room.Event) {
	if e.Kind == room.Spoke && h.flags.Quiet || !h.mayTell(e.Kind) {
		return
	}
	e.Text = bytes.Clone(e.Text)
	h.later(func() { h.say(e) })
}

// say says what has happened in the room.
func (h *host) say(e room.Event) {
	addr := e.Addr.String()
	name := safe(e.Name)
	switch e.Kind {
	case room.Entered:
		h.screen.tell(frameEntered, name)
	case room.Left, room.Vanished, room.Idle, room.Displaced:
		h.screen.tell(frameLeft, name)
	}
	switch e.Kind {
	case room.Entered:
		h.notice().Say("serve.entered", "{name} has entered, from {addr}. Members: {members}.",
			"name", name, "addr", addr, "members", e.Members, "wire", e.Wire)
	case room.Moved:
		h.notice().Say("serve.moved",
			"{name} sends from {addr} now, and has proved that it receives there. Its session goes on.",
			"name", name, "addr", addr, "members", e.Members)
	case room.Believed:
		h.notice().Say("serve.believed",
			"{name} has said the number that went to {addr}, so it receives there. From now on it hears the room.",
			"name", name, "addr", addr, "members", e.Members)
	case room.Unkept:
		h.Warn("serve.unkept",
			"The log can't be written any more: {error}. The room goes on without it.",
			"error", e.Error)
	case room.Again:
		h.notice().Say("serve.again",
			"{name} has asked again to enter, from the same address: OK again.",
			"name", name, "addr", addr, "members", e.Members)
	case room.Spoke:
		text := string(e.Text)
		h.message(name, text).ringing().Say("serve.spoke", "{name}: {text}",
			"name", name, "addr", addr, "text", text, "members", e.Members)
	case room.Left:
		h.notice().Say("serve.left", "{name} has left. Members: {members}.",
			"name", name, "addr", addr, "members", e.Members)
	case room.Vanished:
		h.notice().Say("serve.vanished",
			"{name} is out: an ICMP message says that nobody receives at {addr}. Members: {members}.",
			"name", name, "addr", addr, "members", e.Members)
	case room.Idle:
		h.notice().Say("serve.idle",
			"{name} is out, after {idle} of silence; the name is free. Members: {members}.",
			"name", name, "addr", addr, "members", e.Members, "idle", e.Silent)
	case room.Displaced:
		h.notice().Say("serve.displaced",
			"{name} is out: the room was full, and it had not answered yet. Members: {members}.",
			"name", name, "addr", addr, "members", e.Members)
	case room.Refused:
		h.Warn("serve.refused", "Refused a datagram from {addr}: {reason}. {name}",
			"addr", addr, "reason", h.reason(e.Reason), "name", name)
	}
}

// How many of one kind of thing are told one by one in a second. Anybody can cause thousands.
const (
	maxRefusalsTold = 20
	maxNoticesTold  = 100
	maxLinesTold    = 2000 // more than 50 members may say
	maxWireTold     = 500
)

// wireShown is a datagram that is shown.
const wireShown room.Kind = "datagrams"

func (h *host) mayTell(kind room.Kind) bool {
	most := maxNoticesTold
	switch kind {
	case room.Refused:
		most = maxRefusalsTold
	case room.Spoke:
		most = maxLinesTold
	case wireShown:
		most = maxWireTold
	}
	h.told[kind]++
	if h.told[kind] <= most {
		return true
	}
	h.leftOut[kind]++
	return false
}

// sumUp has it said how much was not told one by one.
func (h *host) sumUp() {
	clear(h.told)
	if len(h.leftOut) == 0 {
		return
	}
	counts := h.leftOut
	h.leftOut = map[room.Kind]int{}
	h.later(func() {
		var list []string
		for _, kind := range slices.Sorted(maps.Keys(counts)) {
			list = append(list, fmt.Sprintf("%s %d", h.kind(kind), counts[kind]))
		}
		h.Warn("serve.leftout", "In the last second more happened than is shown: {list}.",
			"list", strings.Join(list, h.Text("leftout.comma", ", ")), "counts", counts)
	})
}

func (h *host) sayUnsaid(count int64) {
	h.Warn("serve.unsaid",
		"The screen was too slow for the room. Events that were not shown: {count}.",
		"count", count)
}

// statistics has it said what was sent and what was lost.
func (h *host) statistics() {
	dropped := "?"
	if n, err := h.out.receiveDrops(); err == nil {
		dropped = strconv.FormatUint(uint64(n), 10)
	}
	sent, failed := h.senders.counts()
	members, withheld := h.room.Members(), h.withheld
	repeats, delayed := h.room.Repeats(), h.room.Delayed()
	refused := maps.Clone(h.room.Refused())
	h.later(func() {
		h.Last("serve.statistics",
			"Members: {members}. Datagrams sent: {sent}; could not be sent: {failed}; dropped by the kernel before they were read: {dropped}.",
			"members", members, "sent", sent, "failed", failed, "dropped", dropped)
		if repeats+delayed > 0 {
			h.Last("serve.repeats",
				"On the mtp wire: datagrams sent once more, because no acknowledgement had come: {repeats}; lines that were not taken at first, because their member said too much: {delayed}.",
				"repeats", repeats, "delayed", delayed)
		}
		if withheld > 0 {
			h.Last("serve.withheld",
				"Datagrams withheld: {count}. To another machine the room sends each member at most {most} bytes a minute.",
				"most", maxPerMinute, "count", withheld)
		}
		var codes, words []string
		for _, reason := range slices.Sorted(maps.Keys(refused)) {
			codes = append(codes, fmt.Sprintf("%s %d", reason, refused[reason]))
			words = append(words, fmt.Sprintf("%d (%s)", refused[reason], h.reason(reason).Text))
		}
		if len(codes) > 0 {
			comma := h.Text("leftout.comma", ", ")
			h.Last("serve.reasons", "Refused: {reasons}.", "reasons", event.Word{
				Key: strings.Join(codes, ", "), Text: strings.Join(words, comma),
			})
		}
	})
}
