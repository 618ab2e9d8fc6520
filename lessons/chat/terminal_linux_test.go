package chat_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/outside"
)

// blow is what is done to one of two partners.
type blow struct {
	signal syscall.Signal
	editor bool // whether it is the one that has the terminal
}

func (b blow) String() string {
	name := map[bool]string{true: "the editor", false: "the other"}[b.editor]
	return strings.TrimPrefix(unix.SignalName(b.signal), "SIG") + " " + name
}

// sequences are all ways to stop and kill two partners, one after the other, after which one of
// them lives and is not stopped, or is to be continued because the other has ended.
func sequences() (all [][]blow) {
	for _, editor := range []bool{true, false} {
		stop, kill := blow{syscall.SIGSTOP, editor}, blow{syscall.SIGKILL, editor}
		otherStop, otherKill := blow{syscall.SIGSTOP, !editor}, blow{syscall.SIGKILL, !editor}
		all = append(all, []blow{kill}, []blow{stop, otherKill}, []blow{stop, otherStop, kill},
			[]blow{stop, otherStop, otherKill})
		if editor {
			all = append(all, []blow{stop})
		}
	}
	return all
}

// However two partners are stopped and killed: where one of them lives on, the terminal is as it
// was, it announces no pastes, and does not tell of its focus.
func TestTheTerminalOutlivesItsEditor(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"serve", "join"} {
		for i, blows := range sequences() {
			if outside.RaceDetector && i%3 > 0 {
				continue
			}
			t.Run(fmt.Sprint(side, " ", blows), func(t *testing.T) {
				t.Parallel()
				terminal, editor, other := partners(t, side)
				for _, b := range blows {
					pid := map[bool]int{true: editor, false: other}[b.editor]
					if err := syscall.Kill(pid, b.signal); err != nil {
						t.Fatal(err)
					}
				}
				outside.Eventually(t, "the terminal as it was",
					func() bool { return sane(terminal) })
				if len(blows) == 1 && blows[0].signal == syscall.SIGSTOP {
					if err := syscall.Kill(editor, syscall.SIGCONT); err != nil {
						t.Fatal(err)
					}
					outside.Eventually(t, "its editor to go on",
						func() bool { return !sane(terminal) })
				}
				for _, pid := range []int{editor, other} { // either may have ended
					_ = syscall.Kill(pid, syscall.SIGTERM)
					_ = syscall.Kill(pid, syscall.SIGCONT)
				}
				if code := terminal.End(); code == outside.Escaped {
					t.Errorf("something is left:\n%s", terminal.Screen())
				}
				if !silent(terminal.Screen()) {
					t.Errorf("the terminal is told to tell more:\n%q", terminal.Screen())
				}
			})
		}
	}
}

// partners starts a side of the chat on a terminal, and returns both of its processes.
func partners(t *testing.T, side string) (terminal *outside.Terminal, editor, other int) {
	t.Helper()
	command := []string{"mtp", "chat", "serve", "--lang=en", "--listen=127.0.0.1:0"}
	prompt := "admin> "
	if side == "join" {
		room, addr := serve(t)
		t.Cleanup(func() { stop(room) })
		command = []string{"mtp", "chat", "join", "--lang=en", "--name=ann", "--server=" + addr}
		prompt = "ann> "
	}
	terminal = outside.OnTerminal(t, command...)
	terminal.Await(prompt)
	mtp, _ := terminal.MTP()
	child := outside.ChildrenOf(t, mtp)[0]
	if side == "join" {
		return terminal, mtp, child
	}
	return terminal, child, mtp
}

// sane reports whether a terminal is as a shell wants it.
func sane(terminal *outside.Terminal) bool {
	modes, err := unix.IoctlGetTermios(int(terminal.PTY.Fd()), unix.TCGETS)
	const usual = unix.ICANON | unix.ECHO | unix.ISIG
	return err == nil && modes.Lflag&usual == usual && modes.Oflag&unix.OPOST != 0 &&
		silent(terminal.Screen())
}

// silent reports whether the last that a terminal was told is not to tell of pastes, nor of its
// focus.
func silent(screen string) bool {
	for _, mode := range []string{"2004", "1004"} {
		on := strings.LastIndex(screen, "\x1b[?"+mode+"h")
		if strings.LastIndex(screen, "\x1b[?"+mode+"l") < on {
			return false
		}
	}
	return true
}

// A terminal that obeys no escape sequences gets none, and lines are read as it hands them over.
func TestADumbTerminal(t *testing.T) {
	t.Parallel()
	room := outside.OnTerminal(t, "env", "TERM=dumb",
		"mtp", "chat", "serve", "--lang=en", "--pace=0", "--listen=127.0.0.1:0")
	room.Await("chat join --server ")
	_, addr, _ := strings.Cut(room.Screen(), "chat join --server ")
	member := outside.OnTerminal(t, "env", "TERM=dumb", "mtp", "chat", "join", "--lang=en",
		"--name=ann", "--server="+strings.Fields(addr)[0])
	member.Await("You are in, as ann")
	member.Key("hello\r")
	room.Await("ann  hello")
	room.Key("welcome\r")
	member.Await("welcome")
	member.Key("\x03")
	room.Await("ann has left")
	if code := member.End(); code != 130 {
		t.Errorf("exit code %d:\n%s", code, member.Screen())
	}
	room.Key("\x04")
	if code := room.End(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, room.Screen())
	}
	for _, screen := range []string{room.Screen(), member.Screen()} {
		if strings.Contains(screen, "\x1b") {
			t.Errorf("an escape sequence:\n%q", screen)
		}
	}
}
