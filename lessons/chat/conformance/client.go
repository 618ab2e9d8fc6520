package conformance

import (
	"net"
	"strings"
	"time"

	"mtp/lessons/kit/requirement"
)

func ofClients(w requirement.Wants) []requirement.Requirement {
	after := func(ids ...string) []string { return ids }
	return []requirement.Requirement{
		asked("login", nil,
			requirement.Text("check.enter",
				"It sends L name to port {port} of 127.0.0.1.",
				"port", w.Port),
			requirement.Text("check.enter.hint",
				"Read a name first (mtp types one), and send one datagram: the letter L, a space, the name.")),
		asked("processes", after("login"),
			requirement.Text("check.client.processes", "After OK it consists of two processes."),
			requirement.Text("check.client.processes.hint",
				"fork after OK: one process reads the keyboard and sends, the other receives.")),
		asked("speaks", after("login"),
			requirement.Text("check.speaks", "A line that is typed is sent as C name text, whole."),
			requirement.Text("check.speaks.hint",
				"Send the letter C, the name, and the text as it was typed, without its end of line.")),
		asked("cut", after("speaks"),
			requirement.Text("check.client.cut",
				"It goes on after an empty datagram, a long one, and one with a character that is cut."),
			requirement.Text("check.cut.hint",
				"decode() raises UnicodeDecodeError: catch it, or use decode(errors=\"replace\").")),
		asked("leaves", after("speaks"),
			requirement.Text("check.leaves",
				"At quit, or at the end of its input, it sends Q name."),
			requirement.Text("check.leaves.hint",
				"Send the letter Q and the name, before the process that reads the keyboard ends.")),
		asked("exit", after("leaves"),
			requirement.Text("check.ends", "When EXIT comes, both processes end."),
			requirement.Text("check.ends.hint",
				"Let the receiving process end at EXIT; the other one ends when it has sent Q.")),
		asked("refused", nil,
			requirement.Text("check.refuse",
				"When its name is refused, it asks for another one, or ends."),
			requirement.Text("check.refuse.hint",
				"Only OK lets you in; at any other answer show it, and ask again.")),
	}
}

// room is mtp as the server.
type room struct {
	peer
	*requirement.Scene
	client *net.UDPAddr
}

// opened binds the port; without it there is nothing to play.
func opened(s *requirement.Scene, id string) (room, bool) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.Wants.Port})
	if err != nil {
		s.Found(id, requirement.Unknown("check.listens.taken",
			"Another program has this port: end it, or name another one with --port."))
		return room{}, false
	}
	return room{peer: peer{conn, ""}, Scene: s}, true
}

// enters waits for L name. A client that reads from its keyboard first is given a name.
func (r *room) enters(most time.Duration, name string) bool {
	typed := false
	for deadline := time.Now().Add(most); time.Now().Before(deadline) && !r.Over(); {
		text, from, ok := r.hear(50*time.Millisecond, func(text string) bool {
			return strings.HasPrefix(text, "L ")
		})
		if ok {
			r.client, r.name = from, strings.Fields(text + " ?")[1]
			return true
		}
		if !typed && r.reads() {
			_, _ = r.Input.Write([]byte(name + "\n"))
			typed = true
		}
		if r.gone() {
			break
		}
	}
	return false
}

// reads reports whether the client waits for its keyboard.
func (r *room) reads() (is bool) {
	r.Look(func(run *requirement.Run) { is = run.Reading })
	return is
}

// gone reports whether all its processes have ended.
func (r *room) gone() (is bool) {
	r.Look(func(run *requirement.Run) { is = run.First() != nil && len(run.Living()) == 0 })
	return is
}

func (r *room) answer(text string) { _, _ = r.WriteToUDP([]byte(text), r.client) }

// playServer plays a server that lets the client in.
func playServer(s *requirement.Scene) {
	r, ok := opened(s, "login")
	if !ok {
		return
	}
	defer r.Close()
	if !r.enters(start, "小明") {
		s.Found("login", ending(s, requirement.No("check.enter.no", "No datagram L name came.")))
		return
	}
	s.Found("login", from(requirement.Yes("check.enter.yes",
		"L {name} came.",
		"name", r.name), r.peer))
	r.answer("OK")
	s.Found("processes", twoProcesses(s))
	s.Found("speaks", r.speaks("大家好 hello  world"))

	for _, datagram := range []string{"", "小红:你好\xe4\xbd", strings.Repeat("长", 340), "\xff\xfe"} {
		r.answer(datagram)
	}
	f := r.speaks("还在吗")
	const looks = 5
	// An exception takes its time.
	s.Await(2*soon, func(run *requirement.Run) bool { return run.Still(looks) })
	if f.Outcome == requirement.Met {
		if two := twoProcesses(s); two.Outcome != requirement.Met {
			f = two
		}
	}
	s.Found("cut", f)

	_, _ = s.Input.Write([]byte("quit\n"))
	quits := func(text string) bool { return strings.HasPrefix(text, "Q "+r.name) }
	_, _, left := r.hear(soon, quits)
	if !left {
		s.Input.Close()
		_, _, left = r.hear(2*soon, quits)
	}
	if !left {
		s.Found("leaves", requirement.No("check.leaves.no",
			"No datagram Q {name} came.",
			"name", r.name))
		return
	}
	s.Found("leaves", from(requirement.Yes("check.leaves.yes",
		"Q {name} came.",
		"name", r.name), r.peer))
	r.answer("EXIT")
	living := 0
	over := s.Await(2*soon, func(run *requirement.Run) bool {
		living = 0
		for _, p := range run.Living() {
			living = p.PID
		}
		return living == 0
	})
	if !over {
		s.Found("exit", requirement.No("check.ends.no",
			"{pid} still runs {time} after EXIT.",
			"pid", living, "time", 2*soon))
		return
	}
	s.Found("exit", requirement.Yes("check.ends.yes", "No process of it is left."))
}

// speaks types a line, and wants it to come.
func (r *room) speaks(text string) requirement.Finding {
	_, _ = r.Input.Write([]byte(text + "\n"))
	want := "C " + r.name + " " + text
	heard, _, ok := r.hear(2*soon, func(datagram string) bool {
		return strings.TrimRight(datagram, "\n") == want
	})
	switch {
	case ok:
		return from(requirement.Yes("check.came", "{text} came.", "text", shown(want)), r.peer)
	case heard != "":
		return from(requirement.No("check.came.other",
			"{text} did not come, but {other} did.",
			"text", shown(want), "other", shown(heard)), r.peer)
	}
	return ending(r.Scene, from(requirement.No("check.came.no",
		"{text} did not come.",
		"text", shown(want)), r.peer))
}

// playRefusal plays a server that refuses the client's name.
func playRefusal(s *requirement.Scene) {
	r, ok := opened(s, "refused")
	if !ok {
		return
	}
	defer r.Close()
	if !r.enters(start, "小明") {
		s.Found("refused", requirement.Unknown("check.enter.no", "No datagram L name came."))
		return
	}
	first := r.name
	r.answer("\n用户名存在")
	again := r.enters(2*soon, "小红")
	switch {
	case again:
		s.Found("refused", from(requirement.Yes("check.refuse.again",
			"It was told that {name} is in use, and then L {other} came.",
			"name", first, "other", r.name), r.peer))
	case r.gone():
		s.Found("refused", requirement.Yes("check.refuse.ended",
			"It was told that {name} is in use, and ended.",
			"name", first))
	default:
		s.Found("refused", requirement.No("check.refuse.no",
			"It was told that {name} is in use; it neither sent another L, nor ended.",
			"name", first))
	}
}
