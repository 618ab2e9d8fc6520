package session_test

import (
	"bytes"
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtp/lessons/chat/journal"
	"mtp/lessons/chat/room"
	"mtp/lessons/chat/seal"
	"mtp/lessons/chat/session"
	"mtp/lessons/chat/wire"
)

// world is a room, its members, and a network between them, in one goroutine and on the bubble's
// clock.
type world struct {
	*testing.T
	room    *room.Room
	members map[netip.AddrPort]*member
	order   []*member
	network network
	random  *rand.Rand
	arrive  arrivals
	sent    int
	secret  *seal.Secret
	events  []string
	watch   func(toRoom bool, addr netip.AddrPort, data []byte) // what is on the network
	said    map[string]time.Time
	delays  []time.Duration // from when a line was said until it was heard
}

// network is how bad it is, in both directions.
type network struct {
	loss, dup, reorder float64
	down               bool
}

// arrival is a datagram on its way.
type arrival struct {
	at     time.Time
	order  int
	toRoom bool
	addr   netip.AddrPort // the member's
	data   []byte
}

type arrivals []arrival

func (a arrivals) Len() int { return len(a) }
func (a arrivals) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].order < a[j].order
}
func (a arrivals) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *arrivals) Push(x any)   { *a = append(*a, x.(arrival)) }
func (a *arrivals) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// member is one that says and hears lines.
type member struct {
	*session.Session
	name   string
	addr   netip.AddrPort
	heard  []string
	missed uint64
	events []session.Kind
	asleep bool
}

func newWorld(t *testing.T, seed uint64, n network) *world {
	w := &world{
		T: t, members: map[netip.AddrPort]*member{}, network: n, said: map[string]time.Time{},
		random: rand.New(rand.NewPCG(seed, 0)),
	}
	w.begin()
	return w
}

// begin begins a room, in place of the one before.
func (w *world) begin() {
	down := func(to netip.AddrPort, _ int, data []byte) { w.send(false, to, data) }
	w.room = room.New(room.Wire{
		Reply: down, Send: down,
		Relay: func(to room.Table, except int, data []byte) {
			for slot, m := range to {
				if m != nil && slot != except {
					w.send(false, m.Addr, data)
				}
			}
		},
		Tell: func(e room.Event) {
			what := fmt.Sprint(e.Kind, " ", e.Name, " ", e.Reason)
			w.events = append(w.events, strings.TrimSpace(what))
		},
	}, time.Hour, 1000)
	if w.secret != nil {
		w.room.SealWith(*w.secret)
	}
}

func (w *world) send(toRoom bool, addr netip.AddrPort, data []byte) {
	if w.watch != nil {
		w.watch(toRoom, addr, data)
	}
	if w.network.down || w.random.Float64() < w.network.loss {
		return
	}
	delay := 200*time.Microsecond + time.Duration(w.random.Int64N(int64(400*time.Microsecond)))
	if w.random.Float64() < w.network.reorder {
		delay += 5 * time.Millisecond
	}
	w.later(toRoom, addr, data, delay)
	if w.random.Float64() < w.network.dup {
		w.later(toRoom, addr, data, delay+3*time.Millisecond)
	}
}

func (w *world) later(toRoom bool, addr netip.AddrPort, data []byte, delay time.Duration) {
	w.sent++
	heap.Push(&w.arrive, arrival{time.Now().Add(delay), w.sent, toRoom, addr, bytes.Clone(data)})
}

func addrOf(port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
}

func (w *world) join(name string, port int) *member {
	m := &member{name: name, addr: addrOf(port)}
	m.Session = session.New(name, w.secret,
		func(data []byte) { w.send(true, m.addr, data) },
		func(e session.Event) {
			switch e.Kind {
			case session.Heard:
				m.heard = append(m.heard, string(e.Line))
				if at, is := w.said[m.heard[len(m.heard)-1]]; is {
					w.delays = append(w.delays, time.Since(at))
				}
			case session.Missed:
				m.missed += e.Count
				m.events = append(m.events, e.Kind)
			case session.Repeated, session.Sealed, session.Opened:
			default:
				m.events = append(m.events, e.Kind)
			}
		})
	w.members[m.addr] = m
	w.order = append(w.order, m)
	m.Enter(time.Now())
	return m
}

// run lets the time pass.
func (w *world) run(during time.Duration) { w.runUntil(during, func() bool { return false }) }

// runUntil lets the time pass until something is so.
func (w *world) runUntil(most time.Duration, is func() bool) bool {
	end := time.Now().Add(most)
	expire := time.Now()
	for !is() {
		next := end
		sooner := func(at time.Time) {
			if !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		if len(w.arrive) > 0 {
			sooner(w.arrive[0].at)
		}
		sooner(w.room.Due())
		sooner(expire)
		for _, m := range w.order {
			if !m.asleep {
				sooner(m.Due())
			}
		}
		time.Sleep(time.Until(next))
		now := time.Now()
		if !now.Before(end) {
			return is()
		}
		for len(w.arrive) > 0 && !w.arrive[0].at.After(now) {
			a := heap.Pop(&w.arrive).(arrival)
			if a.toRoom {
				w.room.Receive(a.addr, a.data)
			} else if m := w.members[a.addr]; m != nil && !m.asleep {
				m.Receive(now, a.data)
			}
		}
		if !now.Before(expire) {
			w.room.Expire()
			expire = now.Add(time.Second)
		}
		w.room.Flush()
		for _, m := range w.order {
			m.Flush(now)
			if due := m.Due(); !m.asleep && !due.IsZero() && !now.Before(due) {
				m.Tick(now)
			}
		}
	}
	return true
}

func (w *world) allIn() {
	w.Helper()
	in := func() bool {
		return !slices.ContainsFunc(w.order, func(m *member) bool { return !m.In() })
	}
	if !w.runUntil(time.Minute, in) {
		w.Fatal("not all are in")
	}
}

// says has a member say a line, and notes when.
func (w *world) says(m *member, line string) {
	w.said[m.name+":"+line] = time.Now()
	m.Say(time.Now(), []byte(line))
}

// settle waits until all was heard by all.
func (w *world) settle(most time.Duration) {
	w.Helper()
	pending := func(m *member) bool { return m.Pending() > 0 }
	settled := func() bool {
		return !slices.ContainsFunc(w.order, pending) && w.room.Unsent() == 0 &&
			w.room.Members() == len(w.order)
	}
	if !w.runUntil(most, settled) {
		w.Error("not all was heard")
	}
}

// spoken are the lines that a member has heard of another, in order.
func (m *member) spoken(by string) (texts []string) {
	for _, line := range m.heard {
		if text, is := strings.CutPrefix(line, by+":"); is {
			texts = append(texts, text)
		}
	}
	return texts
}

// The promise: on a bad network nothing is lost, nothing is doubled, and all is in order.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	const members, each = 20, 200
	seeds := 20
	if raceDetector {
		seeds = 2
	}
	for seed := range uint64(seeds) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, seed, network{loss: 0.2, dup: 0.1, reorder: 0.1})
			for i := range members {
				w.join(fmt.Sprintf("m%d", i), 1000+i)
			}
			w.allIn()
			for n := range each {
				for _, m := range w.order {
					w.says(m, fmt.Sprintf("%s says line %d", m.name, n))
					w.run(50 * time.Millisecond / members)
				}
			}
			w.settle(time.Minute)
			for _, m := range w.order {
				for _, other := range w.order {
					heard := m.spoken(other.name)
					for n, text := range heard {
						if want := fmt.Sprintf("%s says line %d", other.name, n); text != want {
							t.Fatalf("seed %d: %s heard %q, want %q", seed, m.name, text, want)
						}
					}
					if len(heard) != each {
						t.Fatalf("seed %d: %s heard %d of %s", seed, m.name, len(heard), other.name)
					}
				}
			}
			slices.Sort(w.delays)
			most := len(w.delays) - 1
			t.Logf("seed %d: %d delays: median %v, p99 %v, slowest %v", seed, len(w.delays),
				w.delays[most/2], w.delays[most*99/100], w.delays[most])
		})
	}
}

// expectHeard expects a member to have heard so many lines of ann's, each once and in order.
func (w *world) expectHeard(m *member, count int) {
	w.Helper()
	const by = "ann"
	heard := m.spoken(by)
	for n, text := range heard {
		if want := fmt.Sprint("line ", n); text != want {
			w.Fatalf("%s heard %q of %s, want %q", m.name, text, by, want)
		}
	}
	if len(heard) != count {
		w.Fatalf("%s heard %d lines of %s, want %d", m.name, len(heard), by, count)
	}
}

// sayLines says lines at a rate that a room takes.
func (w *world) sayLines(m *member, from, to int) {
	for n := from; n < to; n++ {
		w.says(m, fmt.Sprint("line ", n))
		w.run(2 * time.Millisecond)
	}
}

func bad() network { return network{loss: 0.2, dup: 0.1, reorder: 0.1} }

// in runs a test on a bubble's clock, in a plain world and in a sealed one.
func in(t *testing.T, n network, test func(w *world)) {
	t.Helper()
	for _, sealed := range []bool{false, true} {
		t.Run(map[bool]string{false: "open", true: "sealed"}[sealed], func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, n)
				if sealed {
					secret := seal.NewSecret()
					w.secret = &secret
					w.begin()
				}
				test(w)
			})
		})
	}
}

// A burst travels packed, and one that is more than a member may say is delayed, not lost.
func TestABurst(t *testing.T) {
	t.Parallel()
	in(t, bad(), func(w *world) {
		ann, bob := w.join("ann", 1), w.join("bob", 2)
		w.allIn()
		w.run(time.Second)
		before := w.sent
		const lines = 5000
		for n := range lines {
			w.says(ann, fmt.Sprint("line ", n))
		}
		w.settle(time.Minute)
		w.expectHeard(bob, lines)
		w.expectHeard(ann, lines)
		if w.sent-before > lines {
			w.Errorf("%d datagrams for %d lines: they travel alone", w.sent-before, lines)
		}
		if w.room.Delayed() == 0 {
			w.Error("nothing was delayed")
		}
	})
}

// A member that is asleep catches up, or is told how many lines it has missed.
func TestAMemberAsleep(t *testing.T) {
	t.Parallel()
	in(t, bad(), func(w *world) {
		ann, bob := w.join("ann", 1), w.join("bob", 2)
		w.allIn()
		bob.asleep = true
		w.sayLines(ann, 0, 500)
		w.run(10 * time.Second)
		bob.asleep = false
		w.settle(time.Minute)
		w.expectHeard(bob, 500)
		bob.asleep = true
		w.sayLines(ann, 500, 13_000) // more than the log keeps, in 25 s
		bob.asleep = false
		w.settle(time.Minute)
		heard := bob.spoken("ann")
		if bob.missed == 0 || uint64(len(heard))+bob.missed != 13_000 {
			w.Errorf("it heard %d lines and was told that it has missed %d", len(heard), bob.missed)
		}
		if last := heard[len(heard)-1]; last != "line 12999" {
			w.Errorf("the last one that it heard is %q", last)
		}
	})
}

// When the network is gone for a while, all goes on by itself: in the same session after 20 s, in
// another after 40.
func TestTheNetworkIsGone(t *testing.T) {
	t.Parallel()
	for _, gone := range []time.Duration{20 * time.Second, 40 * time.Second} {
		t.Run(gone.String(), func(t *testing.T) {
			t.Parallel()
			in(t, bad(), func(w *world) {
				ann, bob, carl := w.join("ann", 1), w.join("bob", 2), w.join("carl", 3)
				w.allIn()
				w.sayLines(ann, 0, 100)
				w.network.down = true
				w.sayLines(ann, 100, 200)
				w.run(gone)
				w.network.down = false
				w.runUntil(time.Minute, func() bool {
					return len(bob.spoken("ann")) == 200 && len(carl.spoken("ann")) == 200
				})
				w.sayLines(ann, 200, 300)
				w.settle(time.Minute)
				w.expectHeard(bob, 300)
				w.expectHeard(carl, 300)
				entries := slices.Contains(w.events, "idle bob")
				if entries != (gone > 30*time.Second) {
					w.Errorf("after %v: %q", gone, w.events)
				}
			})
		})
	}
}

// A member whose address changes keeps its session, and its lines.
func TestAMemberRoams(t *testing.T) {
	t.Parallel()
	in(t, bad(), func(w *world) {
		ann, bob := w.join("ann", 1), w.join("bob", 2)
		w.allIn()
		for i := range 5 {
			w.sayLines(ann, 100*i, 100*i+50)
			delete(w.members, ann.addr)
			ann.addr = addrOf(100 + i)
			w.members[ann.addr] = ann
			w.sayLines(ann, 100*i+50, 100*i+100)
		}
		w.settle(time.Minute)
		w.expectHeard(bob, 500)
		w.expectHeard(ann, 500)
		if slices.Contains(w.events, "left ann") || slices.Contains(w.events, "idle ann") {
			w.Errorf("it was out: %q", w.events)
		}
		if !slices.Contains(w.events, "moved ann") || w.room.Members() != 2 {
			w.Errorf("it has not moved: %q", w.events)
		}
	})
}

// A member that leaves is out, once, whatever is repeated; and a late repeat of its entry does not
// let it in again.
func TestLeaving(t *testing.T) {
	t.Parallel()
	in(t, bad(), func(w *world) {
		var entries [][]byte
		w.watch = func(toRoom bool, addr netip.AddrPort, data []byte) {
			if toRoom && addr == addrOf(1) && data[0] == 'L' {
				entries = append(entries, bytes.Clone(data))
			}
		}
		ann, bob := w.join("ann", 1), w.join("bob", 2)
		w.allIn()
		ann.Leave(time.Now())
		left := func() bool { return slices.Contains(ann.events, session.Left) }
		if !w.runUntil(time.Second, left) {
			w.Error("it is still there after a second")
		}
		w.run(time.Second)
		for _, entry := range entries {
			w.room.Receive(addrOf(1), entry)
			w.room.Flush()
			w.run(100 * time.Millisecond)
		}
		if w.room.Members() != 1 || slices.Contains(bob.heard[1:], "欢迎ann加入群聊") {
			w.Errorf("members: %d; bob heard %q", w.room.Members(), bob.heard)
		}
	})
}

// Another room, which knows nothing: a member is told, and says again what was not acknowledged.
func TestAnotherRoomBegins(t *testing.T) {
	t.Parallel()
	in(t, network{}, func(w *world) {
		ann, bob := w.join("ann", 1), w.join("bob", 2)
		w.allIn()
		w.sayLines(ann, 0, 10)
		w.settle(time.Second)
		w.begin()
		w.sayLines(ann, 10, 20)
		w.run(10 * time.Second)
		w.sayLines(ann, 20, 30)
		w.settle(time.Minute)
		for _, m := range w.order {
			if !slices.Contains(m.events, session.Anew) {
				w.Errorf("%s is told %v", m.name, m.events)
			}
		}
		if ann.Pending() > 0 || w.room.Members() != 2 {
			w.Errorf("%d lines wait; %d members", ann.Pending(), w.room.Members())
		}
		if last := bob.heard[len(bob.heard)-1]; last != "ann:line 29" {
			w.Errorf("bob heard at last %q", last)
		}
	})
}

// A room that is killed and begins again with its log: nothing that was acknowledged is lost, and
// nothing is doubled, however often.
func TestTheRoomIsKilled(t *testing.T) {
	t.Parallel()
	in(t, bad(), func(w *world) {
		path := filepath.Join(w.TempDir(), "log")
		open := func() *journal.File {
			log, err := journal.Open(path, w.room.LogID())
			if err != nil {
				w.Fatal(err)
			}
			w.room.Keep(log, log.ID(), log.Kept)
			return log
		}
		log := open()
		ann, bob, carl := w.join("ann", 1), w.join("bob", 2), w.join("carl", 3)
		w.allIn()
		const times, each = 20, 100
		for n := range times {
			w.sayLines(ann, n*each, n*each+each/2+n)
			_ = log.Close()
			if n%5 == 4 { // a last line that is cut short was never acknowledged
				cut, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					w.Fatal(err)
				}
				_, _ = cut.WriteString("12345 AAAAAAAAAAAAAAAA 77 ann  line ")
				_ = cut.Close()
			}
			w.begin()
			log = open()
			w.sayLines(ann, n*each+each/2+n, (n+1)*each)
			w.run(6 * time.Second)
		}
		w.settle(time.Minute)
		_ = log.Close()
		for _, m := range w.order {
			w.expectHeard(m, times*each)
			if slices.Contains(m.events, session.Anew) || m.missed > 0 {
				w.Errorf("%s: %v, missed %d", m.name, m.events, m.missed)
			}
		}
		_, _ = bob, carl
	})
}

// What strangers send changes nothing and costs nothing: before its cookie has come back an address
// is sent no more bytes than it has sent, and nothing is stored for it. What others have sent, sent
// again from elsewhere or back, is as little use.
func TestStrangers(t *testing.T) {
	t.Parallel()
	count := 1_000_000
	if raceDetector {
		count = 50_000
	}
	in(t, network{}, func(w *world) {
		var recorded [][]byte
		sentTo, sentBy := map[netip.AddrPort]int{}, map[netip.AddrPort]int{}
		w.watch = func(toRoom bool, addr netip.AddrPort, data []byte) {
			if addr.Port() < 1000 {
				recorded = append(recorded, bytes.Clone(data))
			} else if !toRoom {
				sentTo[addr] += len(data)
				if len(data) > 0 && w.secret != nil && bytes.Contains(data, []byte("ann:")) {
					w.Errorf("a sealed room tells %q", data)
				}
			}
		}
		ann, bob := w.join("ann", 1), w.join("bob", 2)
		w.allIn()
		w.sayLines(ann, 0, 50)
		w.settle(time.Second)
		w.run(time.Second)
		events := len(w.events)
		random := rand.New(rand.NewPCG(7, 0))
		for n := range count / 2 {
			data := bytes.Clone(recorded[random.IntN(len(recorded))])
			switch random.IntN(4) {
			case 0: // as it was
			case 1:
				data = data[:random.IntN(len(data)+1)]
			default:
				for range 1 + random.IntN(4) {
					data[random.IntN(len(data))] = byte(random.Uint32())
				}
			}
			stranger := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}),
				uint16(1000+random.IntN(60_000)))
			if isPlainEntry(data) { // somebody enters on the plain wire, as it may
				continue
			}
			sentBy[stranger] += len(data)
			w.room.Receive(stranger, data)
			if sentTo[stranger] > sentBy[stranger] {
				w.Fatalf("%v has sent %d bytes and was sent %d; the last was %q",
					stranger, sentBy[stranger], sentTo[stranger], data)
			}
			if n%1000 == 0 {
				w.room.Flush()
				w.arrive = nil
			}
		}
		for _, what := range w.events[events:] {
			if !strings.HasPrefix(what, "refused") {
				w.Fatalf("a stranger has made this happen: %s", what)
			}
		}
		if w.room.Members() != 2 {
			w.Errorf("%d members", w.room.Members())
		}
		w.sayLines(ann, 50, 100)
		w.settle(time.Minute)
		w.expectHeard(bob, 100)
	})
}

func isPlainEntry(data []byte) bool {
	d, ok := wire.Parse(data)
	return len(data) > 0 && data[0] == 'L' && (!ok || d.Verb != wire.Enter)
}

// In a sealed room nothing can be read on the wire, and no position of a key's stream is used
// twice, also when another room begins.
func TestNothingSealedIsSaidTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, bad())
		secret := seal.NewSecret()
		w.secret = &secret
		w.begin()
		seen := map[string]string{}
		// As words: by chance, they stand in the middle of base64, too.
		plain := regexp.MustCompile(`(^|[^\w-])(ann|bob|line)([^\w-]|$)`)
		w.watch = func(toRoom bool, _ netip.AddrPort, data []byte) {
			if plain.Match(data) {
				t.Errorf("%q can be read", data)
			}
			if data[0] != 'S' {
				return
			}
			fields := strings.Fields(string(data))
			at := fmt.Sprint(toRoom, " ", fields[1], " ", fields[2])
			if before, is := seen[at]; is && before != string(data) {
				t.Errorf("%s: first %q, then %q", at, before, data)
			}
			seen[at] = string(data)
		}
		ann := w.join("ann", 1)
		w.join("bob", 2)
		w.allIn()
		w.sayLines(ann, 0, 200)
		w.begin()
		w.sayLines(ann, 200, 400)
		w.run(10 * time.Second)
		w.settle(time.Minute)
		if len(seen) < 400 {
			t.Errorf("%d sealed datagrams", len(seen))
		}
	})
}
