package watch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/outside"
)

// A program that is stopped from outside stays so, for ps as well, until it is continued; below a
// tracer, the kernel lists what is stopped as t.
func jobControl(t *testing.T, p programs) {
	s := live(t, "--", p.cases, "input")
	pid := s.Until("execed").Number("pid")
	for range 2 {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		if e := s.Until("stopped"); e.Number("pid") != pid || e.Fields["signal"] != "SIGSTOP" {
			t.Errorf("it says %v", e)
		}
		outside.Eventually(t, "ps to show t", func() bool {
			return strings.HasPrefix(strings.ToUpper(outside.PS(t, pid, "stat")), "T")
		})
		if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if e := s.Until("continued"); e.Number("pid") != pid {
			t.Errorf("it says %v", e)
		}
		outside.Eventually(t, "ps to show S", func() bool {
			return strings.HasPrefix(outside.PS(t, pid, "stat"), "S")
		})
	}
	s.Finish()
}

// Ctrl-C is the program's.
func ctrlC(t *testing.T, p programs) {
	told := filepath.Join(t.TempDir(), "told")
	s := outside.OnTerminal(t, "mtp", "watch", "-o", told, "--", p.cases, "interrupt")
	s.Await("ready")
	s.Key("\x03")
	outside.Ends(s, 5)
	if text, err := os.ReadFile(told); err != nil || !strings.Contains(string(text), "Verdict") {
		t.Errorf("it tells (%v):\n%s", err, text)
	}
}

// Twice, it ends all, also what does not heed it.
func ctrlCTwice(t *testing.T, p programs) {
	s := outside.OnTerminal(t, "mtp", "watch", "--", p.cases, "stays")
	s.Await("ready")
	s.Key("\x03")
	s.Await("The program got Ctrl-C, too") // else both may come as one: signals do not queue
	s.Key("\x03")
	outside.Ends(s, 128+int(syscall.SIGINT))
}

// Whichever way mtp goes, at whatever moment, nothing of the program is left: no daemon, nothing
// that is stopped, nothing that ignores signals. The cage sees to that.
func nothingIsLeft(t *testing.T, p programs) {
	kill := func(sig syscall.Signal) func(*outside.Session) {
		return func(s *outside.Session) { _ = syscall.Kill(s.MTP(), sig) }
	}
	moments := map[string]func(*outside.Session){
		"at the beginning": func(s *outside.Session) { s.Until("title.program") },
		"at its first act": func(s *outside.Session) { s.Until("execed") },
		"at a fork":        func(s *outside.Session) { s.Until("forked"); s.Until("forked") },
		"at rest":          func(s *outside.Session) { s.Until("stopped"); s.Until("tree") },
	}
	for way, end := range map[string]func(*outside.Session){
		"kill -9 mtp":        kill(syscall.SIGKILL),
		"kill mtp":           kill(syscall.SIGTERM),
		"kill -HUP mtp":      kill(syscall.SIGHUP),
		"kill -9 the tracer": killTracer,
	} {
		for moment, until := range moments {
			t.Run(way+" "+moment, func(t *testing.T) {
				t.Parallel()
				s := live(t, "--", p.cases, "stays")
				until(s)
				end(s)
				code, events := s.End()
				if code == 0 || code == outside.Escaped {
					t.Errorf("exit code %d", code)
				}
				if v, _ := verdict(events); v.Name == "verdict.clean" {
					t.Errorf("what it has not seen to the end, it says of: %s", v.Text)
				}
			})
		}
	}
	t.Run("closed terminal", func(t *testing.T) {
		t.Parallel()
		s := outside.OnTerminal(t, "mtp", "watch", "-o", filepath.Join(t.TempDir(), "told"), "--",
			p.cases, "stays")
		s.Await("ready")
		mtp, _ := s.MTP()
		fd := int(s.PTY.Fd())
		s.PTY.Close()                      // once nobody reads from it
		_, _ = unix.Write(fd, []byte("x")) // so that there is something to read
		outside.Eventually(t, "the terminal's end", func() bool {
			return outside.PS(t, mtp, "tty") == "?"
		})
		if err := syscall.Kill(-mtp, syscall.SIGHUP); err != nil { // as the shell does then
			t.Fatal(err)
		}
		if code := s.End(); code == 0 || code == outside.Escaped {
			t.Errorf("exit code %d", code)
		}
	})
}

func killTracer(s *outside.Session) {
	s.Helper()
	outside.Eventually(s.T, "the tracer", func() bool {
		for _, pid := range outside.ChildrenOf(s.T, s.MTP()) {
			if strings.Contains(outside.PS(s.T, pid, "args"), "role watch tracer") {
				return syscall.Kill(pid, syscall.SIGKILL) == nil
			}
		}
		return false
	})
}

// An ordinary user, the first process of a PID namespace, and whoever is root in a container have
// the same told.
func worlds(t *testing.T, p programs) {
	inNamespace := []string{"unshare", "-Urpf", "--mount-proc"}
	for name, w := range map[string]struct {
		before []string
		mtp    func(t *testing.T) string
		ready  func(t *testing.T)
	}{
		"an ordinary user": {
			[]string{"setpriv", "--reuid=61008", "--regid=61008", "--clear-groups"},
			outside.OrdinaryMTP,
			func(t *testing.T) {
				t.Helper()
				outside.Needs(t, "setpriv")
				if os.Getuid() != 0 {
					t.Skip("needs root")
				}
			},
		},
		"PID 1": {inNamespace, theMTP, outside.NeedsNamespaces},
		"below PID 1": {
			append(inNamespace, "sh", "-c", `"$@"; exit $?`, "sh"), theMTP, outside.NeedsNamespaces,
		},
		"SIGCHLD ignored": {
			[]string{"sh", "-c", `trap "" CHLD; exec "$@"`, "sh"}, theMTP, func(*testing.T) {},
		},
		"signals blocked": {
			[]string{"env", "--block-signal=INT,TERM,HUP,CHLD,CONT,USR1"},
			theMTP,
			func(*testing.T) {},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.ready(t)
			// Another user could not open the standard output.
			s := outside.Start(t, slices.Concat(
				[]string{"sh", "-c", `exec "$@" 2>&1 >/dev/null`, "sh"}, w.before,
				[]string{w.mtp(t), "watch", "--json", "--", p.cases},
				[]string{"cut", "nochild", "traces", "zombie", "orphan"},
			)...)
			s.Until("zombie")
			code, events := s.End()
			if code != 0 {
				t.Errorf("exit code %d", code)
			}
			v, found := verdict(events)
			wantNumber(t, v, "processes", 9)
			wantNumber(t, v, "wrong", 3)
			wantNumber(t, v, "unreaped", 1)
			wantNumber(t, v, "orphans", 1)
			b, said := birthsOf(events), []string{}
			for _, f := range found {
				said = append(said, b.of(f.Fields["pids"])+" "+b.of(f.Fields["line"]))
			}
			slices.Sort(said)
			want := []string{
				"[#1] @cut in cut, from perform at @perform",
				"[#6] @zombie in zombie, from perform at @perform",
				"[#8] @orphan in orphan, from perform at @perform",
				"[] @nochild in nochild, from perform at @perform",
			}
			if got := strings.Join(said, "\n"); got != at(t, "cases.c", strings.Join(want, "\n")) {
				t.Errorf("it says\n%s", got)
			}
		})
	}
}

func theMTP(t *testing.T) string {
	t.Helper()
	mtp, err := exec.LookPath("mtp")
	if err != nil {
		t.Fatal(err)
	}
	return mtp
}
