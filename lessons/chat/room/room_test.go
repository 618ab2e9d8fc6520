package room

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"mtp/lessons/chat/wire"
)

// world is what is outside of a room, and remembers what came out of it.
type world struct {
	*Room
	said   []string // "to address: data"
	events []string
}

func newWorld(idle time.Duration) *world {
	w := &world{}
	reply := func(to netip.AddrPort, data []byte) {
		w.said = append(w.said, fmt.Sprintf("%d: %s", to.Port(), data))
	}
	w.Room = New(Wire{
		Reply: func(to netip.AddrPort, _ int, data []byte) { reply(to, data) },
		Relay: func(to Table, except int, data []byte) {
			for slot, m := range to {
				if m != nil && slot != except {
					reply(m.Addr, data)
				}
			}
		},
		Tell: func(e Event) {
			what := fmt.Sprint(e.Kind, " ", e.Name, " ", e.Reason)
			w.events = append(w.events, strings.TrimSpace(what))
		},
	}, idle, DefaultRate)
	return w
}

// hears lets a datagram come from a port on loopback, and returns what that makes the room say.
func (w *world) hears(port uint16, datagram string) []string {
	w.said, w.events = nil, nil
	w.Receive(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), []byte(datagram))
	return w.said
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// The course's wire, byte for byte.
func TestPlainWire(t *testing.T) {
	t.Parallel()
	w := newWorld(time.Hour)
	expect(t, "the first enters", w.hears(1, "L 张三"), "1: OK")
	expect(t, "the second enters", w.hears(2, "L 李四"), "2: OK", "1: \n欢迎李四加入群聊")
	expect(t, "a name that is taken", w.hears(3, "L 张三"), "3: \n用户名存在")
	expect(t, "the administrator's", w.hears(3, "L 管理员"), "3: \n用户名存在")
	expect(t, "the second enters again", w.hears(2, "L 李四"), "2: OK")
	expect(t, "more fields", w.hears(3, "L 王五 mtp/1 something"),
		"3: OK", "1: \n欢迎王五加入群聊", "2: \n欢迎王五加入群聊")
	expect(t, "the first speaks", w.hears(1, "C 张三 大家好, it's me"),
		"2: 张三:大家好, it's me", "3: 张三:大家好, it's me")
	expect(t, "the third leaves", w.hears(3, "Q 王五"),
		"1: \n王五 退出群聊", "2: \n王五 退出群聊", "3: EXIT")
	expect(t, "and is gone, and is told so", w.hears(3, "C 王五 hi"), "3: EXIT")
	w.said = nil
	if !w.Say([]byte("吃饭了")) {
		t.Error("the administrator can't speak")
	}
	expect(t, "the administrator", w.said, "1: 管理员:吃饭了", "2: 管理员:吃饭了")
	expect(t, "the slot is used again", w.hears(9, "L 赵六"),
		"9: OK", "1: \n欢迎赵六加入群聊", "2: \n欢迎赵六加入群聊")
}

// At the end each member is told what it is told when it leaves; the room knows who they are.
func TestEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(time.Hour)
	expect(t, "nobody", w.Names())
	for port, name := range []string{"张三", "ann", "bob"} {
		w.hears(uint16(port+1), "L "+name)
	}
	w.hears(2, "Q ann")
	expect(t, "who is in the room", w.Names(), "张三", "bob")
	w.said = nil
	w.End()
	expect(t, "the end", w.said, "1: EXIT", "3: EXIT")
}

// What a room says of its members is recognised, and nothing else is.
func TestNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(time.Hour)
	w.hears(1, "L ann")
	for _, test := range []struct {
		from uint16
		says string
		what Kind
		name string
	}{
		{2, "L 张三", Entered, "张三"},
		{2, "Q 张三", Left, "张三"},
		{2, "L 加入群聊", Entered, "加入群聊"},
		{2, "Q 加入群聊", Left, "加入群聊"},
		{2, "L 欢迎bob加入群聊", Entered, "欢迎bob加入群聊"},
		{2, "C 欢迎bob加入群聊 hi", "", ""},
		{2, "C 欢迎bob加入群聊 eve 退出群聊", "", ""},
		{2, "Q 欢迎bob加入群聊", Left, "欢迎bob加入群聊"},
	} {
		_, notice, _ := strings.Cut(w.hears(test.from, test.says)[0], ": ")
		if strings.HasPrefix(test.says, "L ") { // to it, OK
			_, notice, _ = strings.Cut(w.said[1], ": ")
		}
		if what, name := ParseNotice(notice); what != test.what || name != test.name {
			t.Errorf("%q: %s %q", notice, what, name)
		}
	}
	for _, other := range []string{
		"", "OK", "欢迎ann加入群聊", "\n欢迎加入群聊", "\n欢迎a b加入群聊", "\n欢迎ann加入群聊。",
		"\nann退出群聊", "\n 退出群聊", "\na\x1b[2J 退出群聊", "\n" + strings.Repeat("长", 33) + " 退出群聊",
		TooFast, Taken,
	} {
		if what, name := ParseNotice(other); what != "" || name != "" {
			t.Errorf("%q: %s %q", other, what, name)
		}
	}
}

func TestNobodyIsConfused(t *testing.T) {
	t.Parallel()
	w := newWorld(time.Hour)
	w.hears(1, "L ann")
	w.hears(2, "L bob")
	for _, test := range []struct {
		port     uint16
		datagram string
		reason   Reason
	}{
		{3, "", Empty},
		{3, "L", NoName},
		{3, "L ", NoName},
		{3, "C", NoName},
		{1, "C ann", NoText},
		{1, "C ann ", NoText},
		{1, "C ann \x1b[31m", NoText},
		{3, "X ann", BadVerb},
		{3, "LL ann", BadVerb},
		{3, "l ann", BadVerb},
		{3, "\n", BadVerb},
		{1, "C ann \xff\xfe", NotUTF8},
		{1, "C ann \xe4\xbd", NotUTF8},
		{1, "C ann " + strings.Repeat("a", 1001), TooLong},
		{1, strings.Repeat("a", 65507), TooLong},
		{3, "Q ann", Stranger},
		{3, "C ann hi", Stranger},
		{2, "C ann hi", Stranger},
		{2, "Q ann", Stranger},
		{0, "L eve", NoPort},
	} {
		var answer []string
		if test.reason == Stranger && test.port == 3 { // it may think that it is a member
			answer = []string{"3: EXIT"}
		}
		expect(t, fmt.Sprintf("%q", test.datagram), w.hears(test.port, test.datagram), answer...)
		if len(w.events) != 1 || !strings.HasPrefix(w.events[0], "refused ") ||
			!strings.HasSuffix(w.events[0], " "+string(test.reason)) {
			t.Errorf("%q: %q, want it refused as %s", test.datagram, w.events, test.reason)
		}
	}
	for _, name := range []string{
		"管理员", "小管理员", "Admin", "ADMINISTRATOR", "ａｄｍｉｎ", "管理\u200b员", "a\x1bb",
		"a\nb", "a\u202eb", "a\u00a0b", strings.Repeat("长", 33),
		"Ann", "ANN", "ａｎｎ", "ann:hi", "admin:", "ann：", "\u2800", "\u0301",
	} {
		expect(t, "name "+name, w.hears(3, "L "+name), "3: \n用户名存在")
	}
	expect(t, "another name from the same address", w.hears(1, "L carl"), "1: \n用户名存在")
	for port := range uint16(50) {
		expect(t, "forged", w.hears(100+port, fmt.Sprintf("C ann forged %d", port)),
			fmt.Sprintf("%d: EXIT", 100+port))
	}
	expect(t, "text with a newline and an escape", w.hears(1, "C ann a\n管理员:b\x1b[2J"),
		"2: ann:a⏎管理员:b")
	if w.Members() != 2 || w.Refused()[Stranger] != 54 {
		t.Errorf("%d members, %v refused", w.Members(), w.Refused())
	}
}

// A sender may still have the table of a moment ago, while others come and go.
func TestATableIsNeverChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(time.Hour)
	w.hears(1, "L ann")
	w.hears(2, "L bob")
	before := w.members.table
	ann, bob := before[0], before[1]
	w.hears(1, "Q ann")
	w.hears(3, "L carl")
	w.hears(4, "L dora")
	w.hears(2, "Q bob")
	if len(before) != 2 || before[0] != ann || before[1] != bob {
		t.Errorf("it is %v, was %v and %v", before, ann, bob)
	}
	now := w.members.table
	if len(now) != 3 || now[0].name != "carl" || now[1] != nil || now[2].name != "dora" {
		t.Errorf("the table now: %v", now)
	}
	w.hears(4, "Q dora")
	if len(w.members.table) != 1 {
		t.Errorf("free slots at the end are kept: %v", w.members.table)
	}
}

func TestAMemberThatIsTooFast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(time.Hour)
		w.hears(1, "L ann")
		w.hears(2, "L bob")
		relayed, warned := 0, 0
		for range 5000 {
			for _, said := range w.hears(1, "C ann hi") {
				if said == "2: ann:hi" {
					relayed++
				} else if strings.HasPrefix(said, "1: ") {
					warned++
				}
			}
			time.Sleep(200 * time.Microsecond) // 5000 a second
		}
		if relayed < 50+DefaultRate-1 || relayed > 50+DefaultRate+1 || warned != 1 {
			t.Errorf("of 5000 messages in a second %d were relayed, and it was told %d times",
				relayed, warned)
		}
		expect(t, "the others", w.hears(2, "C bob hello"), "1: bob:hello")
		time.Sleep(5 * time.Second)
		expect(t, "after a rest", w.hears(1, "C ann again"), "2: ann:again")
	})
}

func TestSilenceAndUnreachability(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(10 * time.Minute)
		w.hears(1, "L ann")
		w.hears(2, "L bob")
		time.Sleep(9 * time.Minute)
		w.hears(2, "C bob still here")
		time.Sleep(time.Minute)
		w.said = nil
		w.Expire()
		expect(t, "the silent one", w.said, "1: EXIT", "2: \nann 退出群聊")
		expect(t, "its name is free", w.hears(3, "L ann"), "3: OK", "2: \n欢迎ann加入群聊")
		w.said = nil
		w.Unreachable(netip.MustParseAddrPort("127.0.0.1:2"))
		w.Unreachable(netip.MustParseAddrPort("127.0.0.1:99"))
		expect(t, "the one that is gone", w.said, "3: \nbob 退出群聊")
	})
}

// Where all seats are taken, those that have not answered yet make way, and nobody else.
func TestFullRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(time.Hour)
		w.hears(9999, "L reader")
		for n := range MaxMembers - 1 {
			w.hears(uint16(1+n), fmt.Sprintf("L n%d", n))
			w.hears(uint16(1+n), fmt.Sprintf("C n%d hello", n))
			time.Sleep(100 * time.Millisecond)
		}
		w.hears(9999, "Q reader")
		w.hears(9999, "L reader")
		w.hears(9999, "C reader hello")
		if said := len(w.hears(5000, "L late")); said > 0 {
			t.Errorf("a full room sends %d answers", said)
		}
		expect(t, "why", w.events, "refused late full")
		w.hears(8, "Q n7")
		w.hears(8, "L silent")
		w.hears(5000, "L late")
		expect(t, "it has a moment to answer", w.events, "refused late full")
		time.Sleep(answerTime)
		said := w.hears(5000, "L late")
		if w.Members() != MaxMembers || said[0] != "8: EXIT" || !slices.Contains(said, "5000: OK") {
			t.Errorf("%d members; the silent one and the late one are told %q",
				w.Members(), said[:min(len(said), 3)])
		}
	})
}

// However often somebody enters and leaves, the others are told of it so often at most.
func TestEntriesAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(time.Hour)
		for n := range uint16(400) {
			expect(t, "many may enter at once", w.hears(1+n, fmt.Sprintf("L n%d", n))[:1],
				fmt.Sprintf("%d: OK", 1+n))
		}
		w.hears(1, "C n0 hi")
		w.hears(2, "Q n1")
		told := 0
		for n := range uint16(10_000) {
			for _, said := range w.hears(2000+n, "L eve") {
				if strings.HasPrefix(said, "1: ") {
					told++
				}
			}
			w.hears(2000+n, "Q eve")
			time.Sleep(time.Millisecond)
		}
		const most = nearbyAtOnce + 10*nearbyEntries
		if told < 10*nearbyEntries || told > most {
			t.Errorf("in 10 s one was told of %d entries, want at most %d", told, most)
		}
		time.Sleep(time.Second)
		if !slices.Contains(w.hears(2, "L bob"), "2: OK") {
			t.Error("later nobody enters")
		}
	})
}

// An address of another machine is a claim, until its owner has said the number that went there.
func TestAClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(time.Hour)
	w.hears(1, "L ann")
	remote := netip.MustParseAddrPort("192.0.2.7:77")
	from := func(datagram string) []string {
		w.said, w.events = nil, nil
		w.Receive(remote, []byte(datagram))
		return w.said
	}
	expect(t, "it is let in, and nobody is told", from("L eve"), "77: OK")
	expect(t, "no event", w.events)
	expect(t, "it hears nobody", w.hears(1, "C ann hi"))
	said := from("C eve hello")
	number, ok := ParseAsk(strings.TrimPrefix(said[len(said)-1], "77: "))
	if !ok {
		t.Fatalf("it is asked for no number: %q", said)
	}
	expect(t, "it speaks, and all are told of it",
		said[:len(said)-1], "1: \n欢迎eve加入群聊", "1: eve:hello")
	expect(t, "it still hears nobody", w.hears(1, "C ann hi"))
	expect(t, "it says the number", from("C eve "+number), "77: "+Proved)
	expect(t, "it hears", w.hears(1, "C ann hi"), "77: ann:hi")
	expect(t, "it leaves", from("Q eve"), "1: \neve 退出群聊", "77: EXIT")

	from("L eve")
	said = from("C eve 000000") // a guess
	again, _ := ParseAsk(strings.TrimPrefix(said[len(said)-1], "77: "))
	if m := w.members.byAddr[remote]; m.claim == nil || m.allowance.credit > 30 || again == "" {
		t.Errorf("a guess costs it nothing: %+v, %q", m.allowance, said)
	}
}

// Whatever is sent with whatever address, that address is sent no more bytes than came from it, and
// the seats of those that speak are not taken by it.
func TestForgedAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(time.Hour)
		came, sent := map[netip.AddrPort]int{}, map[netip.AddrPort]int{}
		w.wire.Reply = func(to netip.AddrPort, _ int, data []byte) { sent[to] += len(data) }
		w.wire.Relay = func(to Table, except int, data []byte) {
			for slot, m := range to {
				if m != nil && slot != except {
					sent[m.Addr] += len(data)
				}
			}
		}
		w.hears(1, "L ann")
		w.hears(1, "C ann here")
		random := rand.New(rand.NewPCG(1, 2))
		for n := range 100_000 {
			host, port := byte(random.Uint32()), uint16(1+random.IntN(20))
			from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, host}), port)
			name := fmt.Sprintf("%d-%d", host, port)
			datagram := []string{
				"L " + name, "C " + name + " h", "C " + name + " h", "Q " + name, "C", "L ann", "C x y",
			}[random.IntN(7)]
			w.Receive(from, []byte(datagram))
			came[from] += len(datagram)
			if n%100 == 0 {
				w.hears(1, "C ann a line that all are told, as far as they can be relied on")
				time.Sleep(50 * time.Millisecond)
			}
		}
		if w.hears(1, "C ann hi"); w.events[0] != "spoke ann" {
			t.Errorf("ann is not in the room any more: %q", w.events)
		}
		time.Sleep(time.Hour)
		w.Expire()
		for addr, bytes := range sent {
			if bytes > came[addr] && !addr.Addr().IsLoopback() {
				t.Errorf("%s has sent %d bytes, and was sent %d", addr, came[addr], bytes)
			}
		}
		if len(sent) < 1000 {
			t.Errorf("only %d addresses were answered", len(sent))
		}
	})
}

// Whatever comes, nobody gets more members, larger datagrams or other bytes than the wire has; and
// the room keeps its books.
func FuzzRoom(f *testing.F) {
	f.Add("1L ann\x002L bob\x001C ann hi\x002Q bob")
	f.Add("1L 张三\x001C 张三 \x1b[2J\n\x003C 张三 x\x00")
	f.Fuzz(func(t *testing.T, script string) {
		w := newWorld(time.Hour)
		check := func(data []byte) {
			if len(data) > MaxBytes || !utf8.Valid(data) || len(data) == 0 {
				t.Fatalf("it says %q", data)
			}
		}
		reply, relay := w.wire.Reply, w.wire.Relay
		w.wire.Reply = func(to netip.AddrPort, slot int, data []byte) {
			check(data)
			reply(to, slot, data)
		}
		w.wire.Relay = func(to Table, except int, data []byte) {
			check(data)
			relay(to, except, data)
		}
		for datagram := range strings.SplitSeq(script, "\x00") {
			if datagram == "" {
				continue
			}
			w.hears(uint16(datagram[0]%5), datagram[1:])
			l := &w.members
			taken := 0
			for slot, m := range l.table {
				if m == nil {
					continue
				}
				taken++
				if m.Slot != slot || l.byAddr[m.Addr] != m || l.byKey[m.key] != m {
					t.Fatalf("after %q: slot %d has %+v", datagram, slot, m)
				}
			}
			if len(l.byAddr) != taken || len(l.byKey) != taken || len(l.table) > 5 {
				t.Fatalf("after %q: %d addresses, %d names, %d members in %d slots",
					datagram, len(l.byAddr), len(l.byKey), taken, len(l.table))
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("L ann"))
	f.Add([]byte("C ann hi there"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, reason := parse(raw)
		silent := d.verb == speak && len(d.text) == 0
		if reason == None && (len(d.name) == 0 || silent || bytes.ContainsRune(d.name, ' ')) {
			t.Errorf("%q: %+v", raw, d)
		}
	})
}

func BenchmarkSpeak(b *testing.B) {
	r := New(Wire{
		Reply: func(netip.AddrPort, int, []byte) {},
		Relay: func(Table, int, []byte) {},
		Tell:  func(Event) {},
	}, time.Hour, DefaultRate)
	from := netip.MustParseAddrPort("127.0.0.1:1")
	r.Receive(from, []byte("L ann"))
	line := []byte("C ann hello, everybody")
	b.ReportAllocs()
	for b.Loop() {
		r.members.byAddr[from].allowance.credit = 50
		r.Receive(from, line)
	}
}

// Too many who enter from one site are no names that are taken: they get no answer, and ask again.
func TestCrowding(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(time.Hour)
		w.wire.Send = func(to netip.AddrPort, _ int, data []byte) {
			w.said = append(w.said, fmt.Sprintf("%d: %s", to.Port(), data))
		}
		ask := func(port uint16, d wire.Datagram) []string {
			w.said, w.events = nil, nil
			from := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), port)
			w.Receive(from, wire.AppendEnter(nil, d))
			return w.said
		}
		enter := func(port uint16) []string {
			d := wire.Datagram{Version: wire.Version, Name: fmt.Appendf(nil, "n%d", port)}
			d.Nonce[0] = byte(port)
			_, answer, _ := strings.Cut(ask(port, d)[0], ": ")
			cookie, ok := wire.Parse([]byte(answer))
			if !ok {
				t.Fatalf("%d gets no cookie: %q", port, w.said)
			}
			d.Cookie = cookie.Cookie
			return ask(port, d)
		}
		if said := enter(1); len(said) == 0 {
			t.Fatal("the first does not enter")
		}
		for i := range w.entries.sites {
			w.entries.sites[i] = bucket{at: time.Now()}
		}
		expect(t, "no answer", enter(2))
		expect(t, "why", w.events, "refused n2 crowding")
		time.Sleep(time.Second)
		if said := enter(2); len(said) == 0 || w.Members() != 2 {
			t.Errorf("later it does not enter: %q", said)
		}
	})
}
