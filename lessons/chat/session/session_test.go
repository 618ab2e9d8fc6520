package session_test

import (
	"bytes"
	"container/heap"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/seal"
	"mtp/lessons/chat/session"
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
			w.events = append(w.events, strings.TrimSpace(fmt.Sprint(e.Kind, " ", e.Name, " ", e.Reason)))
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

// says says a line, and notes when.
func (w *world) says(m *member, line string) {
	w.said[m.name+":"+line] = time.Now()
	m.Say(time.Now(), []byte(line))
}

// settle waits until all was heard by all.
func (w *world) settle(most time.Duration) {
	w.Helper()
	pending := func(m *member) bool { return m.Pending() > 0 }
	settled := func() bool { return !slices.ContainsFunc(w.order, pending) && w.room.Unsent() == 0 }
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
	const members, each, seeds = 20, 200, 20
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
			t.Logf("seed %d: %d delays: median %v, p99 %v, slowest %v; datagrams: %d",
				seed, len(w.delays), w.delays[most/2], w.delays[most*99/100], w.delays[most], w.sent)
		})
	}
}
