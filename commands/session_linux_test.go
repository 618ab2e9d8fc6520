package commands_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// event is what --json prints.
type event struct {
	Time                     time.Time
	Lesson, Kind, Name, Text string
	Fields                   map[string]any
}

func (e event) number(field string) int {
	n, _ := e.Fields[field].(float64)
	return int(n)
}

// session is a lesson under way, told as JSON, that waits for Enter before each step.
type session struct {
	*testing.T
	command *exec.Cmd
	keys    io.WriteCloser
	events  chan event
	seen    []event
}

// start starts a lesson in a cage (unless the command is another); it ends with the test.
func start(t *testing.T, command ...string) *session {
	t.Helper()
	s := &session{T: t, command: exec.Command("cage", command...), events: make(chan event)}
	s.command.Env = append(os.Environ(), "MTP_LANG=en")
	s.command.Stderr = os.Stderr
	var err error
	if s.keys, err = s.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.command.Process.Kill() })
	go func() {
		defer close(s.events)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Errorf("not JSON: %q", lines.Text())
			}
			s.events <- e
		}
	}()
	return s
}

// enter lets the lesson take its next step.
func (s *session) enter() {
	s.Helper()
	if _, err := s.keys.Write([]byte("\n")); err != nil {
		s.Fatal(err)
	}
}

// until reads events up to the one with this name, and returns it.
func (s *session) until(name string) event {
	s.Helper()
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				s.Fatalf("the lesson ended without %s", name)
			}
			s.seen = append(s.seen, e)
			if e.Name == name {
				return e
			}
		case <-time.After(20 * time.Second):
			s.Fatalf("waited in vain for %s", name)
		}
	}
}

// end lets the lesson go on to its end, and returns the exit code and all its events.
func (s *session) end() (code int, all []event) {
	s.Helper()
	s.keys.Close() // at the end of the input, --step does not wait any more
	stuck := time.AfterFunc(20*time.Second, func() {
		s.Error("the lesson does not end")
		_ = s.command.Process.Kill()
	})
	defer stuck.Stop()
	for e := range s.events {
		s.seen = append(s.seen, e)
	}
	err := s.command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	return s.command.ProcessState.ExitCode(), s.seen
}

// finish is end for a lesson that must succeed and leave nothing behind.
func (s *session) finish() []event {
	s.Helper()
	code, all := s.end()
	if code != 0 {
		s.Fatalf("exit code %d", code)
	}
	return all
}

// interrupt sends mtp what Ctrl-C does.
func (s *session) interrupt() error {
	s.Helper()
	return syscall.Kill(s.mtp(), syscall.SIGINT)
}

// mtp is the PID of mtp itself, as ps sees it.
func (s *session) mtp() int {
	s.Helper()
	var pids []int
	eventually(s.T, "mtp to start", func() bool {
		pids = childrenOf(s.T, s.command.Process.Pid)
		return len(pids) > 0
	})
	return pids[0]
}
