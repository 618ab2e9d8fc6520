package outside

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

// Event is what --json prints.
type Event struct {
	Time                     time.Time
	Lesson, Kind, Name, Text string
	Fields                   map[string]any
}

// Number is a field that is a number.
func (e Event) Number(field string) int {
	n, _ := e.Fields[field].(float64)
	return int(n)
}

// Session is a lesson under way, told as JSON, that waits for Enter before each step.
type Session struct {
	*testing.T
	Command *exec.Cmd
	Keys    io.WriteCloser
	events  chan Event
	Seen    []Event
}

// Start starts a lesson in a cage (unless the command is another); it ends with the test.
func Start(t *testing.T, command ...string) *Session {
	t.Helper()
	s := &Session{T: t, Command: exec.Command("cage", command...), events: make(chan Event)}
	s.Command.Env = append(os.Environ(), "MTP_LANG=en")
	s.Command.Stderr = os.Stderr
	var err error
	if s.Keys, err = s.Command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.Command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Command.Process.Kill() })
	go func() {
		defer close(s.events)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var e Event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Errorf("not JSON: %q", lines.Text())
			}
			s.events <- e
		}
	}()
	return s
}

// Enter lets the lesson take its next step.
func (s *Session) Enter() {
	s.Helper()
	if _, err := s.Keys.Write([]byte("\n")); err != nil {
		s.Fatal(err)
	}
}

// Until reads events up to the one with this name, and returns it.
func (s *Session) Until(name string) Event {
	s.Helper()
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				s.Fatalf("the lesson ended without %s", name)
			}
			s.Seen = append(s.Seen, e)
			if e.Name == name {
				return e
			}
		case <-time.After(patience):
			s.Fatalf("waited in vain for %s:\n%s", name, abort(s.Command.Process.Pid))
		}
	}
}

// End lets the lesson go on to its end, and returns the exit code and all its events.
func (s *Session) End() (code int, all []Event) {
	s.Helper()
	s.Keys.Close() // at the end of the input, --step does not wait any more
	for open := true; open; {
		select {
		case e, more := <-s.events:
			if open = more; more {
				s.Seen = append(s.Seen, e)
			}
		case <-time.After(patience):
			last := "none"
			if len(s.Seen) > 0 {
				last = s.Seen[len(s.Seen)-1].Name
			}
			s.Errorf("the lesson does not end; its last event is %s:\n%s", last,
				abort(s.Command.Process.Pid))
			time.AfterFunc(Grace, func() { _ = s.Command.Process.Kill() })
		}
	}
	err := s.Command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	return s.Command.ProcessState.ExitCode(), s.Seen
}

// Finish is end for a lesson that must succeed and leave nothing behind.
func (s *Session) Finish() []Event {
	s.Helper()
	code, all := s.End()
	if code != 0 {
		s.Fatalf("exit code %d", code)
	}
	return all
}

// Interrupt sends mtp what Ctrl-C does.
func (s *Session) Interrupt() error {
	s.Helper()
	return syscall.Kill(s.MTP(), syscall.SIGINT)
}

// MTP is the PID of mtp itself, as ps sees it.
func (s *Session) MTP() int {
	s.Helper()
	var pids []int
	Eventually(s.T, "mtp to start", func() bool {
		pids = ChildrenOf(s.T, s.Command.Process.Pid)
		return len(pids) > 0
	})
	return pids[0]
}

// EnterLine types a line into the session.
func (s *Session) EnterLine(text string) {
	s.Helper()
	if _, err := s.Keys.Write([]byte(text + "\n")); err != nil {
		s.Fatal(err)
	}
}

// Named is the first event with a name.
func Named(events []Event, name string) Event {
	if i := slices.IndexFunc(events, func(e Event) bool { return e.Name == name }); i >= 0 {
		return events[i]
	}
	return Event{}
}

// FieldsOf lists what events say as name.field=value.
func FieldsOf(events []Event) (fields []string) {
	for _, e := range events {
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			fields = append(fields, fmt.Sprintf("%s.%s=%v", e.Name, name, e.Fields[name]))
		}
	}
	return fields
}

// Lane is a process over time, as --json has it.
type Lane struct {
	PID, PPID int
	Name      string
	Gone      bool
	Spans     []struct {
		State      string
		Begin, End time.Time
	}
}

// LanesOf are the lanes that a lesson has drawn.
func LanesOf(t *testing.T, events []Event) (lanes []Lane) {
	t.Helper()
	for _, e := range events {
		if e.Kind != "lanes" {
			continue
		}
		text, err := json.Marshal(e.Fields["lanes"])
		if err == nil {
			err = json.Unmarshal(text, &lanes)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return lanes
}
