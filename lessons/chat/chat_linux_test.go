package chat_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

// serve starts a room on a free port, and returns where it listens.
func serve(t *testing.T, flags ...string) (s *outside.Session, addr string) {
	t.Helper()
	s = outside.Start(
		t,
		append([]string{"mtp", "chat", "serve", "--json", "--listen=127.0.0.1:0"}, flags...)...)
	who := s.Until("serve.who")
	return s, who.Fields["listen"].(string)
}

// stop ends a room as Ctrl-C does.
func stop(s *outside.Session) []outside.Event {
	s.Helper()
	if err := s.Interrupt(); err != nil {
		s.Fatal(err)
	}
	code, all := s.End()
	if code != 130 {
		s.Errorf("exit code %d, want 130", code)
	}
	return all
}

// client is a course client, byte for byte.
type client struct {
	*testing.T
	net.Conn
}

func newClient(t *testing.T, addr string) client {
	t.Helper()
	conn, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return client{t, conn}
}

func (c client) says(datagram string) {
	c.Helper()
	if _, err := c.Write([]byte(datagram)); err != nil {
		c.Fatal(err)
	}
}

// hears expects these datagrams, in this order, and no other.
func (c client) hears(want ...string) {
	c.Helper()
	for _, w := range want {
		buffer := make([]byte, 1024) // what the course's client reads
		_ = c.SetReadDeadline(time.Now().Add(time.Minute))
		n, err := c.Read(buffer)
		if got := string(buffer[:n]); err != nil || got != w {
			c.Fatalf("heard %q, %v; want %q", got, err, w)
		}
	}
}

// vanishes goes without a word. It waits until the socket is gone: a process that another test is
// starting has a copy of it until it executes its program.
func (c client) vanishes() {
	c.Helper()
	local := netip.MustParseAddrPort(c.LocalAddr().String())
	ip := binary.NativeEndian.Uint32(local.Addr().AsSlice())
	listed := fmt.Sprintf(": %08X:%04X ", ip, local.Port())
	list := func() string {
		text, err := os.ReadFile("/proc/net/udp")
		if err != nil {
			c.Fatal(err)
		}
		return string(text)
	}
	if !strings.Contains(list(), listed) {
		c.Errorf("there is no %q among the sockets:\n%s", listed, list())
	}
	c.Close()
	outside.Eventually(c.T, "the end of a socket",
		func() bool { return !strings.Contains(list(), listed) })
}

func TestCourseClientsInARoom(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	a, b, c := newClient(t, addr), newClient(t, addr), newClient(t, addr)
	a.says("L 张三")
	a.hears("OK")
	b.says("L 张三")
	b.hears("\n用户名存在")
	b.says("L 管理员")
	b.hears("\n用户名存在")
	b.says("L 李四")
	b.hears("OK")
	a.hears("\n欢迎李四加入群聊")
	for _, noise := range []string{
		"", "L", "X", "C 张三 forged", "Q 张三", "C 李四 \xff", strings.Repeat("x", 65000),
	} {
		c.says(noise) // from a stranger
	}
	a.says("C 张三 hi there")
	b.hears("张三:hi there")
	s.EnterLine("大家好")
	a.hears("管理员:大家好")
	b.hears("管理员:大家好")
	b.says("Q 李四")
	b.hears("EXIT")
	a.hears("\n李四 退出群聊")
	a.vanishes()
	b.says("L 李四")
	b.hears("OK")
	// What is sent to the one who has gone comes back as an ICMP error, on which the room forgets
	// it.
	s.Until("serve.vanished")
	events := stop(s)
	refused := 0
	for _, e := range events {
		if e.Name == "serve.refused" {
			refused++
		}
	}
	if refused != 9 {
		t.Errorf("%d datagrams refused, want 9", refused)
	}
	if !slices.ContainsFunc(events, func(e outside.Event) bool {
		return e.Name == "serve.statistics" && e.Fields["dropped"] == "0"
	}) {
		t.Errorf("at the end: %v", events)
	}
}

// Two processes on each side, and one socket that both have.
func TestTwoProcessesOneSocket(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	join := outside.Start(t, "mtp", "chat", "join", "--json", "--server", addr, "--name=ann")
	join.Until("join.entered")
	if e := s.Until("serve.entered"); e.Fields["name"] != "ann" {
		t.Errorf("%v", e.Fields)
	}
	sockets := func(pid int) (inodes []string) {
		links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			if target, _ := os.Readlink(link); strings.HasPrefix(target, "socket:") {
				inodes = append(inodes, target)
			}
		}
		return inodes
	}
	sender := join.MTP()
	if args := outside.FamilyArgs(t, sender); !slices.Equal(args, []string{"role chat receiver"}) {
		t.Errorf("the sender's children: %q", args)
	}
	receiver := outside.ChildrenOf(t, sender)[0]
	shared := slices.DeleteFunc(
		sockets(sender),
		func(inode string) bool { return !slices.Contains(sockets(receiver), inode) },
	)
	if len(slices.Compact(shared)) != 1 {
		t.Errorf("sender %v, receiver %v", sockets(sender), sockets(receiver))
	}
	host := s.MTP()
	if args := outside.FamilyArgs(t, host); !slices.Equal(args, []string{"role chat admin"}) {
		t.Errorf("the room's children: %q", args)
	}
	if of := sockets(outside.ChildrenOf(t, host)[0]); len(of) != 0 {
		t.Errorf("the administrator's process has sockets: %v", of)
	}
	haveOpen(t, outside.Named(join.Seen, "join.open"),
		map[string]int{"sender": sender, "receiver": receiver})
	admin := outside.ChildrenOf(t, host)[0]
	haveOpen(t, outside.Named(s.Seen, "serve.open"), map[string]int{"room": host, "admin": admin})
	join.EnterLine("hello")
	if e := s.Until("serve.spoke"); e.Fields["name"] != "ann" || e.Fields["text"] != "hello" {
		t.Errorf("%v", e.Fields)
	}
	join.EnterLine("quit")
	join.Until("join.left")
	join.Finish()
	s.Until("serve.left")
	stop(s)
}

// haveOpen expects of each row of a table that the processes have that file open by those
// descriptors, and by no other.
func haveOpen(t *testing.T, table outside.Event, processes map[string]int) {
	t.Helper()
	rows, _ := table.Fields["rows"].([]any)
	if len(rows) == 0 {
		t.Errorf("a table without rows: %v", table.Fields)
	}
	for _, r := range rows {
		row := r.(map[string]any)
		for who, pid := range processes {
			links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
			if err != nil {
				t.Fatal(err)
			}
			var numbers []string
			for _, link := range links {
				if target, _ := os.Readlink(link); target == row["name"] {
					numbers = append(numbers, filepath.Base(link))
				}
			}
			told := strings.Fields(row[who].(string))
			if slices.Equal(told, []string{"open.none"}) {
				told = nil
			}
			slices.Sort(told)
			slices.Sort(numbers)
			if !slices.Equal(told, numbers) {
				t.Errorf("%s, %d: %v are told to be %v; they are %v", who, pid, told, row, numbers)
			}
		}
	}
}

// The sources that both sides name were read.
func TestTheOpenFilesWereRead(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	below := func(name string, command ...string) (s *outside.Session, log string) {
		log = filepath.Join(t.TempDir(), name)
		strace := []string{"strace", "-f", "--seccomp-bpf", "-o", log, "-e", "trace=openat"}
		return outside.Start(t, append(strace, command...)...), log
	}
	wereRead := func(s *outside.Session, log string, names ...string) {
		t.Helper()
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			source, _ := outside.Named(s.Seen, name).Fields["source"].(string)
			for path := range strings.SplitSeq(source, ", and ") {
				opened := strings.Contains(string(text), strconv.Quote(path))
				if !strings.HasPrefix(path, "/proc/") || !opened {
					t.Errorf("%s: %q was not read", name, path)
				}
			}
		}
	}
	room, roomLog := below("room", "mtp", "chat", "serve", "--json", "--listen=127.0.0.1:0")
	addr := room.Until("serve.who").Fields["listen"].(string)
	join, joinLog := below("join", "mtp", "chat", "join", "--json", "--name=ann", "--server", addr)
	join.Until("join.entered")
	join.EnterLine("quit")
	join.Until("join.left")
	join.Finish()
	wereRead(join, joinLog, "join.open")
	room.Keys.Close()
	room.Until("serve.noadmin")
	if err := syscall.Kill(outside.ChildrenOf(t, room.MTP())[0], syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	room.End()
	wereRead(room, roomLog, "serve.open", "serve.noadmin")
}

func TestJoinFromAPipe(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	typed := "hi\n" + strings.Repeat("x", 70_000) + "\nbad \xff\nquit\n"
	join := exec.Command("cage", "mtp", "chat", "join", "--lang=en", "--name=bot", "--server", addr)
	join.Stdin = strings.NewReader(typed)
	out, err := join.Output()
	if join.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "Left.") ||
		strings.Count(string(out), "Not sent: a line is text of at most 1000 bytes.") != 2 {
		t.Errorf("%v:\n%s", err, out)
	}
	if e := s.Until("serve.spoke"); e.Fields["text"] != "hi" {
		t.Errorf("%v", e.Fields)
	}
	s.Until("serve.left")
	stop(s)
}

// A server of the course: it knows the plain wire only, and strangers may speak to its clients. It
// takes no notice of what follows the name, by which a member asks for mtp's wire.
func TestJoinACourseServer(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"", "--plain"} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			joinACourseServer(t, flag)
		})
	}
}

func joinACourseServer(t *testing.T, flag string) {
	t.Helper()
	server, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	command := []string{"mtp", "chat", "join", "--json", "--name=张三", "--server"}
	command = append(command, server.LocalAddr().String())
	if flag != "" {
		command = append(command, flag)
	}
	join := outside.Start(t, command...)
	asks := regexp.MustCompile(`^L 张三( mtp/1 [\w-]{16} x{22})?$`)
	if flag != "" {
		asks = regexp.MustCompile(`^L 张三$`)
	}
	buffer := make([]byte, 2048)
	hear := func(want string) *net.UDPAddr {
		t.Helper()
		_ = server.SetReadDeadline(time.Now().Add(time.Minute))
		n, from, err := server.ReadFromUDP(buffer)
		for err == nil && asks.Match(buffer[:n]) && want != "L 张三" {
			n, from, err = server.ReadFromUDP(buffer) // the answer was not in time: it asks again
		}
		if want == "L 张三" && asks.Match(buffer[:n]) {
			return from
		}
		if err != nil || string(buffer[:n]) != want {
			t.Fatalf("the server hears %q, %v; want %q", buffer[:n], err, want)
		}
		return from
	}
	hear("L 张三") // not answered: it asks again
	join.Until("join.try")
	from := hear("L 张三")
	say := func(datagram string) {
		t.Helper()
		if _, err := server.WriteToUDP([]byte(datagram), from); err != nil {
			t.Fatal(err)
		}
	}
	say("李四:早") // it overtakes the answer
	if e := join.Until("join.heard"); e.Fields["text"] != "早" {
		t.Errorf("%v", e.Fields)
	}
	say("OK")
	join.Until("join.entered")
	stranger, err := net.DialUDP("udp", nil, from)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	for _, noise := range []string{"EXIT", "王五:forged"} { // they count only from the server
		_, _ = stranger.Write([]byte(noise)) // an error says that nobody there listens to it
	}
	for _, noise := range []string{
		"", "\x1b[2J\x1b]0;t\x07", "\xff\xfe", "李四:a\x1b[31mb\nc", strings.Repeat("长", 20000),
	} {
		say(noise)
	}
	say("\n李四 退出群聊")
	for {
		e := join.Until("join.notice")
		if text := e.Fields["text"].(string); strings.ContainsAny(text, "\x1b\n") ||
			strings.Contains(text, "forged") {
			t.Errorf("shown: %q", text)
		} else if text == "李四 退出群聊" {
			break
		}
	}
	join.EnterLine("大家好")
	hear("C 张三 大家好")
	join.EnterLine("X")
	hear("Q 张三")
	say("EXIT")
	join.Until("join.left")
	join.Finish()
}

// Nobody listens: a member is told so at once, and is in when a room begins there. So it is when
// the room is killed, and another begins.
func TestNobodyListens(t *testing.T) {
	if raceDetector {
		t.Skip("a room has to begin before a member gives up, which is too slow here")
	}
	t.Parallel()
	unused, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	addr := unused.LocalAddr().String()
	unused.Close()
	join := outside.Start(t, "mtp", "chat", "join", "--json", "--server", addr, "--name=ann")
	join.Until("join.refused")
	if e := join.Until("join.try"); e.Number("try") != 2 {
		t.Errorf("%v", e.Fields)
	}
	if before := outside.Named(join.Seen, "join.wait"); before.Number("tries") != 10 {
		t.Errorf("before it asks again: %v", before.Fields)
	}
	first, _ := serve(t, "--listen", addr)
	join.Until("join.entered")
	if err := syscall.Kill(first.MTP(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	first.End()
	join.EnterLine("anybody?")
	join.Until("join.refused")
	join.Until("join.lost")
	second, _ := serve(t, "--listen", addr)
	join.Until("join.entered")
	join.EnterLine("hello")
	for _, text := range []string{"anybody?", "hello"} { // the first was not acknowledged
		if e := second.Until("serve.spoke"); e.Fields["text"] != text {
			t.Errorf("%v, want %q", e.Fields, text)
		}
	}
	stop(second)
	join.Until("join.exit")
	join.Finish()
}

// When a room ends, in whatever way but a kill, its members are told, those of the course as well.
func TestTheRoomEnds(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"quit", "/quit", ""} {
		s, addr := serve(t)
		course := newClient(t, addr)
		course.says("L 张三")
		course.hears("OK")
		join := outside.Start(t, "mtp", "chat", "join", "--json", "--name=ann", "--server", addr)
		join.Until("join.entered")
		course.hears("\n欢迎ann加入群聊")
		var events []outside.Event
		if word == "" {
			events = stop(s)
		} else {
			s.EnterLine(word)
			events = s.Finish()
		}
		course.hears("EXIT")
		join.Until("join.exit")
		join.Finish()
		if e := outside.Named(events, "serve.ended"); e.Number("members") != 2 {
			t.Errorf("%q: %v", word, e.Fields)
		}
		if outside.Named(events, "serve.statistics").Fields["failed"] != 0.0 {
			t.Errorf("%q: not all was sent: %v", word, events)
		}
	}
}

// Who is many is told of the end, too, and of all that was said before it.
func TestManyAreToldOfTheEnd(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	var clients []client
	for n := range 40 {
		c := newClient(t, addr)
		c.says(fmt.Sprintf("L n%d", n))
		c.hears("OK")
		for _, before := range clients {
			before.hears(fmt.Sprintf("\n欢迎n%d加入群聊", n))
		}
		clients = append(clients, c)
	}
	for n := range 50 {
		s.EnterLine(strconv.Itoa(n))
	}
	s.EnterLine("quit")
	s.Finish()
	for _, c := range clients {
		for n := range 50 {
			c.hears(fmt.Sprintf("管理员:%d", n))
		}
		c.hears("EXIT")
	}
}

// A line that begins with a slash is a command, and never said; two slashes say one.
func TestCommands(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	course := newClient(t, addr)
	course.says("L 张三")
	course.hears("OK")
	join := outside.Start(t, "mtp", "chat", "join", "--json", "--name=ann", "--server", addr)
	join.Until("join.entered")
	course.hears("\n欢迎ann加入群聊")

	join.EnterLine("/who") // on this wire nobody can be asked
	if e := join.Until("join.others"); fmt.Sprint(e.Fields["names"]) != "[]" {
		t.Errorf("%v", e.Fields)
	}
	course.says("C 张三 hi")
	join.Until("join.heard")
	join.EnterLine("/who")
	if e := join.Until("join.others"); fmt.Sprint(e.Fields["names"]) != "[张三]" {
		t.Errorf("%v", e.Fields)
	}
	join.EnterLine("/help")
	join.Until("join.help")
	join.EnterLine("/nick bob")
	join.Until("join.nick")
	join.EnterLine("/bogus \x1b[2J")
	if e := join.Until("join.unknown"); e.Fields["command"] != "/bogus" {
		t.Errorf("%v", e.Fields)
	}
	join.EnterLine("//etc")
	if e := join.Until("join.own"); e.Fields["text"] != "/etc" {
		t.Errorf("%v", e.Fields)
	}
	course.hears("ann:/etc") // and nothing before it

	s.EnterLine("/who")
	if e := s.Until("serve.members"); fmt.Sprint(e.Fields["names"]) != "[张三 ann]" {
		t.Errorf("%v", e.Fields)
	}
	s.EnterLine("/help")
	s.Until("serve.help")
	s.EnterLine("/nick boss")
	s.Until("serve.nick")
	s.EnterLine("/bogus")
	s.Until("serve.unknown")
	s.EnterLine("//tmp")
	if e := s.Until("serve.admin"); e.Fields["text"] != "/tmp" {
		t.Errorf("%v", e.Fields)
	}
	course.hears("管理员:/tmp")

	join.EnterLine("/quit")
	join.Until("join.left")
	join.Finish()
	course.hears("\nann 退出群聊")
	stop(s)
}

// What people see: the time, the name, and the text beside it, in their own language.
func TestTheScreen(t *testing.T) {
	t.Parallel()
	for language, shows := range map[string]struct{ prompt, entered, left, admin string }{
		"en": {"admin> ", `bob has entered\.`, `bob has left\.`, "admin @ "},
		"zh": {"管理员> ", "bob 进入了聊天室。", "bob 离开了聊天室。", "管理员 @ "},
	} {
		t.Run(language, func(t *testing.T) {
			room := outside.OnTerminal(t, "mtp", "chat", "serve", "--listen=127.0.0.1:0",
				"--lang", language, "--color=never")
			addr := outside.Shows(room, `mtp chat join --server (\S+)`)[0]
			room.Await(shows.prompt)
			join := outside.OnTerminal(t, "mtp", "chat", "join", "--name=ann", "--server", addr,
				"--lang", language, "--bell")
			join.Await("ann> ")
			a := newClient(t, addr)
			a.says("L bob")
			a.hears("OK")
			outside.Shows(join, `(\d\d:\d\d) \* `+shows.entered)
			// Ten columns are the time and the name; 50 are left.
			text := strings.Repeat("长", 26) + " word"
			a.says("C bob " + text)
			const name = `\x1b\[[\d;]+mbob\x1b\[[\d;]+m`
			first, second := strings.Repeat("长", 24), "长长 word"
			outside.Shows(join, `\a\d\d:\d\d `+name+`  `+first+`\r\n {11}`+second+`\r\n`)
			outside.Shows(room, `[^\a]\d\d:\d\d bob  `+first+`\r\n {11}`+second+`\r\n`)
			room.Key("早\r")
			a.hears("管理员:早")
			outside.Shows(room, `\d\d:\d\d `+shows.admin+`早\r\n`)
			admin := strings.TrimSpace(shows.admin)
			outside.Shows(join, `\d\d:\d\d \x1b\[[\d;]+m`+admin+`\x1b\[[\d;]+m 早\r\n`)
			room.Key("B\thello\r") // Tab completes a member's name
			a.hears("管理员:bob: hello")
			join.Key("b\thi\r")
			a.hears("ann:bob: hi")
			outside.Shows(join, `\d\d:\d\d \S*ann\S*  bob: hi\r\n`)
			join.Key("\x1b[O") // the reader looks elsewhere
			room.Key("\x1b[O")
			room.Key("/who\r") // it is there again
			room.Await("bob")
			// Nothing shows that the report has been read, so news come until it has.
			rule := regexp.MustCompile(`── \S+ ─+\r\n\a\d\d:\d\d \S+  news`)
			outside.Eventually(t, "a rule above the news", func() bool {
				a.says("C bob news")
				time.Sleep(time.Second)
				return rule.MatchString(join.Screen())
			})
			outside.Shows(room, `\d\d:\d\d bob  news`)
			if strings.Contains(room.Screen(), "── ") {
				t.Errorf("there is a rule while somebody types:\n%s", room.Screen())
			}
			a.says("Q bob")
			a.hears("EXIT")
			outside.Shows(join, `\* `+shows.left)
			room.Key("\x04")
			outside.Ends(room, 0)
			outside.Ends(join, 0)
		})
	}
}

func TestThePortIsInUse(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	out, err := exec.Command("mtp", "chat", "serve", "--lang=en", "--listen", addr).CombinedOutput()
	if exit := new(
		exec.ExitError,
	); err == nil || strings.Count(string(out), "\n") != 1 ||
		!strings.Contains(string(out), addr+" is in use") {
		t.Errorf("%v, %v:\n%s", err, exit, out)
	}
	stop(s)
}

// The console may end, or never have been there: its process is reaped, and the room goes on.
func TestTheRoomOutlivesItsConsole(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	a := newClient(t, addr)
	a.says("L ann")
	a.hears("OK")
	s.Keys.Close()
	s.Until("serve.noadmin")
	if left := outside.ChildrenOf(t, s.MTP()); len(left) != 0 {
		t.Errorf("children %v are left", left)
	}
	b := newClient(t, addr)
	b.says("L bob")
	b.hears("OK")
	a.hears("\n欢迎bob加入群聊")
	stop(s)
}

// A member that is silent for too long loses its name; one that says too much is not heard, and
// told so once.
func TestSilentAndTalkativeMembers(t *testing.T) {
	t.Parallel()
	s, addr := serve(t, "--idle=2s", "--rate=4", "--quiet")
	a, b := newClient(t, addr), newClient(t, addr)
	a.says("L ann")
	a.hears("OK")
	b.says("L bob")
	b.hears("OK")
	a.hears("\n欢迎bob加入群聊")
	for range 100 {
		b.says("C bob again")
	}
	for range 10 { // two and a half times the rate
		a.hears("bob:again")
	}
	b.hears("\n说得太快，有的话没有发出")
	if e := s.Until("serve.idle"); e.Fields["name"] != "ann" && e.Fields["name"] != "bob" {
		t.Errorf("%v", e.Fields)
	}
	s.Until("serve.idle")
	a.hears("EXIT") // so nobody thinks to be in who is not
	a.says("C ann is anybody there?")
	a.hears("EXIT")
	a.says("L bob")
	a.hears("OK")
	stop(s)
}

// What the kernel drops, because nobody reads, is counted and told.
func TestLossesAreTold(t *testing.T) {
	t.Parallel()
	s, addr := serve(t, "--quiet")
	host := s.MTP()
	if err := syscall.Kill(host, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	a := newClient(t, addr)
	for range 30_000 {
		a.says("X" + strings.Repeat("x", 900))
	}
	for _, sig := range []syscall.Signal{syscall.SIGCONT, syscall.SIGUSR1} {
		if err := syscall.Kill(host, sig); err != nil {
			t.Fatal(err)
		}
	}
	if e := s.Until("serve.statistics"); e.Fields["dropped"] == "0" || e.Fields["dropped"] == "?" {
		t.Errorf("%v", e.Fields)
	}
	stop(s)
}

// freshTerminal is how every terminal is at first.
func freshTerminal(t *testing.T) *unix.Termios {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	defer tty.Close()
	state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// When one process of a pair is killed, the other ends, and the terminal is as it was.
func TestWhenAPartnerIsKilled(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	for _, victim := range []string{"sender", "receiver"} {
		t.Run(victim, func(t *testing.T) {
			before := freshTerminal(t)
			terminal := outside.OnTerminal(
				t,
				"mtp",
				"chat",
				"join",
				"--lang=en",
				"--server",
				addr,
				"--name",
				victim,
			)
			outside.Eventually(
				t,
				"the prompt",
				func() bool { return strings.Contains(terminal.Screen(), victim+"> ") },
			)
			raw, err := unix.IoctlGetTermios(int(terminal.PTY.Fd()), unix.TCGETS)
			if err != nil || raw.Lflag&unix.ICANON != 0 {
				t.Fatalf("the terminal is not raw: %v", err)
			}
			sender, _ := terminal.MTP()
			receiver := outside.ChildrenOf(t, sender)[0]
			pid := map[string]int{"sender": sender, "receiver": receiver}[victim]
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			outside.Eventually(t, "both to end", func() bool {
				return !strings.HasPrefix(outside.PS(t, sender, "stat"), "S") &&
					!strings.HasPrefix(outside.PS(t, receiver, "stat"), "S")
			})
			outside.Eventually(t, "the terminal as it was", func() bool {
				after, err := unix.IoctlGetTermios(int(terminal.PTY.Fd()), unix.TCGETS)
				return err != nil ||
					after.Lflag == before.Lflag && after.Iflag == before.Iflag &&
						after.Oflag == before.Oflag
			})
			want := map[string]int{"sender": 128 + 9, "receiver": 1}[victim]
			if code := terminal.End(); code != want {
				t.Errorf("exit code %d, want %d:\n%s", code, want, terminal.Screen())
			}
			toldToForgetFocus(terminal)
		})
	}
	stop(s)
}

// The room outlives its administrator's process also when that is killed, and gives the terminal
// back; at the end it tells its statistics.
func TestTheAdministratorIsKilled(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{true, false} {
		before := freshTerminal(t)
		terminal := outside.OnTerminal(
			t,
			"mtp",
			"chat",
			"serve",
			"--lang=en",
			"--listen=127.0.0.1:0",
		)
		outside.Eventually(
			t,
			"the prompt",
			func() bool { return strings.Contains(terminal.Screen(), "admin> ") },
		)
		host, _ := terminal.MTP()
		if killed {
			admin := outside.ChildrenOf(t, host)[0]
			reaped := fmt.Sprintf("← /proc/%d/stat", admin) // where it is no longer listed
			if err := syscall.Kill(admin, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			outside.Eventually(t, "the terminal as it was", func() bool {
				after, err := unix.IoctlGetTermios(int(terminal.PTY.Fd()), unix.TCGETS)
				return err == nil && after.Lflag == before.Lflag
			})
			outside.Eventually(
				t,
				"what it says of that",
				func() bool { return strings.Contains(terminal.Screen(), reaped) },
			)
		}
		terminal.Key("\x03")
		if code := terminal.End(); code != 130 ||
			!strings.Contains(terminal.Screen(), "Datagrams sent") {
			t.Errorf("exit code %d:\n%s", code, terminal.Screen())
		}
		toldToForgetFocus(terminal)
	}
}

// toldToForgetFocus expects that the terminal was asked to tell of its focus, and later not to: a
// shell would take that for something typed.
func toldToForgetFocus(terminal *outside.Terminal) {
	terminal.Helper()
	screen := terminal.Screen()
	on, off := strings.LastIndex(screen, "\x1b[?1004h"), strings.LastIndex(screen, "\x1b[?1004l")
	if on < 0 || off < on {
		terminal.Errorf("the focus is told of from %d to %d:\n%q", on, off, screen)
	}
}

// Half a line that is being typed stays whole when others speak.
func TestAMessageArrivesWhileTyping(t *testing.T) {
	t.Parallel()
	s, addr := serve(t)
	terminal := outside.OnTerminal(
		t,
		"mtp",
		"chat",
		"join",
		"--lang=en",
		"--color=never",
		"--server",
		addr,
	)
	outside.Eventually(
		t,
		"the question",
		func() bool { return strings.Contains(terminal.Screen(), "Your name: ") },
	)
	a := newClient(t, addr)
	a.says("L ann")
	a.hears("OK")
	terminal.Key("ann\r")
	outside.Eventually(
		t,
		"why not",
		func() bool { return strings.Contains(terminal.Screen(), "refuses the name ann") },
	)
	terminal.Key("张三\r")
	a.hears("\n欢迎张三加入群聊")
	outside.Eventually(
		t,
		"the prompt",
		func() bool { return strings.Contains(terminal.Screen(), "张三> ") },
	)
	terminal.Key("打到一")
	terminal.Await("张三> 打到一") // before that, the message may come first
	a.says("C ann 你好")
	terminal.Await(" ann  你好\r\n\r\x1b[K张三> 打到一")
	terminal.Key("半\r")
	a.hears("张三:打到一半")
	terminal.Key("\x04")
	a.hears("\n张三 退出群聊")
	if code := terminal.End(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, terminal.Screen())
	}
	stop(s)
}

// On every way out of either side, no process is left, and the terminal is as it was.
func TestNothingOfTheChatIsLeftBehind(t *testing.T) {
	t.Parallel()
	signal := func(sig syscall.Signal) func(*outside.Terminal, int) {
		return func(_ *outside.Terminal, mtp int) { _ = syscall.Kill(mtp, sig) }
	}
	key := func(key string) func(*outside.Terminal, int) {
		return func(s *outside.Terminal, _ int) { s.Key(key) }
	}
	for _, side := range []struct {
		name, ready string
		command     []string
		left        int // the exit code of who leaves with Ctrl-C
	}{
		{"serve", "admin> ", []string{"mtp", "chat", "serve", "--listen=127.0.0.1:0"}, 130},
		{"join", "ann> ", []string{"mtp", "chat", "join", "--name=ann", "--server"}, 0},
	} {
		for _, out := range []struct {
			name  string
			leave func(s *outside.Terminal, mtp int)
			code  int // -1: how this side leaves
		}{
			{"Ctrl-C", key("half a line\x03"), -1},
			{"Ctrl-D", key("\x04"), 0},
			{"quit", key("quit\r"), 0},
			{"/quit", key("/quit\r"), 0},
			{"SIGINT", signal(syscall.SIGINT), 130},
			{"SIGTERM", signal(syscall.SIGTERM), 130},
			{"SIGHUP", signal(syscall.SIGHUP), 130},
			{"SIGKILL", signal(syscall.SIGKILL), 128 + 9},
			{"closed terminal", func(s *outside.Terminal, _ int) {
				fd := int(s.PTY.Fd())
				s.PTY.Close()                      // once nobody reads from it
				_, _ = unix.Write(fd, []byte("x")) // so that there is something to read
			}, -2},
		} {
			t.Run(side.name+"/"+out.name, func(t *testing.T) {
				t.Parallel()
				command := side.command
				if side.name == "join" {
					s, addr := serve(t)
					defer stop(s)
					command = append(slices.Clone(command), addr)
				}
				terminal := outside.OnTerminal(t, command...)
				var before *unix.Termios
				if out.code != -2 {
					var err error
					if before, err = unix.IoctlGetTermios(
						int(terminal.PTY.Fd()),
						unix.TCGETS,
					); err != nil {
						t.Fatal(err)
					}
				}
				outside.Eventually(
					t,
					"the prompt",
					func() bool { return strings.Contains(terminal.Screen(), side.ready) },
				)
				mtp, _ := terminal.MTP()
				out.leave(terminal, mtp)
				if before != nil {
					outside.Eventually(t, "the terminal as it was", func() bool {
						after, err := unix.IoctlGetTermios(int(terminal.PTY.Fd()), unix.TCGETS)
						return err != nil || after.Lflag|unix.ECHO|unix.ICANON == after.Lflag
					})
				}
				code := terminal.End()
				if want := map[int]int{-1: side.left}[out.code]; out.code >= 0 &&
					code != out.code ||
					out.code == -1 && code != want ||
					code == outside.Escaped {
					t.Errorf("exit code %d:\n%s", code, terminal.Screen())
				}
				if before != nil {
					toldToForgetFocus(terminal)
				}
			})
		}
	}
}

// A firewall's answer, which is no "connection refused", is told as what it is, and does not end a
// member.
func TestAMemberOutlivesWhatICMPSays(t *testing.T) {
	t.Parallel()
	icmp, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if err != nil {
		t.Skip("needs root, to send ICMP:", err)
	}
	defer unix.Close(icmp)
	room, addr := serve(t)
	s := outside.Start(t, "mtp", "chat", "join", "--json", "--server", addr, "--name", "ann")
	local := netip.MustParseAddrPort(fmt.Sprint(s.Until("join.who").Fields["local"]))
	s.Until("join.entered")
	server := netip.MustParseAddrPort(addr)
	const prohibited = 10 // destination host administratively prohibited: RFC 1122
	message := []byte{
		3,
		prohibited,
		0,
		0,
		0,
		0,
		0,
		0,
		0x45,
		0,
		0,
		28,
		0,
		0,
		0,
		0,
		64,
		unix.IPPROTO_UDP,
		0,
		0,
	}
	message = append(message, local.Addr().AsSlice()...) // the datagram that is complained of
	message = append(message, server.Addr().AsSlice()...)
	message = binary.BigEndian.AppendUint16(message, local.Port())
	message = binary.BigEndian.AppendUint16(message, server.Port())
	message = append(message, 0, 8, 0, 0)
	var sum uint32
	for pair := range slices.Chunk(message, 2) {
		sum += uint32(binary.BigEndian.Uint16(pair))
	}
	binary.BigEndian.PutUint16(message[2:], ^uint16(sum+sum>>16))
	if err := unix.Sendto(
		icmp,
		message,
		0,
		&unix.SockaddrInet4{Addr: local.Addr().As4()},
	); err != nil {
		t.Fatal(err)
	}
	if e := s.Until(
		"join.failed",
	); !strings.Contains(fmt.Sprint(e.Fields["error"]), "no route to host") &&
		!strings.Contains(fmt.Sprint(e.Fields["error"]), "unreachable") {
		t.Errorf("%v", e.Fields)
	}
	s.EnterLine("still here")
	room.Until("serve.spoke")
	s.EnterLine("quit")
	s.Until("join.left")
	if code, _ := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	stop(room)
}

// servesAndTypes are the two processes of a room.
func servesAndTypes(server *outside.Terminal) (room, admin int) {
	pids := outside.Shows(server, `PID (\d+) serves, PID (\d+) types`)
	return outside.PID(pids), outside.PID(pids[1:])
}

func TestTwinsOfChat(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		server := outside.OnTerminal(t, append(command, "serve", "0")...)
		port := outside.Shows(server, `UDP port (\d+)\.`)[0]
		join := func(name string) *outside.Terminal {
			return outside.OnTerminal(t, append(command, "join", name, port)...)
		}
		ann := join("Ann")
		pids := outside.Shows(ann, `PID (\d+) sends, PID (\d+) receives`)
		if ppid := outside.PS(t, outside.PID(pids[1:]), "ppid"); ppid != pids[0] {
			t.Errorf("the receiver's parent is %s, want %s", ppid, pids[0])
		}
		bob := join("Bob")
		outside.Shows(ann, `欢迎Bob加入群聊`)
		outside.Shows(bob, `PID \d+ sends`)
		second := join("Bob")
		outside.Shows(second, `用户名存在`)
		outside.Ends(second, 1)
		ann.Key("good morning\n")
		outside.Shows(bob, `Ann:good morning\r\n`)
		eve := newClient(t, "127.0.0.1:"+port)
		eve.says("C 管理员 forged") // the administrator's name, from another address
		eve.says("L 管理员")
		eve.hears("\n用户名存在")
		eve.says("L Eve")
		eve.hears("OK")
		eve.says("C Eve a\x1b[2J\nb")
		outside.Shows(bob, `Eve:a\?\[2J\?b\r\n`)
		room, admin := servesAndTypes(server)
		if ppid := outside.PS(t, admin, "ppid"); ppid != strconv.Itoa(room) {
			t.Errorf("the administrator's parent is %s, want %d", ppid, room)
		}
		server.Key("hello, all\n")
		outside.Shows(bob, `管理员:hello, all\r\n`)
		server.Key("\x04") // the administrator's process ends, and is reaped; the room goes on
		outside.Eventually(t, "the end of the administrator's process",
			func() bool { return len(outside.ChildrenOf(t, room)) == 0 })
		eve.says("Q Eve")
		outside.Shows(ann, `Eve 退出群聊`)
		if strings.Contains(bob.Screen(), "forged") {
			t.Errorf("somebody spoke as the administrator:\n%s", bob.Screen())
		}
		bob.Key("\x04") // Ctrl-D
		outside.Ends(bob, 0)
		outside.Shows(ann, `Bob 退出群聊`)
		server.Key("\x03")
		outside.Ends(server, 130)
		ann.Key("anybody?\n\x04") // nobody: the receiver is told so by ICMP
		outside.Ends(ann, 1)
		outside.Shows(ann, `the server is gone|nobody serves`)
	})
}
