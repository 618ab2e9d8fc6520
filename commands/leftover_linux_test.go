package commands_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/creack/pty"
)

// terminal is a cage with mtp in it on a terminal of its own.
type terminal struct {
	*testing.T
	cage     *exec.Cmd
	pty      *os.File
	mu       sync.Mutex
	screen   bytes.Buffer
	answered int // prompts
	read     chan struct{}
}

func onTerminal(t *testing.T, command ...string) *terminal {
	t.Helper()
	s := &terminal{T: t, cage: exec.Command("cage", command...), read: make(chan struct{})}
	s.cage.Env = append(os.Environ(), "TERM=xterm", "LANG=C.UTF-8", "LC_ALL=", "MTP_LANG=")
	var err error
	if s.pty, err = pty.StartWithSize(s.cage, &pty.Winsize{Rows: 24, Cols: 60}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			session, _ := exec.Command("ps", "-L", "-o", "pid,ppid,tid,stat,wchan:20,args", "-s", strconv.Itoa(s.cage.Process.Pid)).Output()
			t.Logf("what is in the session:\n%s", session)
		}
		_ = s.cage.Process.Kill()
	})
	go func() {
		defer close(s.read)
		for chunk := make([]byte, 4096); ; {
			n, err := s.pty.Read(chunk)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.screen.Write(chunk[:n])
			s.mu.Unlock()
		}
	}()
	return s
}

func (s *terminal) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// mtp is the PID of mtp, once it has said something; before that it is not what it will be. ok is false if it has ended.
func (s *terminal) mtp() (pid int, ok bool) {
	s.Helper()
	eventually(s.T, "the first line", func() bool { return s.text() != "" })
	children := childrenOf(s.T, s.cage.Process.Pid)
	if len(children) == 0 {
		return 0, false
	}
	return children[0], true
}

func (s *terminal) key(key string) {
	s.Helper()
	if _, err := io.WriteString(s.pty, key); err != nil {
		s.Fatal(err)
	}
}

// end waits for the cage and returns its exit code.
func (s *terminal) end() int {
	s.Helper()
	stuck := time.AfterFunc(time.Minute, func() {
		s.Errorf("it does not end; the screen:\n%s", s.text())
		_ = s.cage.Process.Kill()
	})
	defer stuck.Stop()
	err := s.cage.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	select {
	case <-s.read: // nobody has the terminal open any more, and all that was written has been read
	case <-time.After(10 * cageGrace): // a busy machine
	}
	s.pty.Close()
	return s.cage.ProcessState.ExitCode()
}

// Every lesson, on every way out, leaves no process, no zombie and a visible cursor.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	lessons := [][]string{
		{"mtp", "fork", "--children=3", "--pace=0.05"},
		{"mtp", "fork", "--race=3000"},
		{"mtp", "orphan", "--pace=0.05"},
		{"mtp", "orphan", "--subreaper", "--pace=0.05"},
		{"mtp", "zombie", "--count=4", "--pace=0.05", "--hold=300ms"},
		{"mtp", "reap", "--pace=0.05"},
		{"mtp", "signal-ignore", "--pace=0.05"},
		{"mtp", "workers", "--pace=0.05"},
		{"mtp", "workers", "--daemon", "--pace=0.05"},
		{"mtp", "custom-process", "--pace=0.05"},
		{"mtp", "exit", "--pace=0.05"},
		{"mtp", "states", "--pace=0.05", "--hold=100ms"},
		{"mtp", "primes", "--limit=30000"},
		{"mtp", "primes", "--limit=3e8", "--procs=3"},
		{"mtp", "primes", "--limit=1e11", "--method=combinatorial", "--procs=2"},
	}
	const interrupted = 130
	signal := func(sig syscall.Signal) func(*terminal, int) {
		return func(_ *terminal, mtp int) { _ = syscall.Kill(mtp, sig) } // it may have ended
	}
	waysOut := []struct {
		name  string
		leave func(s *terminal, mtp int)
		codes []int // besides 0: it may have been at its end
	}{
		{"end", func(*terminal, int) {}, nil},
		{"SIGINT", signal(syscall.SIGINT), []int{interrupted}},
		{"SIGTERM", signal(syscall.SIGTERM), []int{interrupted}},
		{"SIGHUP", signal(syscall.SIGHUP), []int{interrupted}},
		{"SIGQUIT", signal(syscall.SIGQUIT), []int{interrupted}},
		{"SIGKILL", signal(syscall.SIGKILL), []int{128 + 9}},
		{"Ctrl-C", func(s *terminal, _ int) { s.key("\x03") }, []int{interrupted}},
		{"Ctrl-Backslash", func(s *terminal, _ int) { s.key("\x1c") }, []int{interrupted}},
		// A closed terminal is a hang-up, and errors at every write.
		{"closed terminal", func(s *terminal, _ int) { s.pty.Close() }, []int{interrupted, 1}},
		{"Ctrl-Z, then SIGKILL", func(s *terminal, mtp int) {
			s.key("\x1a")
			eventually(s.T, "mtp to stop or end", func() bool { return !strings.ContainsAny(ps(s.T, mtp, "stat"), "RSD") })
			_ = syscall.Kill(mtp, syscall.SIGKILL)
		}, []int{128 + 9}},
	}
	for _, lesson := range lessons {
		for _, out := range waysOut {
			t.Run(strings.Join(lesson[1:], " ")+"/"+out.name, func(t *testing.T) {
				t.Parallel()
				s := onTerminal(t, lesson...)
				if out.name != "end" {
					s.mtp()
					time.Sleep(rand.N(400 * time.Millisecond)) // any instant must do
				}
				if mtp, ok := s.mtp(); ok {
					out.leave(s, mtp)
				}
				code := s.end()
				ok := code == 0
				for _, allowed := range out.codes {
					ok = ok || code == allowed
				}
				screen := s.text()
				if !ok {
					t.Errorf("exit code %d, want 0 or one of %v; the screen:\n%s", code, out.codes, screen)
				}
				if code == interrupted && out.name != "closed terminal" && !strings.Contains(screen, "mtp: interrupted by SIG") {
					t.Errorf("it died of the signal; the screen:\n%s", screen)
				}
				if strings.Contains(screen, "\x1b[?25l") {
					t.Error("it hides the cursor, which nobody brings back after SIGKILL")
				}
				if strings.Contains(screen, "goroutine ") {
					t.Errorf("it dumps goroutines:\n%s", screen)
				}
			})
		}
	}
}

func TestCtrlCSaysWhatWasCleanedUp(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, "mtp", "zombie", "--count=3", "--hold=1h", "--pace=0")
	eventually(t, "the spinner", func() bool { return strings.Contains(s.text(), "Enter goes on") })
	s.key("\x03")
	if code := s.end(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	for _, want := range []string{"Cleaned up: ", "mtp: interrupted by SIGINT"} {
		if !strings.Contains(s.text(), want) {
			t.Errorf("the screen does not say %q:\n%s", want, s.text())
		}
	}
}

func TestEnterEndsTheHold(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, "mtp", "zombie", "--hold=1h", "--pace=0")
	eventually(t, "the spinner", func() bool { return strings.Contains(s.text(), "Enter goes on") })
	s.key("\r")
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// A background job that reads its terminal is stopped by the kernel (SIGTTIN).
func TestBackgroundJobDoesNotReadTheTerminal(t *testing.T) {
	t.Parallel()
	needs(t, "bash")
	s := onTerminal(t, "bash", "-c", "set -m; mtp zombie --hold=200ms --pace=0 & wait $!")
	if code := s.end(); code != 0 || !strings.Contains(s.text(), "wait4(") {
		t.Errorf("exit code %d:\n%s", code, s.text())
	}
}

// Whatever it inherits, each lesson works.
func TestOddSurroundings(t *testing.T) {
	t.Parallel()
	needs(t, "env", "sh")
	mtp, err := exec.LookPath("mtp")
	if err != nil {
		t.Fatal(err)
	}
	surroundings := map[string][]string{
		"SIGCHLD ignored":      {"sh", "-c", `trap "" CHLD; exec "$@"`, "sh"},
		"signals blocked":      {"env", "--block-signal=INT,TERM,HUP,CHLD,CONT,USR1"},
		"no standard input":    {"sh", "-c", `exec "$@" <&-`, "sh"},
		"no environment":       {"env", "-i"},
		"nothing standard":     {"sh", "-c", `exec "$@" <&- 2>&-`, "sh"},
		"deleted directory":    {"sh", "-c", `d=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$@"`, "sh"},
		"PID 1":                {"unshare", "-Urpf", "--mount-proc"},
		"PID 1 without a fork": {"unshare", "-Urpf", "--mount-proc", "--kill-child"},
	}
	for name, command := range surroundings {
		for _, lesson := range []string{"fork", "orphan", "zombie", "reap", "signal-ignore", "workers", "custom-process", "primes", "exit", "states"} {
			t.Run(name+"/"+lesson, func(t *testing.T) {
				t.Parallel()
				if command[0] == "unshare" {
					needsNamespaces(t)
				}
				args := append(append([]string{}, command...), mtp, lesson, "--pace=0", "--lang=en")
				switch lesson {
				case "zombie":
					args = append(args, "--hold=0")
				case "states":
					args = append(args, "--hold=0")
				case "primes":
					args = append(args, "--limit=20000")
				}
				cage := exec.Command("cage", args...)
				out, err := cage.CombinedOutput()
				if err != nil {
					t.Errorf("%v:\n%s", err, out)
				}
			})
		}
	}
}

func TestHiddenProcesses(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount /proc with hidepid=2")
	}
	needs(t, "unshare", "setpriv")
	const uid = 61003
	mtp := ordinaryMTP(t)
	for _, lesson := range []string{"fork", "orphan", "zombie --hold=0", "reap", "signal-ignore", "workers", "custom-process", "primes --limit=20000", "exit", "states --hold=0"} {
		out, err := exec.Command("unshare", "-m", "sh", "-c",
			"mount -t proc -o hidepid=2 proc /proc && cd / && exec setpriv --reuid="+strconv.Itoa(uid)+" --clear-groups "+mtp+" "+lesson+" --pace=0 --lang=en").CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v:\n%s", lesson, err, out)
		}
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	t.Parallel()
	const columns = 60
	escapes := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	for _, lesson := range []string{"fork --children=2", "fork --race=20", "orphan --subreaper", "orphan", "zombie --count=12 --hold=150ms", "reap", "signal-ignore", "workers", "custom-process", "primes --limit=20000", "exit", "states --hold=100ms"} {
		for _, language := range []string{"en", "zh"} {
			t.Run(lesson+" in "+language, func(t *testing.T) {
				t.Parallel()
				s := onTerminal(t, append([]string{"mtp", "--pace=0", "--lang=" + language}, strings.Fields(lesson)...)...)
				if code := s.end(); code != 0 {
					t.Fatalf("exit code %d:\n%s", code, s.text())
				}
				for line := range strings.FieldsFuncSeq(escapes.ReplaceAllString(s.text(), ""), func(r rune) bool { return r == '\n' || r == '\r' }) {
					if width := displaywidth.String(line); width > columns {
						t.Errorf("%d columns: %q", width, line)
					}
				}
			})
		}
	}
}

// Without the /proc of its own PID namespace, mtp would tell of other processes than it made.
func TestForeignProcIsNotBelieved(t *testing.T) {
	t.Parallel()
	needsNamespaces(t)
	out, err := exec.Command("unshare", "-Urpf", "mtp", "zombie", "--hold=0").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || !strings.Contains(string(out), "unshare --mount-proc") {
		t.Errorf("%v:\n%s\nwant exit code 3, and what to do", err, out)
	}
}
