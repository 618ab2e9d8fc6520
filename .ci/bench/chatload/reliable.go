//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/chat/session"
)

// peer is a member on the mtp wire.
type peer struct {
	*session.Session
	*socket
	name  string
	heard int
	lines func(line []byte)
}

// peers are all of them, and the bad network on their way out.
type peers struct {
	all    []*peer
	polled []unix.PollFd
	loss   float64
	random *rand.Rand
	buffer [][]byte
}

// enterPeers lets members enter, one after the other.
func enterPeers(
	addr string, members int, loss float64, first func(),
) (p *peers, slowest time.Duration, err error) {
	p = &peers{loss: loss, random: rand.New(rand.NewPCG(1, 1))}
	for i := range batch {
		p.buffer = append(p.buffer, make([]byte, 2048))
		headers[i].header.Iov = &unix.Iovec{Base: &p.buffer[i][0]}
		headers[i].header.Iov.SetLen(2048)
		headers[i].header.SetIovlen(1)
	}
	for i := range members {
		s, err := dial(addr)
		if err != nil {
			return nil, 0, err
		}
		m := &peer{socket: s, name: fmt.Sprintf("m%d", i)}
		m.Session = session.New(m.name, nil, func(data []byte) {
			if p.loss == 0 || p.random.Float64() >= p.loss {
				_, _ = unix.Write(s.fd, data)
			}
		}, func(e session.Event) {
			if e.Kind == session.Heard && bytes.Contains(e.Line, []byte(":")) {
				m.heard++
				if m.lines != nil {
					m.lines(e.Line)
				}
			}
		})
		p.all = append(p.all, m)
		p.polled = append(p.polled, unix.PollFd{Fd: int32(s.fd), Events: unix.POLLIN})
		begun := time.Now()
		for m.Enter(begun); !m.Entered(); p.turn() {
			if time.Since(begun) > 10*time.Second {
				return nil, 0, errors.New("a member can't enter")
			}
		}
		if i == 0 {
			first()
		} else { // the first has waited for the server to start
			slowest = max(slowest, time.Since(begun))
		}
	}
	return p, slowest, nil
}

// turn takes what has come, and does what is due; it waits for that for a few milliseconds.
func (p *peers) turn() {
	_, _ = unix.Poll(p.polled, 2)
	for i, m := range p.all {
		if p.polled[i].Revents != 0 {
			m.receive(p)
		}
		if now := time.Now(); !m.Due().IsZero() && !now.Before(m.Due()) {
			m.Tick(now)
		}
	}
}

func (m *peer) receive(p *peers) {
	for {
		n := receive(m.fd)
		now := time.Now()
		for i := range n {
			m.Receive(now, p.buffer[i][:headers[i].length])
		}
		m.Flush(now)
		if n < batch {
			return
		}
	}
}

// runPeers has one member speak and the others listen, as fast as they can.
func runPeers(members, lines, window int, most time.Duration, addr string, server int) error {
	memory := 0
	p, _, err := enterPeers(addr, members, 0, func() { memory = residentBytes(server) })
	if err != nil {
		return err
	}
	for range 100 { // the notices of those who entered
		p.turn()
	}
	memory = residentBytes(server) - memory
	before, err := cpu(server)
	if err != nil {
		return err
	}
	for _, m := range p.all {
		m.heard = 0
	}
	begun, sent := time.Now(), 0
	spoken := []byte(line)
	rounds := max(lines/(members-1)/window, 1)
	heard := func() int {
		least := sent
		for _, m := range p.all[1:] {
			least = min(least, m.heard)
		}
		return least
	}
	for range rounds {
		now := time.Now()
		for range window {
			p.all[0].Say(now, spoken)
		}
		sent += window
		for heard() < sent-window/2 && time.Since(begun) < most {
			p.turn()
		}
	}
	for heard() < sent && time.Since(begun) < most {
		p.turn()
	}
	took := time.Since(begun)
	after, err := cpu(server)
	if err != nil {
		return err
	}
	delivered := 0
	for _, m := range p.all[1:] {
		delivered += m.heard
	}
	fmt.Printf("%d %d %.0f %.2f %.1f\n", delivered, sent*(members-1)-delivered,
		float64(delivered)/took.Seconds(), (after-before).Seconds()*1e6/float64(delivered),
		float64(memory)/float64(members)/1024)
	return nil
}

// runLoss has all members speak at their usual rate on a bad network, and prints how long each line
// took to each member.
func runLoss(members, lines int, loss float64, addr string) error {
	p, slowestEntry, err := enterPeers(addr, members, loss, func() {})
	if err != nil {
		return err
	}
	said := map[string]time.Time{}
	next := make([]map[string]int, members)
	var delays []time.Duration
	doubled, swapped := 0, 0
	for i, m := range p.all {
		next[i] = map[string]int{}
		m.lines = func(line []byte) {
			delays = append(delays, time.Since(said[string(line)]))
			who, text, _ := strings.Cut(string(line), ":")
			switch n, _ := strconv.Atoi(strings.Fields(text)[1]); {
			case n < next[i][who]:
				doubled++
			case n > next[i][who]:
				swapped++
			default:
				next[i][who] = n + 1
			}
		}
	}
	const each = 50 * time.Millisecond // of a member, as fast as a room lets it
	begun := time.Now()
	for n := range lines {
		for at := begun.Add(time.Duration(n) * each / time.Duration(members)); time.Now().Before(at); {
			p.turn()
		}
		m := p.all[n%members]
		text := fmt.Sprintf("line %d of those that are said here", n/members)
		said[m.name+":"+text] = time.Now()
		m.Say(time.Now(), []byte(text))
	}
	for over := time.Now().Add(20 * time.Second); len(delays) < lines*members && time.Now().Before(over); {
		p.turn()
	}
	slices.Sort(delays)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	fmt.Printf("%d lines to %d members, %.0f %% lost each way: lost %d, doubled %d, out of order %d; latency median %.1f ms, p99 %.1f ms, slowest %.1f ms; slowest entry %.0f ms\n",
		lines, members, 100*loss, lines*members-len(delays), doubled, swapped, ms(delays[len(delays)/2]),
		ms(delays[len(delays)*99/100]), ms(delays[len(delays)-1]), ms(slowestEntry))
	return nil
}

// residentBytes is how much memory a process has that is its own (RssAnon).
func residentBytes(pid int) int {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, is := strings.CutPrefix(line, "RssAnon:"); is {
			kb, _ := strconv.Atoi(strings.Fields(value)[0])
			return kb << 10
		}
	}
	return 0
}
