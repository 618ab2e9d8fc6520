package chat_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mtp/lessons/kit/outside"
)

// join lets a member enter a room.
func join(t *testing.T, addr, name string, flags ...string) *outside.Session {
	t.Helper()
	s := outside.Start(t, append([]string{
		"mtp", "chat", "join", "--json", "--server", addr, "--name", name,
	}, flags...)...)
	s.Until("join.entered")
	return s
}

// heard are the texts that a member has heard of another.
func heard(s *outside.Session, of string) (texts []string) {
	for _, e := range s.Seen {
		if e.Name == "join.heard" && e.Fields["who"] == of {
			texts = append(texts, e.Fields["text"].(string))
		}
	}
	return texts
}

// hearUntil waits until a member has heard a text.
func hearUntil(s *outside.Session, text string) {
	s.Helper()
	is := func(e outside.Event) bool { return e.Name == "join.heard" && e.Fields["text"] == text }
	if slices.ContainsFunc(s.Seen, is) {
		return
	}
	for !is(s.Until("join.heard")) {
	}
}

// leave lets a member leave.
func leave(s *outside.Session) {
	s.Helper()
	s.EnterLine("quit")
	s.Until("join.left")
	s.Finish()
}

// A course client, a member on the mtp wire and one that asks for the plain one, in one room: each
// is told what is said, the course client in its own bytes.
func TestBothWiresInOneRoom(t *testing.T) {
	t.Parallel()
	s, addr := serve(t, "--wire")
	course := newClient(t, addr)
	course.says("L 张三")
	course.hears("OK")
	ann := join(t, addr, "ann")
	ann.Until("join.speaks.mtp")
	course.hears("\n欢迎ann加入群聊")
	bob := join(t, addr, "bob", "--plain")
	bob.Until("join.speaks.asked")
	course.hears("\n欢迎bob加入群聊")
	course.says("C 张三 嗨")
	for _, m := range []*outside.Session{ann, bob} {
		hearUntil(m, "嗨")
	}
	ann.EnterLine("hello")
	course.hears("ann:hello")
	hearUntil(bob, "hello")
	s.EnterLine("大家好")
	course.hears("管理员:大家好")
	ann.Until("join.admin")
	leave(ann)
	course.hears("\nann 退出群聊")
	course.says("Q 张三")
	course.hears("EXIT")
	stop(s)
	bob.Until("join.exit")
	bob.Finish()
	acknowledges := func(e outside.Event) bool {
		means, _ := e.Fields["means"].(string)
		return e.Name == "serve.wire.means" && means != ""
	}
	if !slices.ContainsFunc(s.Seen, acknowledges) {
		t.Error("--wire does not say what the datagrams mean")
	}
}

// The demonstration: on the plain wire lines are missing, on mtp's none is.
func TestDemo(t *testing.T) {
	t.Parallel()
	events := outside.Start(
		t, "mtp", "--json", "--pace=0", "--answers=26,0", "chat", "demo", "--loss=0.3").Finish()
	var lost []any
	right := 0
	for _, e := range events {
		switch {
		case e.Name == "demo.counts":
			row := e.Fields["rows"].([]any)[0].(map[string]any)
			lost = append(lost, row["lost"])
			if len(lost) == 2 && (row["doubled"] != 0.0 || row["swapped"] != 0.0) {
				t.Errorf("on mtp's wire: %v", row)
			}
		case e.Name == "predict.right" && e.Fields["question"] == "ask.missing":
			right++
		}
	}
	if len(lost) != 2 || lost[0] == 0.0 || lost[1] != 0.0 || right != 1 {
		t.Errorf("lost on the plain wire and on mtp's: %v", lost)
	}
}

// A room is killed, while somebody talks, and begins again with its log. Nothing that was
// acknowledged is lost, and nothing is doubled. (Package session's test does it twenty times; with
// MTP_KILLS=20 this one does, too.)
func TestARoomIsKilledAndGoesOn(t *testing.T) {
	t.Parallel()
	times, _ := strconv.Atoi(os.Getenv("MTP_KILLS"))
	times = max(times, 3)
	log := filepath.Join(t.TempDir(), "log")
	flags := []string{"--log", log, "--rate=1000", "--loss=0.1"}
	s, addr := serve(t, flags...)
	ann, bob := join(t, addr, "ann"), join(t, addr, "bob")
	const each = 20
	for n := range times {
		for i := range each {
			ann.EnterLine(strconv.Itoa(n*each + i))
		}
		if err := syscall.Kill(s.MTP(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		s.End()
		s, _ = serve(t, append(flags, "--listen", addr)...)
		ann.Until("join.returned")
		bob.EnterLine("still here") // so it notices at once
		bob.Until("join.returned")
	}
	hearUntil(bob, strconv.Itoa(times*each-1))
	texts := heard(bob, "ann")
	for i, text := range texts {
		if text != strconv.Itoa(i) {
			t.Fatalf("line %d is %q", i, text)
		}
	}
	if len(texts) != times*each {
		t.Errorf("%d lines, want %d", len(texts), times*each)
	}
	leave(ann)
	leave(bob) // the room's own farewell may be lost, as all that it sends
	stop(s)
}

// A member is stopped while others talk, and catches up when it goes on.
func TestAStoppedMemberCatchesUp(t *testing.T) {
	t.Parallel()
	s, addr := serve(t, "--rate=1000000")
	ann, bob := join(t, addr, "ann"), join(t, addr, "bob")
	its := append(outside.ChildrenOf(t, bob.MTP()), bob.MTP())
	signal := func(sig syscall.Signal) {
		t.Helper()
		for _, pid := range its {
			if err := syscall.Kill(pid, sig); err != nil {
				t.Fatal(err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	const lines = 300
	for n := range lines {
		ann.EnterLine(strconv.Itoa(n))
	}
	for e := s.Until("serve.spoke"); e.Fields["text"] != strconv.Itoa(lines-1); {
		e = s.Until("serve.spoke")
	}
	signal(syscall.SIGCONT)
	hearUntil(bob, strconv.Itoa(lines-1))
	if texts := heard(bob, "ann"); len(texts) != lines {
		t.Errorf("%d lines, want %d", len(texts), lines)
	}
	leave(ann)
	leave(bob)
	stop(s)
}

// A member whose port changes on the way, as behind a router that has begun anew, keeps its session
// and its lines.
func TestAMemberRoamsToAnotherPort(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer front.Close()
	router := newRouter(t, front, addr)
	ann, bob := join(t, front.LocalAddr().String(), "ann"), join(t, addr, "bob")
	ann.EnterLine("before")
	hearUntil(bob, "before")
	router.hop()
	ann.EnterLine("after")
	hearUntil(bob, "after")
	if e := s.Until("serve.moved"); e.Fields["name"] != "ann" {
		t.Errorf("%v", e.Fields)
	}
	bob.EnterLine("welcome")
	hearUntil(ann, "welcome")
	leave(ann)
	leave(bob)
	stop(s)
}

// router passes on what a member and a room say, from a port that can change.
type router struct {
	*testing.T
	front  *net.UDPConn
	addr   string
	mu     sync.Mutex
	back   *net.UDPConn
	member *net.UDPAddr
}

func newRouter(t *testing.T, front *net.UDPConn, addr string) *router {
	t.Helper()
	r := &router{T: t, front: front, addr: addr}
	r.hop()
	go func() {
		for buffer := make([]byte, 2048); ; {
			n, from, err := front.ReadFromUDP(buffer)
			if err != nil {
				return
			}
			r.mu.Lock()
			r.member = from
			_, _ = r.back.Write(buffer[:n])
			r.mu.Unlock()
		}
	}()
	return r
}

// hop has it send from another port.
func (r *router) hop() {
	r.Helper()
	conn, err := net.Dial("udp", r.addr)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { conn.Close() })
	back := conn.(*net.UDPConn)
	r.mu.Lock()
	r.back = back
	r.mu.Unlock()
	go func() {
		for buffer := make([]byte, 2048); ; {
			n, err := back.Read(buffer)
			if err != nil {
				return
			}
			r.mu.Lock()
			if r.back == back { // what still comes to the old port is lost
				_, _ = r.front.WriteToUDP(buffer[:n], r.member)
			}
			r.mu.Unlock()
		}
	}()
}

// A sealed room: who holds the secret is in; the others get no answer, and a member with a secret
// says nothing in a room that is not sealed.
func TestASealedRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := func(name string) (path string) {
		t.Helper()
		made := outside.Start(t, "mtp", "chat", "secret", "--json")
		text := made.Until("secret.made").Fields["secret"].(string)
		made.Finish()
		path = filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours, theirs := secret("ours"), secret("theirs")
	s, addr := serve(t, "--secret-file", ours, "--wire")
	s.Until("serve.sealed")
	ann := join(t, addr, "ann", "--secret-file", ours)
	bob := join(t, addr, "bob", "--secret-file", ours)
	ann.Until("join.speaks.sealed")
	ann.EnterLine("a word")
	hearUntil(bob, "a word")
	newClient(t, addr).says("L eve")
	if e := s.Until("serve.refused"); e.Fields["reason"] != "not_plain" {
		t.Errorf("a plain entry: %v", e.Fields)
	}
	eve := outside.Start(t, "mtp", "chat", "join", "--json", "--name=eve", "--server", addr,
		"--secret-file", theirs)
	for e := s.Until("serve.refused"); e.Fields["reason"] != "bad_seal"; {
		e = s.Until("serve.refused")
	}
	if err := eve.Interrupt(); err != nil {
		t.Fatal(err)
	}
	eve.End()
	leave(ann)
	leave(bob)
	stop(s)
	for _, e := range s.Seen {
		bytes, _ := e.Fields["bytes"].(string)
		onTheWire := strings.HasPrefix(e.Name, "serve.wire") && e.Name != "serve.wire.inside"
		if onTheWire && (strings.Contains(bytes, "a word") || strings.Contains(bytes, "ann")) {
			t.Errorf("it can be read: %s", bytes)
		}
	}
	open, openAddr := serve(t)
	lost := outside.Start(t, "mtp", "chat", "join", "--json", "--name=ann", "--server", openAddr,
		"--secret-file", ours)
	lost.End()
	stop(open)
	for _, e := range open.Seen {
		if e.Name == "serve.entered" {
			t.Error("with a secret it has entered a room that is not sealed")
		}
	}
}
