package conformance

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/requirement"
)

func ofServers(w requirement.Wants) []requirement.Requirement {
	after := func(ids ...string) []string { return ids }
	return []requirement.Requirement{
		asked("listens", nil,
			requirement.Text("check.listens",
				"It receives UDP datagrams on port {port} of 127.0.0.1.",
				"port", w.Port),
			requirement.Text("check.listens.hint",
				"Make a SOCK_DGRAM socket and bind it to ('127.0.0.1', 8888), or to the port that you give mtp check with --port.")),
		asked("processes", after("listens"),
			requirement.Text("check.processes", "It consists of two processes."),
			requirement.Text("check.processes.hint",
				"fork after bind: one process receives, the other reads the administrator's input.")),
		asked("login", after("listens"),
			requirement.Text("check.login", "L name is answered by OK."),
			requirement.Text("check.login.hint",
				"Answer with sendto to the address that recvfrom has returned: the two bytes OK.")),
		asked("taken", after("login"),
			requirement.Text("check.taken", "A name that is in use is refused: 用户名存在."),
			requirement.Text("check.taken.hint",
				"Look the name up among the members before you let somebody in.")),
		asked("reserved", after("login"),
			requirement.Text("check.reserved", "A name with 管理员 (administrator) in it is refused."),
			requirement.Text("check.reserved.hint",
				"Else a member could speak as the administrator: refuse the name as one that is in use.")),
		asked("welcome", after("login"),
			requirement.Text("check.welcome", "The others hear of a new member: 欢迎…加入群聊."),
			requirement.Text("check.welcome.hint",
				"Send it to each address among the members before the new one is added.")),
		asked("relay", after("login"),
			requirement.Text("check.relay",
				"C name text reaches all others as name:text, whole, and not the speaker."),
			requirement.Text("check.relay.hint",
				"Split the datagram at its first two spaces only: a text may have spaces. Leave out the speaker's address.")),
		asked("admin", after("login"),
			requirement.Text("check.admin",
				"What the administrator types reaches all members as 管理员:text."),
			requirement.Text("check.admin.hint",
				"The process that reads the input has a copy of the members from the time of the fork: let it send to the server's own address, or through a pipe.")),
		asked("leave", after("welcome"),
			requirement.Text("check.leave",
				"When a member leaves (Q name), the others hear it: name 退出群聊."),
			requirement.Text("check.leave.hint", "Send it to the others, and delete the member.")),
		asked("exit", after("login"),
			requirement.Text("check.exit", "A member that leaves gets EXIT."),
			requirement.Text("check.exit.hint",
				"The client's receiving process ends when EXIT comes; answer Q with it.")),
		asked("vanished", after("relay"),
			requirement.Text("check.vanished",
				"A member that vanishes without a word does not keep the others from talking."),
			requirement.Text("check.vanished.hint",
				"An error of sendto to one member must not end the loop over all.")),
		asked("nozombie", after("processes"),
			requirement.Text("check.nozombie",
				"When the administrator's input ends, no zombie stays."),
			requirement.Text("check.nozombie.hint",
				"The server sits in recvfrom and never waits: ignore SIGCHLD, or reap in a handler, or let the parent read the input. Let the reading process end by itself at the end of its input.")),
		asked("cut", after("relay"),
			requirement.Text("check.cut",
				"A character that is cut in the middle does not end the server."),
			requirement.Text("check.cut.hint",
				"decode() raises UnicodeDecodeError: catch it, or use decode(errors=\"replace\").")),
		asked("hostile", after("relay"),
			requirement.Text("check.hostile", "Datagrams of other forms do not end the server."),
			requirement.Text("check.hostile.hint",
				"Anybody can send anything: look whether there are enough words before you use them, and whether the name is a member's.")),
	}
}

// playClients plays several members.
func playClients(s *requirement.Scene) {
	port := s.Wants.Port
	if !listens(s, port) {
		return
	}
	s.Found("processes", twoProcesses(s))
	one, two, three := dial(port, "小明"), dial(port, "小红"), dial(port, "小刚")
	for _, p := range []peer{one, two, three} {
		defer p.Close()
	}
	one.say("L %s", one.name)
	answer, _, ok := one.hear(2*soon, is("OK"))
	if !ok {
		s.Found("login", ending(s, got(answer, one)))
		return
	}
	s.Found("login", from(requirement.Yes("check.login.yes",
		"{name} got OK.",
		"name", one.name), one))
	refused(s, "taken", one.name, port)
	refused(s, "reserved", "管理员1", port)

	two.say("L %s", two.name)
	_, _, ok = two.hear(soon, is("OK"))
	want := "欢迎" + two.name + "加入群聊"
	heard, _, welcomed := one.hear(soon, is(want))
	three.say("L %s", three.name)
	_, _, thirdIn := three.hear(soon, is("OK"))
	switch {
	case !ok || !thirdIn:
		s.Found("welcome", ending(s, requirement.No("check.second.no",
			"A second and a third member got no OK.")))
		return
	case !welcomed:
		s.Found("welcome", unheard(one, want, heard))
	default:
		s.Found("welcome", from(requirement.Yes("check.heard",
			"{name} heard {text}.",
			"name", one.name, "text", shown(want)), one))
	}
	relayed := relay(s, one, []peer{two, three}, "大家好 hello  world")
	s.Found("relay", relayed)

	_, _ = s.Input.Write([]byte("开会了 now\n"))
	s.Found("admin", reaches(s, []peer{one, two}, "管理员:开会了 now"))

	three.say("Q %s", three.name)
	answer, _, ok = three.hear(soon, is("EXIT"))
	if ok {
		s.Found("exit", from(requirement.Yes("check.exit.yes",
			"{name} got EXIT.",
			"name", three.name), three))
	} else {
		s.Found("exit", ending(s, got(answer, three)))
	}
	s.Found("leave", reaches(s, []peer{one, two}, three.name+" 退出群聊"))

	if relayed.Outcome != requirement.Met {
		return // the others need it
	}
	gone := dial(port, "小强")
	gone.say("L %s", gone.name)
	gone.hear(soon, is("OK"))
	gone.Close()
	relay(s, one, []peer{two}, "一")
	s.Found("vanished", relay(s, two, []peer{one}, "二"))

	s.Found("nozombie", inputEnds(s))

	_, _ = one.Write([]byte("C " + one.name + " 你好\xe4\xbd"))
	s.Found("cut", relay(s, two, []peer{one}, "三"))
}

// playStranger sends what no member would send.
func playStranger(s *requirement.Scene) {
	if !listens(s, s.Wants.Port) {
		return
	}
	one, two, stranger := dial(s.Wants.Port, "小明"), dial(s.Wants.Port, "小红"), dial(s.Wants.Port, "")
	for _, p := range []peer{one, two, stranger} {
		defer p.Close()
		if p.name != "" {
			p.say("L %s", p.name)
			p.hear(soon, is("OK"))
		}
	}
	if relay(s, one, []peer{two}, "一").Outcome != requirement.Met {
		return
	}
	datagrams := []string{
		"", " ", "\n", "L", "L ", "C", "C ", "Q", "Q ", "X x x", "C nobody hello", "Q nobody",
		"\xff\xfe\x00", "L \xff", strings.Repeat("长", 300), "L " + strings.Repeat("n", 900),
	}
	for i, datagram := range datagrams {
		_, _ = stranger.Write([]byte(datagram))
		if f := relay(s, one, []peer{two}, fmt.Sprint("still here ",
			i)); f.Outcome != requirement.Met {
			ended := ending(s, f)
			no := requirement.No("check.hostile.no",
				"After the datagram {datagram} no message arrived any more.",
				"datagram", shown(datagram))
			if ended.Seen.Name != f.Seen.Name {
				no = requirement.No("check.hostile.ended",
					"After the datagram {datagram}, {pid} ended{line}.",
					append(ended.Seen.Fields, "datagram", shown(datagram))...)
				no.From = ended.From
			}
			s.Found("hostile", no)
			return
		}
	}
	s.Found("hostile", from(requirement.Yes("check.hostile.yes",
		"After {count} such datagrams, messages still arrive.",
		"count", len(datagrams)), two))
}

// listens waits until a process of the program has the port.
func listens(s *requirement.Scene, port int) bool {
	owner, taken := 0, false
	begun := s.Await(start, func(r *requirement.Run) bool {
		inode := socketOn(port)
		taken = inode != ""
		for _, p := range r.Living() {
			if taken && hasSocket(p.PID, inode) {
				owner = p.PID
			}
		}
		return owner != 0 || r.First() != nil && r.First().Dead()
	})
	switch {
	case owner != 0:
		f := requirement.Yes("check.listens.yes", "{pid} has it.", "pid", owner)
		f.From = "/proc/net/udp"
		s.Found("listens", f)
		return true
	case taken:
		s.Found("listens", requirement.Unknown("check.listens.taken",
			"Another program has this port: end it, or name another one with --port."))
	case begun:
		s.Found("listens", ending(s, requirement.Finding{}))
	default:
		s.Found("listens", requirement.No("check.listens.no",
			"After {time} no process of it has bound that port.",
			"time", start))
	}
	return false
}

// socketOn is the inode of the UDP socket that has a port; "" if there is none.
func socketOn(port int) string {
	for _, table := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		text, _ := os.ReadFile(table)
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			const local, inode = 1, 9
			if len(words) > inode && strings.HasSuffix(words[local], fmt.Sprintf(":%04X", port)) {
				return words[inode]
			}
		}
	}
	return ""
}

func hasSocket(pid int, inode string) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, file := range files {
		if to, err := os.Readlink(file); err == nil && to == "socket:["+inode+"]" {
			return true
		}
	}
	return false
}

// dial returns a socket to the server.
func dial(port int, name string) peer {
	conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		conn = &net.UDPConn{} // whose methods fail
	}
	return peer{conn, name}
}

// got finds that something else came than was wanted.
func got(answer string, p peer) requirement.Finding {
	if answer == "" {
		return from(requirement.No("check.nothing", "{name} got no answer.", "name", p.name), p)
	}
	return from(requirement.No("check.other",
		"{name} got {text}.",
		"name", p.name, "text", shown(answer)), p)
}

func from(f requirement.Finding, p peer) requirement.Finding {
	f.From = p.wire()
	return f
}

// refused wants a name to be refused.
func refused(s *requirement.Scene, id, name string, port int) {
	p := dial(port, name)
	defer p.Close()
	p.say("L %s", name)
	answer, _, ok := p.hear(soon, func(string) bool { return true })
	switch {
	case ok && strings.Contains(answer, "用户名存在"):
		s.Found(id, from(requirement.Yes("check.refused.yes",
			"{name} got {text}.",
			"name", name, "text", shown(answer)), p))
	default:
		s.Found(id, ending(s, got(answer, p)))
		p.say("Q %s", name) // if it was let in
		p.hear(quiet, is("EXIT"))
	}
}

// relay lets one speak, and wants the others to hear it, and nobody else.
func relay(s *requirement.Scene, speaker peer, others []peer, text string) requirement.Finding {
	want := speaker.name + ":" + text
	speaker.say("C %s %s", speaker.name, text)
	f := reaches(s, others, want)
	if f.Outcome != requirement.Met || len(others) < 2 {
		return f
	}
	if _, _, echoed := speaker.hear(quiet, is(want)); echoed {
		return from(requirement.No("check.relay.echo",
			"{name} got its own message back.",
			"name", speaker.name), speaker)
	}
	return f
}

// reaches wants all these members to hear a text.
func reaches(s *requirement.Scene, members []peer, want string) requirement.Finding {
	for _, p := range members {
		if heard, _, ok := p.hear(soon, is(want)); !ok {
			return ending(s, unheard(p, want, heard))
		}
	}
	return from(requirement.Yes("check.heard",
		"{name} heard {text}.",
		"name", members[0].name, "text", shown(want)), members[0])
}

// unheard finds that a member did not hear a text.
func unheard(p peer, want, heard string) requirement.Finding {
	if heard == "" {
		return from(requirement.No("check.unheard",
			"{name} did not hear {text}.",
			"name", p.name, "text", shown(want)), p)
	}
	return from(requirement.No("check.unheard.other",
		"{name} did not hear {text}, but {other}.",
		"name", p.name, "text", shown(want), "other", shown(heard)), p)
}

// inputEnds ends the administrator's input, and wants no zombie to stay.
func inputEnds(s *requirement.Scene) requirement.Finding {
	const lasting = 500 * time.Millisecond
	s.Input.Close()
	f := requirement.No("check.nozombie.alive", "No process ended with its input.")
	s.Await(2*lasting, func(r *requirement.Run) bool {
		for _, p := range r.All {
			if !p.Dead() {
				continue
			}
			lasted := r.ZombieFor(p)
			fields := []any{
				"pid", p.PID, "parent", r.Parent(p).PID, "lasted", lasted, "line",
				p.Forked(),
			}
			if p.Listed() && lasted > 0 {
				f = requirement.No("check.nozombie.no",
					"{pid} ended, and was a zombie for {lasted}; its parent {parent} did not wait{line}.",
					fields...)
				f.From = kernel.StatSource(p.PID)
				return lasted >= lasting
			}
			f = requirement.Yes("check.nozombie.yes",
				"{pid} ended, and is not listed any more.",
				fields...).By(p.End)
			return true
		}
		return false
	})
	return f
}
