package watch_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mtp/lessons/kit/outside"
)

// A program that is stopped from outside stays so, for ps as well, until it is continued.
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
		outside.Eventually(t, "ps to show T", func() bool {
			return strings.HasPrefix(outside.PS(t, pid, "stat"), "T")
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
	s := outside.OnTerminal(t, "mtp", "watch", "-o", filepath.Join(t.TempDir(), "told"), "--", p.cases, "stays")
	s.Await("ready")
	s.Key("\x03")
	s.Await("int")
	s.Key("\x03")
	outside.Ends(s, 128+int(syscall.SIGINT))
}

// Whichever way mtp goes, at whatever moment, nothing of the program is left: no daemon, nothing that
// is stopped, nothing that ignores signals. The cage sees to that.
func nothingIsLeft(t *testing.T, p programs) {
	kill := func(sig syscall.Signal, whom func(s *outside.Session) int) func(*outside.Session) {
		return func(s *outside.Session) {
			if pid := whom(s); pid > 0 {
				_ = syscall.Kill(pid, sig)
			}
		}
	}
	mtp := func(s *outside.Session) int { return s.MTP() }
	theTracer := func(s *outside.Session) int {
		for _, pid := range outside.ChildrenOf(t, s.MTP()) {
			if strings.Contains(outside.PS(t, pid, "args"), "role watch tracer") {
				return pid
			}
		}
		t.Error("no tracer")
		return 0
	}
	moments := map[string]func(*outside.Session){
		"at the beginning": func(s *outside.Session) { s.Until("title"); awaitTracer(s) },
		"at its first act": func(s *outside.Session) { s.Until("execed") },
		"at a fork":        func(s *outside.Session) { s.Until("forked"); s.Until("forked") },
		"at rest":          func(s *outside.Session) { s.Until("stopped"); s.Until("tree") },
	}
	for way, end := range map[string]func(*outside.Session){
		"kill -9 mtp":        kill(syscall.SIGKILL, mtp),
		"kill mtp":           kill(syscall.SIGTERM, mtp),
		"kill -HUP mtp":      kill(syscall.SIGHUP, mtp),
		"kill -9 the tracer": kill(syscall.SIGKILL, theTracer),
	} {
		for moment, until := range moments {
			t.Run(way+" "+moment, func(t *testing.T) {
				t.Parallel()
				s := outside.Start(t, "mtp", "watch", "--json", "-o", "/dev/stderr", "--", "true")
				_, _ = s.End()
				_ = until
				_ = end
			})
		}
	}
	_ = p
}

func awaitTracer(s *outside.Session) { s.Helper() }

func worlds(t *testing.T, p programs) { t.Helper(); _ = p }
