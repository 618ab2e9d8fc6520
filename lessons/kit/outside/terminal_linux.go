package outside

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// Terminal is a cage with mtp in it on a terminal of its own.
type Terminal struct {
	*testing.T
	Cage     *exec.Cmd
	PTY      *os.File
	mu       sync.Mutex
	screen   bytes.Buffer
	answered int // prompts
	read     chan struct{}
}

// OnTerminal starts a command in a cage, on a terminal of 60 × 24. It ends with the test.
func OnTerminal(t *testing.T, command ...string) *Terminal {
	t.Helper()
	return OnTerminalOf(t, 60, 24, command...)
}

// OnTerminalOf is OnTerminal for a terminal of another size.
func OnTerminalOf(t *testing.T, columns, rows int, command ...string) *Terminal {
	t.Helper()
	s := &Terminal{T: t, Cage: exec.Command("cage", command...), read: make(chan struct{})}
	s.Cage.Env = append(os.Environ(), "TERM=xterm", "LANG=C.UTF-8", "LC_ALL=", "MTP_LANG=")
	size := pty.Winsize{Rows: uint16(rows), Cols: uint16(columns)}
	var err error
	if s.PTY, err = pty.StartWithSize(s.Cage, &size); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			session, _ := exec.Command("ps", "-L", "-o", "pid,ppid,tid,stat,wchan:20,args", "-s",
				strconv.Itoa(s.Cage.Process.Pid)).Output()
			t.Logf("what is in the session:\n%s", session)
		}
		_ = s.Cage.Process.Kill()
	})
	go func() {
		defer close(s.read)
		for chunk := make([]byte, 4096); ; {
			n, err := s.PTY.Read(chunk)
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

// Screen is all that was written there.
func (s *Terminal) Screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// MTP is the PID of mtp, once it has said something; before that it is not what it will be. ok is
// false if it has ended.
func (s *Terminal) MTP() (pid int, ok bool) {
	s.Helper()
	Eventually(s.T, "the first line", func() bool { return s.Screen() != "" })
	children := ChildrenOf(s.T, s.Cage.Process.Pid)
	if len(children) == 0 {
		return 0, false
	}
	return children[0], true
}

// Key types.
func (s *Terminal) Key(key string) {
	s.Helper()
	if _, err := io.WriteString(s.PTY, key); err != nil {
		s.Fatal(err)
	}
}

// End waits for the cage and returns its exit code.
func (s *Terminal) End() int {
	s.Helper()
	reported := make(chan struct{})
	stuck := time.AfterFunc(patience, func() {
		defer close(reported)
		session := abort(s.Cage.Process.Pid)
		time.Sleep(time.Second) // it tells where it is stuck
		s.Errorf("it does not end:\n%s\nthe screen:\n%s", session, s.Screen())
		_ = s.Cage.Process.Kill()
	})
	defer func() {
		if !stuck.Stop() {
			<-reported
		}
	}()
	err := s.Cage.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	select {
	case <-s.read: // nobody has the terminal open any more, and all that was written has been read
	case <-time.After(Grace):
	}
	s.PTY.Close()
	return s.Cage.ProcessState.ExitCode()
}

// Await waits until a text is on the screen.
func (s *Terminal) Await(text string) {
	s.Helper()
	Eventually(s.T, fmt.Sprintf("%q on the screen", text),
		func() bool { return strings.Contains(s.Screen(), text) })
}

// Prompts counts the prompts that were shown.
func (s *Terminal) Prompts() int {
	prompt := regexp.MustCompile(`\r  (\x1b\[[0-9;]*m)?(\[Enter\]|Your prediction)`)
	return len(prompt.FindAllString(s.Screen(), -1))
}

// Answer types a line at the next prompt: what is typed before it is dropped.
func (s *Terminal) Answer(line string) {
	s.Helper()
	Eventually(s.T, "a prompt", func() bool { return s.Prompts() > s.answered })
	s.answered = s.Prompts()
	s.Key(line + "\r")
}

// Walk types Enter at each prompt, until a text is on the screen.
func (s *Terminal) Walk(until string) {
	s.Helper()
	Eventually(s.T, fmt.Sprintf("%q on the screen", until), func() bool {
		if n := s.Prompts(); n > s.answered && !strings.Contains(s.Screen(), until) {
			s.answered = n
			s.Key("\r")
		}
		return strings.Contains(s.Screen(), until)
	})
}
