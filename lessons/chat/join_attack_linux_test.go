package chat_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"mtp/lessons/chat/wire"
	"mtp/lessons/kit/outside"
)

// fakeRoom answers as a test wants it.
type fakeRoom struct {
	*testing.T
	*net.UDPConn
	member netip.AddrPort
}

func newFakeRoom(t *testing.T) *fakeRoom {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &fakeRoom{T: t, UDPConn: conn}
}

func (r *fakeRoom) addr() string { return r.LocalAddr().String() }

// hears waits for a datagram that begins so, and returns it.
func (r *fakeRoom) hears(begin string) string {
	r.Helper()
	_ = r.SetReadDeadline(time.Now().Add(time.Minute))
	for buffer := make([]byte, 2048); ; {
		n, from, err := r.ReadFromUDPAddrPort(buffer)
		if err != nil {
			r.Fatalf("it waits for %q: %v", begin, err)
		}
		if bytes.HasPrefix(buffer[:n], []byte(begin)) {
			r.member = from
			return string(buffer[:n])
		}
	}
}

func (r *fakeRoom) says(datagram string) {
	r.Helper()
	if _, err := r.WriteToUDPAddrPort([]byte(datagram), r.member); err != nil {
		r.Error(err)
	}
}

// admits lets a member in on the plain wire.
func (r *fakeRoom) admits() {
	r.Helper()
	r.hears("L ")
	r.says("OK")
}

// admitsOnMTP lets a member in on the mtp wire, and returns its session.
func (r *fakeRoom) admitsOnMTP() (id wire.ID) {
	r.Helper()
	asked, ok := wire.Parse([]byte(r.hears("L ")))
	if !ok {
		r.Fatal("it does not ask for the mtp wire")
	}
	id[0] = 1
	r.says(string(wire.AppendWelcome(nil, wire.Datagram{
		Version: wire.Version, Nonce: asked.Nonce, Session: id, Log: wire.Log{1}, Next: 1,
	})))
	return id
}

// joins starts a member of a room, which does not know it yet.
func joins(t *testing.T, addr string, flags ...string) *outside.Session {
	t.Helper()
	return outside.Start(t, append([]string{
		"mtp", "chat", "join", "--json", "--name=ann", "--server", addr,
	}, flags...)...)
}

// What comes from the network is shown up to a limit; how much was left out is told, and neither
// process grows.
func TestAFloodIsBounded(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := joins(t, room.addr(), "--wire")
	room.admits()
	s.Until("join.entered")
	const datagrams = 60_000
	var flood sync.WaitGroup
	flood.Go(func() {
		long := strings.Repeat("长", 300)
		for n := range datagrams {
			room.says([]string{
				fmt.Sprintf("n%d:%s", n, long), fmt.Sprintf("\n欢迎n%d加入群聊", n), "\xff" + long, "OK",
			}[n%4])
		}
	})
	told := s.Until("join.leftout").Number("count")
	if told == 0 {
		t.Error("nothing was left out")
	}
	seconds := map[int64]int{}
	for _, e := range s.Seen {
		switch e.Name {
		case "join.heard", "join.notice", "join.wire.in":
			seconds[e.Time.Unix()]++
		}
	}
	for second, shown := range seconds {
		if shown > 2*1000 { // a second of its own may begin in the middle of one
			t.Errorf("in second %d it has shown %d", second, shown)
		}
	}
	flood.Wait()
	for _, pid := range append(outside.ChildrenOf(t, s.MTP()), s.MTP()) {
		if kib := rss(t, pid); kib > 32<<10 && !raceDetector {
			t.Errorf("%s takes %d KiB", outside.PS(t, pid, "args"), kib)
		}
	}
	s.EnterLine("quit") // behind all that has come, EXIT may be late
	s.Finish()
}

// rss is how much memory a process takes, in KiB.
func rss(t *testing.T, pid int) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	_, _ = fmt.Sscan(string(after), &kib)
	return kib
}

// To a member on the mtp wire nobody speaks on the plain one, and a repeated OK says nothing.
func TestNobodySpeaksBesideTheMTPWire(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := joins(t, room.addr())
	id := room.admitsOnMTP()
	s.Until("join.entered")
	for _, forged := range []string{"bob:forged", "\n欢迎eve加入群聊", "OK", "EXIT", "\n用户名存在"} {
		room.says(forged)
	}
	room.says(string(wire.AppendLines(nil, wire.Down, id, 1, nil, 0)) + "bob:true")
	if e := s.Until("join.heard"); e.Fields["text"] != "true" {
		t.Errorf("it has heard %v", e.Fields)
	}
	s.EnterLine("quit")
	room.hears("Q ")
	room.says(string(wire.AppendExit(nil, id)))
	s.Until("join.left")
	for _, e := range s.Finish() {
		if e.Name == "join.notice" {
			t.Errorf("shown: %v", e.Fields)
		}
	}
}

// A member that was put out asks to enter again, and names what may be lost.
func TestAMemberThatIsOutComesBack(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := joins(t, room.addr(), "--plain")
	room.admits()
	s.Until("join.entered")
	s.EnterLine("before")
	room.hears("C ann before")
	room.says("bob:a sign of life")
	s.Until("join.heard")
	for _, text := range []string{"one", "two"} {
		s.EnterLine(text)
		room.hears("C ann " + text)
	}
	room.says("EXIT")
	room.says("EXIT")
	room.hears("L ann")
	room.says("OK")
	room.says("OK")
	s.Until("join.readmitted")
	e := s.Until("join.doubtful")
	if lines := e.Fields["lines"].(string); e.Number("count") != 2 || lines != "“one” “two”" {
		t.Errorf("it may have lost %v", e.Fields)
	}
	s.EnterLine("three")
	room.hears("C ann three")
	room.says("EXIT") // this time nobody answers: the room has ended
	room.hears("L ann")
	s.Until("join.exit")
	if code, _ := s.End(); code != 1 { // a script's line is lost
		t.Errorf("exit code %d, want 1", code)
	}
	for _, e := range s.Seen {
		if e.Name == "join.notice" {
			t.Errorf("shown: %v", e.Fields)
		}
	}
}

// Who has nothing to say need not be in: the room lives, and the next line asks to enter.
func TestASilentMemberThatIsOut(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := outside.OnTerminal(t, "mtp", "chat", "join", "--lang=en", "--name=ann", "--plain",
		"--server", room.addr())
	room.admits()
	s.Await("You are in, as ann.")
	room.says("EXIT")
	room.hears("Q ann")
	room.says("EXIT")
	s.Await("you are not in it any more")
	s.Key("here I am\r")
	room.hears("L ann")
	room.says("OK")
	room.hears("C ann here I am")
	s.Key("quit\r")
	room.hears("Q ann")
	room.says("EXIT")
	outside.Ends(s, 0)
}

// Somebody else may have the name meanwhile.
func TestAMemberThatIsOutHasLostItsName(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := joins(t, room.addr(), "--plain")
	room.admits()
	s.Until("join.entered")
	s.EnterLine("lost")
	room.hears("C ann lost")
	room.says("EXIT")
	room.hears("L ann")
	room.says("\n用户名存在") // meanwhile somebody else has the name
	s.Until("join.doubtful")
	if code, _ := s.End(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}

// A line is shown as said when the room has it, and before that as one that it has not.
func TestALineThatWaitsIsShownSo(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := outside.OnTerminal(t, "mtp", "chat", "join", "--lang=en", "--color=never", "--name=ann",
		"--server", room.addr())
	id := room.admitsOnMTP()
	s.Await("ann> ")
	s.Key("hello\r")
	s.Await("Not yet taken by the room: “hello”")
	s.Key("second\r")
	s.Await("Not yet taken by the room: “second”")
	if strings.Contains(s.Screen(), "ann  hello") {
		t.Errorf("it is shown as said:\n%s", s.Screen())
	}
	room.says(string(wire.AppendAck(nil, id, wire.Ack{Cum: 2})))
	s.Await(" ann  hello\r\n")
	s.Await(" ann  second\r\n")
	s.Key("never\r")
	s.Await("“never”")
	s.Key("\x03")
	s.Key("\x03") // it would wait for the acknowledgement
	outside.Shows(s, `may\s+be\s+lost:\s+1\.\s+“never”`)
	s.End()
}

// A script is told whether the room has taken its lines.
func TestAScriptIsToldWhatWasTaken(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := joins(t, room.addr())
	id := room.admitsOnMTP()
	s.Until("join.entered")
	s.EnterLine("one")
	s.EnterLine("two")
	room.hears("M ")
	s.Until("join.waiting")
	room.says(string(wire.AppendAck(nil, id, wire.Ack{Cum: 1})))
	if e := s.Until("join.acknowledged"); e.Fields["text"] != "one" {
		t.Errorf("acknowledged: %v", e.Fields)
	}
	room.says(string(wire.AppendExit(nil, id)))
	if code, _ := s.End(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}

// A room takes all that comes from a pipe, on both wires, however fast it is written.
func TestAScriptKeepsToTheRoomsPace(t *testing.T) {
	t.Parallel()
	for _, wire := range []string{"--plain", "--rate=0"} {
		t.Run(wire, func(t *testing.T) {
			t.Parallel()
			const lines = 80 // more than a burst
			s, addr := serve(t)
			var typed strings.Builder
			for n := range lines {
				fmt.Fprintln(&typed, n)
			}
			join := exec.Command("cage", "mtp", "chat", "join", "--json", "--name=bot",
				"--server", addr, wire)
			join.Stdin = strings.NewReader(typed.String())
			out, err := join.Output()
			if err != nil {
				t.Errorf("%v:\n%s", err, out)
			}
			s.Until("serve.left")
			stop(s)
			spoke := 0
			for _, e := range s.Seen {
				if e.Name == "serve.spoke" {
					spoke++
				}
			}
			if spoke != lines {
				t.Errorf("%d of %d lines were taken", spoke, lines)
			}
		})
	}
}

// A script that says too much for a room fails.
func TestAScriptThatIsTooFastFails(t *testing.T) {
	t.Parallel()
	s, addr := serve(t, "--rate=4", "--quiet")
	join := exec.Command("cage", "mtp", "chat", "join", "--lang=en", "--plain", "--name=bot",
		"--server", addr)
	join.Stdin = strings.NewReader(strings.Repeat("again\n", 30))
	var complaint bytes.Buffer
	join.Stderr = &complaint
	_ = join.Run()
	if code := join.ProcessState.ExitCode(); code != 1 ||
		strings.Count(complaint.String(), "the room has not taken all that was said") != 1 {
		t.Errorf("exit code %d: %s", code, complaint.String())
	}
	stop(s)
}

// A member whose sender is killed leaves: its receiver says so.
func TestAKilledMemberIsNoGhost(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	for _, flag := range []string{"--plain", "--rate=0"} {
		m := join(t, addr, "ann", flag)
		if err := syscall.Kill(m.MTP(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if e := s.Until("serve.left"); e.Fields["name"] != "ann" {
			t.Errorf("%v", e.Fields)
		}
		m.End()
	}
	stop(s)
}

// Whatever its screen does, a member goes on acknowledging, and one signal ends it.
func TestAStuckScreenHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for _, screen := range []string{"pipe", "json", "terminal"} {
		t.Run(screen, func(t *testing.T) {
			t.Parallel()
			room := newFakeRoom(t)
			join := exec.Command("cage", "mtp", "chat", "join", "--lang=en", "--name=ann",
				"--server", room.addr())
			if screen == "json" {
				join.Args = append(join.Args, "--json")
			}
			from, to := stuck(t, join, screen)
			if err := join.Start(); err != nil {
				t.Fatal(err)
			}
			to.Close()
			t.Cleanup(func() { _ = join.Process.Kill() })
			id := room.admitsOnMTP()
			room.hears("A ")
			next := room.fill(id)
			if next < 50 {
				t.Errorf("only %d lines were taken", next)
			}
			room.hears("A ") // also five seconds later
			mtp := outside.ChildrenOf(t, join.Process.Pid)[0]
			if kib := rss(t, mtp); kib > 32<<10 && !raceDetector {
				t.Errorf("it takes %d KiB", kib)
			}
			if err := syscall.Kill(mtp, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() {
				_ = join.Wait() // its exit code says how
				close(ended)
			}()
			select {
			case <-ended:
			case <-time.After(outside.Grace):
				t.Fatalf("one SIGTERM does not end it: %s", outside.PS(t, mtp, "args"))
			}
			if code := join.ProcessState.ExitCode(); code != 130 {
				t.Errorf("exit code %d", code)
			}
			if screen == "terminal" {
				state, err := unix.IoctlGetTermios(int(from.Fd()), unix.TCGETS)
				if err != nil || state.Lflag&unix.ICANON == 0 {
					t.Errorf("the terminal stays raw: %v", err)
				}
			}
		})
	}
}

// stuck gives a command a screen from which nobody reads.
func stuck(t *testing.T, command *exec.Cmd, screen string) (from, to *os.File) {
	t.Helper()
	var err error
	if screen == "terminal" {
		from, to, err = pty.Open()
		command.Stdin, command.SysProcAttr = to, &syscall.SysProcAttr{Setsid: true, Setctty: true}
		command.Env = append(os.Environ(), "TERM=xterm")
	} else {
		from, to, err = os.Pipe()
		stdin, pipeErr := command.StdinPipe()
		err = errors.Join(err, pipeErr)
		t.Cleanup(func() { stdin.Close() })
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	command.Stdout = to
	return from, to
}

// fill says lines, each until it is acknowledged, until none is taken any more. It returns the
// number of the next.
func (r *fakeRoom) fill(id wire.ID) (next uint64) {
	r.Helper()
	text := "bob:" + strings.Repeat("x", 900)
	buffer := make([]byte, 2048)
	for next = 1; next < 5000; {
		r.says(string(wire.AppendLines(nil, wire.Down, id, next, nil, 0)) + text)
		_ = r.SetReadDeadline(time.Now().Add(time.Minute))
		n, _, err := r.ReadFromUDPAddrPort(buffer)
		if err != nil {
			r.Fatalf("nothing is acknowledged after %d lines: %v", next, err)
		}
		d, ok := wire.Parse(buffer[:n])
		switch {
		case !ok || !d.Acks:
		case d.Ack.Cum >= next:
			next = d.Ack.Cum + 1
		default:
			return next
		}
	}
	return next
}

// Who has seen enough of a member, such as head, ends it.
func TestAMemberWhoseReaderHasGone(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	join := exec.Command("cage", "mtp", "chat", "join", "--lang=en", "--name=ann", "--server",
		room.addr())
	stdin, err := join.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := join.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := join.Start(); err != nil {
		t.Fatal(err)
	}
	room.admits()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "You are in, as ann.") {
			break
		}
	}
	out.Close()
	room.says("bob:hello")
	room.hears("Q ann")
	room.says("EXIT")
	if err := join.Wait(); err != nil {
		t.Error(err)
	}
}

// A terminal without escape sequences gets none, and stays as it is.
func TestAMemberOnADumbTerminal(t *testing.T) {
	t.Parallel()
	room := newFakeRoom(t)
	s := outside.OnTerminal(t, "env", "TERM=dumb", "mtp", "chat", "join", "--lang=en", "--name=ann",
		"--server", room.addr())
	room.admits()
	s.Await("You are in, as ann.")
	state, err := unix.IoctlGetTermios(int(s.PTY.Fd()), unix.TCGETS)
	if err != nil || state.Lflag&unix.ICANON == 0 {
		t.Errorf("the terminal is raw: %v", err)
	}
	s.Key("hello\n")
	room.hears("C ann hello")
	room.says("bob:hi")
	s.Await("bob  hi")
	s.Key("quit\n")
	room.hears("Q ann")
	room.says("EXIT")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if slices.Contains([]byte(s.Screen()), 0x1b) {
		t.Errorf("there are escape sequences:\n%q", s.Screen())
	}
}
