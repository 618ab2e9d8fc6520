package commands_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/creack/pty"
)

// The same question has another answer wherever it is asked.
func TestWhoAdoptsDependsOnWhereOneAsks(t *testing.T) {
	t.Parallel()
	verdict := func(events []event) (answer string, right bool) {
		for _, e := range events {
			if e.Name == "predict.right" || e.Name == "predict.wrong" {
				return fmt.Sprint(e.Fields["answer"]), e.Fields["right"] == true
			}
		}
		t.Error("no verdict")
		return "", false
	}
	s := start(t, "mtp", "orphan", "--json", "--pace=0", "--answers=1,n") // the cage is a subreaper
	if answer, right := verdict(s.finish()); answer != strconv.Itoa(s.command.Process.Pid) || right {
		t.Errorf("in the cage, %d: %s, right: %v", s.command.Process.Pid, answer, right)
	}
	s = start(t, "mtp", "orphan", "--json", "--pace=0", "--answers=1,n", "--subreaper", "--step")
	mtp := s.mtp()
	if answer, right := verdict(s.finish()); answer != strconv.Itoa(mtp) || right {
		t.Errorf("with --subreaper, in %d: %s, right: %v", mtp, answer, right)
	}
	needsNamespaces(t)
	s = start(t, "unshare", "-Urpf", "--mount-proc", "sh", "-c", "mtp orphan --json --pace=0 --answers=1,n; true")
	if answer, right := verdict(s.finish()); answer != "1" || !right {
		t.Errorf("in a PID namespace: %s, right: %v", answer, right)
	}
}

// inState is a command with a state directory of its own, where these lessons were done.
func inState(t *testing.T, done ...string) (dir string, command []string) {
	t.Helper()
	dir = t.TempDir()
	record := map[string]any{}
	for _, lesson := range done {
		record[lesson] = map[string]any{"done": "2026-01-02T03:04:05Z"}
	}
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "mtp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mtp", "tour.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, []string{"env", "XDG_STATE_HOME=" + dir, "mtp", "tour", "--pace=0"}
}

func (s *terminal) await(text string) {
	s.Helper()
	eventually(s.T, fmt.Sprintf("%q on the screen", text), func() bool { return strings.Contains(s.text(), text) })
}

// prompts counts the prompts that were shown.
func (s *terminal) prompts() int {
	text := s.text()
	return strings.Count(text, "[Enter] on") + strings.Count(text, "Your prediction")
}

// answer types a line at the next prompt: what is typed before it is dropped.
func (s *terminal) answer(line string) {
	s.Helper()
	eventually(s.T, "a prompt", func() bool { return s.prompts() > s.answered })
	s.answered = s.prompts()
	s.key(line + "\r")
}

// walked types Enter at each prompt, until a text is on the screen.
func (s *terminal) walked(until string) {
	s.Helper()
	eventually(s.T, fmt.Sprintf("%q on the screen", until), func() bool {
		if n := s.prompts(); n > s.answered && !strings.Contains(s.text(), until) {
			s.answered = n
			s.key("\r")
		}
		return strings.Contains(s.text(), until)
	})
}

func TestTourObeysItsKeys(t *testing.T) {
	t.Parallel()
	_, command := inState(t)
	s := onTerminal(t, append(command, "--from=zombie")...)
	for _, step := range []struct{ line, shows string }{
		{"", "The child is going to exit"},
		{"?", "Hint: R running or ready"},
		{"7", "That is no letter of a state"},
		{"z", "You predicted Z: right."},
	} {
		s.answer(step.line)
		s.await(step.shows)
	}
	s.answer("b")
	eventually(t, "the last step again", func() bool { return strings.Count(s.text(), "Now the child exits.") == 2 })
	s.answer("s")
	s.await("zombie is skipped.")
	s.await("Cleaned up: ")
	s.await("lesson 6 of 11, reap")
	s.answer("q")
	if code := s.end(); code != 0 || !strings.Contains(s.text(), "Until next time") {
		t.Errorf("exit code %d:\n%s", code, s.text())
	}
}

// Progress survives a SIGKILL: the tour goes on with the first lesson that was not done.
func TestTourGoesOnAfterSIGKILL(t *testing.T) {
	t.Parallel()
	dir, command := inState(t, "states", "fork", "exit", "orphan", "zombie", "reap", "signal-ignore", "workers")
	s := onTerminal(t, command...)
	s.await("lesson 9 of 11, custom-process")
	s.walked("custom-process took")
	s.await("lesson 10 of 11, primes")
	mtp, _ := s.mtp()
	if err := syscall.Kill(mtp, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := s.end(); code != 128+9 {
		t.Errorf("exit code %d, want 137", code)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "mtp", "*")); len(left) != 1 {
		t.Errorf("left in the state directory: %q", left)
	}
	s = onTerminal(t, append(command, "--lang=zh")...)
	s.await("第 10 课（共 11 课），primes")
	s.key("\x03")
	if code := s.end(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

// What was seen on the way is pointed at in the end, and a narrower terminal gets narrower lines.
func TestTourEndsWithQuestionsAndFollowsTheTerminal(t *testing.T) {
	t.Parallel()
	_, command := inState(t, "states", "exit", "orphan", "zombie", "reap", "signal-ignore", "workers", "custom-process", "primes", "chat")
	s := onTerminal(t, command...)
	s.await("lesson 2 of 11, fork")
	s.walked("fork took")
	before := len(s.text())
	const columns = 50
	if err := pty.Setsize(s.pty, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	s.walked("That is all.")
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	questions := s.text()[before:]
	escapes := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	lines := strings.FieldsFunc(escapes.ReplaceAllString(questions, ""), func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines[slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "Question 1") }):] {
		if width := displaywidth.String(line); width > columns && !strings.Contains(line, "←") { // a source is not broken
			t.Errorf("%d columns: %q", width, line)
		}
	}
	if !regexp.MustCompile(`In the child it returned 0\.`).MatchString(questions) {
		t.Errorf("no answer points at the fork:\n%s", questions)
	}
}

// At the end of the terminal's input the tour ends, and nothing was done.
func TestTourEndsAtCtrlD(t *testing.T) {
	t.Parallel()
	dir, command := inState(t, "states")
	s := onTerminal(t, append(command, "--from=fork")...)
	eventually(t, "a prompt", func() bool { return s.prompts() > 0 })
	s.key("\x04")
	if code := s.end(); code != 0 || !strings.Contains(s.text(), "Until next time") {
		t.Errorf("exit code %d:\n%s", code, s.text())
	}
	if done := doneIn(t, dir); !slices.Equal(done, []string{"states"}) {
		t.Errorf("done: %q", done)
	}
}

// doneIn lists the lessons that were done.
func doneIn(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "mtp", "tour.json"))
	record := map[string]any{}
	if err := errors.Join(err, json.Unmarshal(text, &record)); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(record))
}

// Two tours at the same time keep what each has done.
func TestTwoToursKeepEachOthersProgress(t *testing.T) {
	t.Parallel()
	dir, command := inState(t)
	s := onTerminal(t, append(command, "--from=custom-process")...)
	eventually(t, "a prompt", func() bool { return s.prompts() > 0 })
	if out, err := exec.Command(command[0], append(command[1:], "--from=chat", "--answers=1")...).CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	s.walked("custom-process took")
	s.await("lesson 10 of 11")
	s.answer("q")
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if done := doneIn(t, dir); !slices.Equal(done, []string{"chat", "custom-process"}) {
		t.Errorf("done: %q", done)
	}
}

// The keys work between the questions, too.
func TestInterviewObeysItsKeys(t *testing.T) {
	t.Parallel()
	_, command := inState(t, "states", "fork", "exit", "orphan", "zombie", "reap", "signal-ignore", "workers", "custom-process", "primes", "chat")
	s := onTerminal(t, command...)
	for _, step := range []struct{ line, shows string }{
		{"", "Question 1"}, {"s", ""}, {"", "Question 2"}, {"", "New, ready, running"}, {"Ｑ", "Until next time"},
	} {
		s.answer(step.line)
		s.await(step.shows)
	}
	if code := s.end(); code != 0 || strings.Contains(s.text(), "A program is a file") || strings.Contains(s.text(), "Question 3") {
		t.Errorf("exit code %d:\n%s", code, s.text())
	}
}

// The pager gets the source.
func TestSourceGoesThroughThePager(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, "env", "PAGER=sed s/Wait/PAGED/", "mtp", "source", "zombie")
	if code := s.end(); code != 0 || !strings.Contains(s.text(), "No PAGED here") {
		t.Errorf("exit code %d:\n%s", code, s.text())
	}
}
