package chat_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtp/lessons/kit/outside"
)

// enters lets a client in, once a room listens.
func (c client) enters(name string) {
	c.Helper()
	outside.Eventually(c.T, "a room that answers", func() bool {
		_, _ = c.Write([]byte("L " + name)) // it fails while nobody listens yet
		answer := make([]byte, 1024)
		_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, err := c.Read(answer)
		return err == nil && string(answer[:n]) == "OK"
	})
	c.drains() // answers to what was asked before
}

// drains takes what has come meanwhile.
func (c client) drains() {
	for rest := make([]byte, 1024); ; {
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := c.Read(rest); err != nil {
			return
		}
	}
}

// A room does not wait for its screen: here nobody reads what it writes.
func TestNobodyReadsWhatTheRoomSays(t *testing.T) {
	t.Parallel()
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.LocalAddr().String()
	_ = free.Close()
	unread, screen, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer unread.Close()
	room := exec.Command(
		"mtp", "chat", "serve", "--json", "--wire", "--rate=100000", "--listen="+addr)
	room.Stdout, room.Stderr = screen, screen
	if err := room.Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close()
	defer func() {
		_ = room.Process.Kill()
		_ = room.Wait()
	}()
	a, b := newClient(t, addr), newClient(t, addr)
	a.enters("ann")
	b.enters("bob")
	a.drains()
	for n := range 3000 {
		b.says(fmt.Sprintf("C bob line %d", n))
		a.hears(fmt.Sprintf("bob:line %d", n))
	}
}

// Whatever strangers do, what is told of it is bounded; how much is left out is told.
func TestTheRoomTellsSoMuchASecond(t *testing.T) {
	t.Parallel()
	s, addr := serve(t, "--wire")
	a, eve := newClient(t, addr), newClient(t, addr)
	a.enters("ann")
	const each = 3000
	for n := range each {
		eve.says([]string{"L eve", "Q eve"}[n%2])
		eve.says("\xff")
	}
	counts, _ := s.Until("serve.leftout").Fields["counts"].(map[string]any)
	if counts["refused"] == nil {
		t.Errorf("left out: %v", counts)
	}
	told := map[string]int{}
	for _, e := range stop(s) {
		told[e.Name]++
	}
	if told["serve.refused"] < 20 || told["serve.refused"] > each/10 ||
		told["serve.entered"] > each/4 || told["serve.wire"] > each {
		t.Errorf("told: %v", told)
	}
}

// 0.0.0.0 is all of IPv4, and nothing else.
func TestItListensWhereItWasTold(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "chat", "serve", "--json", "--listen=0.0.0.0:0")
	listen := s.Until("serve.who").Fields["listen"].(string)
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		t.Fatal(err)
	}
	if v6, err := os.ReadFile("/proc/net/udp6"); err == nil {
		var number int
		_, _ = fmt.Sscan(port, &number)
		if strings.Contains(string(v6), fmt.Sprintf(":%04X ", number)) {
			t.Errorf("port %s is open for IPv6", port)
		}
	}
	if err := syscall.Kill(s.MTP(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	s.End()
}
