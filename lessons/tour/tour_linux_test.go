package tour_test

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
	"strings"
	"syscall"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"github.com/creack/pty"

	"mtp/commands"
	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	outside.Scripts(t)
}

// names are the lessons, in the course's order.
func names() (list []string) {
	for _, l := range commands.Course() {
		list = append(list, l.Name)
	}
	return list
}

func before(lesson string) []string { return names()[:slices.Index(names(), lesson)] }

func allBut(lesson string) []string {
	return slices.DeleteFunc(names(), func(name string) bool { return name == lesson })
}

// numbered is how the tour announces a lesson.
func numbered(lesson string) string {
	place := 1 + slices.Index(names(), lesson)
	return fmt.Sprintf("lesson %d of %d, %s", place, len(names()), lesson)
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

func TestTourObeysItsKeys(t *testing.T) {
	t.Parallel()
	_, command := inState(t)
	s := outside.OnTerminal(t, append(command, "--from=zombie")...)
	for _, step := range []struct{ line, shows string }{
		{"", "The child is going to exit"},
		{"?", "Hint: R running or ready"},
		{"7", "That is no letter of a state"},
		{"z", "You predicted Z: right."},
	} {
		s.Answer(step.line)
		s.Await(step.shows)
	}
	s.Answer("b")
	outside.Eventually(t, "the last step again", func() bool {
		return strings.Count(s.Screen(),
			"Now the child exits.") == 2
	})
	s.Answer("x")
	s.Await("zombie is skipped.")
	s.Await("Cleaned up: ")
	s.Await(numbered("reap"))
	s.Answer("q")
	if code := s.End(); code != 0 || !strings.Contains(s.Screen(), "Until next time") {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
}

// Progress survives a SIGKILL: the tour goes on with the first lesson that was not done.
func TestTourGoesOnAfterSIGKILL(t *testing.T) {
	t.Parallel()
	dir, command := inState(t, before("custom-process")...)
	s := outside.OnTerminal(t, command...)
	s.Await(numbered("custom-process"))
	s.Walk("custom-process took")
	s.Await(numbered("primes"))
	mtp, _ := s.MTP()
	if err := syscall.Kill(mtp, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := s.End(); code != 128+9 {
		t.Errorf("exit code %d, want 137", code)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "mtp", "*")); len(left) != 1 {
		t.Errorf("left in the state directory: %q", left)
	}
	s = outside.OnTerminal(t, append(command, "--lang=zh")...)
	s.Await(fmt.Sprintf("课（共 %d 课），primes", len(names())))
	s.Await("x 跳过") // what is typed before there is a prompt is dropped
	s.Key("\x03")
	if code := s.End(); code != 130 {
		t.Errorf("exit code %d, want 130:\n%s", code, s.Screen())
	}
}

// What was seen on the way is pointed at in the end, and a narrower terminal gets narrower lines.
func TestTourEndsWithQuestionsAndFollowsTheTerminal(t *testing.T) {
	t.Parallel()
	_, command := inState(t, allBut("fork")...)
	s := outside.OnTerminal(t, command...)
	s.Await(numbered("fork"))
	s.Walk("fork took")
	before := len(s.Screen())
	const columns = 50
	if err := pty.Setsize(s.PTY, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	s.Walk("That is all.")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	questions := s.Screen()[before:]
	escapes := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	lines := strings.FieldsFunc(escapes.ReplaceAllString(questions, ""),
		func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines[slices.IndexFunc(lines,
		func(line string) bool { return strings.Contains(line, "Question 1") }):] {
		// a source is not broken
		if width := displaywidth.String(line); width > columns && !strings.Contains(line, "←") {
			t.Errorf("%d columns: %q", width, line)
		}
	}
	if !regexp.MustCompile(`it\s+returned\s+0\.`).MatchString(questions) {
		t.Errorf("no answer points at the fork:\n%s", questions)
	}
}

// At the end of the terminal's input the tour ends, and nothing was done.
func TestTourEndsAtCtrlD(t *testing.T) {
	t.Parallel()
	dir, command := inState(t, "states")
	s := outside.OnTerminal(t, append(command, "--from=fork")...)
	outside.Eventually(t, "a prompt", func() bool { return s.Prompts() > 0 })
	s.Key("\x04")
	if code := s.End(); code != 0 || !strings.Contains(s.Screen(), "Until next time") {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
	if done := doneIn(t, dir); !slices.Equal(done, []string{"states"}) {
		t.Errorf("done: %q", done)
	}
}

// doneIn lists the lessons that were done.
func doneIn(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "mtp", "tour.json"))
	record := map[string]struct{ Done string }{}
	if err := errors.Join(err, json.Unmarshal(text, &record)); err != nil {
		t.Fatal(err)
	}
	for name, r := range record {
		if r.Done == "" {
			delete(record, name) // it was begun
		}
	}
	return slices.Sorted(maps.Keys(record))
}

// The tour goes on in the middle of a lesson.
func TestTourGoesOnInTheMiddleOfALesson(t *testing.T) {
	t.Parallel()
	_, command := inState(t, before("zombie")...)
	s := outside.OnTerminal(t, command...)
	s.Walk("3/5  What has the kernel taken back")
	s.Answer("q")
	s.Await("mtp tour goes on with zombie, at step 3.")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
	s = outside.OnTerminal(t, command...)
	s.Answer("")
	s.Await("It goes on at step 3.")
	s.Walk("zombie took")
	s.Answer("q")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
	if screen := s.Screen(); strings.Contains(screen, "2/5") || !strings.Contains(screen, "3/5") {
		t.Errorf("it should go on with step 3:\n%s", screen)
	}
}

// The tour gets out of its chat room also where Ctrl-C is ignored, as in the background of a
// script.
func TestTheRoomEndsWhereInterruptsAreIgnored(t *testing.T) {
	t.Parallel()
	_, command := inState(t, allBut("chat")...)
	deaf := append([]string{"sh", "-c", `trap "" INT; exec "$@"`, "sh"}, command...)
	s := outside.OnTerminal(t, deaf...)
	s.Walk("count as done.")
	s.Answer("q")
	s.Await("goes on with chat")
	s.End()
	if strings.Contains(s.Screen(), "Cleaned up") {
		t.Errorf("the room had to be killed:\n%s", s.Screen())
	}
}

// The chat counts as done when something was really said in the room.
func TestTourAndItsChatRoom(t *testing.T) {
	t.Parallel()
	dir, command := inState(t, allBut("chat")...)
	s := outside.OnTerminal(t, command...)
	s.Walk("count as done.")
	s.Answer("q")
	s.Await("goes on with chat")
	s.End()
	if slices.Contains(doneIn(t, dir), "chat") {
		t.Error("nobody has said anything, and yet the chat is done")
	}
	s = outside.OnTerminal(t, command...)
	s.Walk("mtp chat join --server ")
	var server string
	outside.Eventually(t, "the address", func() bool {
		found := regexp.MustCompile(`--server (127\.0\.0\.1:[0-9]+)`).FindStringSubmatch(s.Screen())
		if found != nil {
			server = found[1]
		}
		return found != nil
	})
	member := exec.Command("mtp", "chat", "join", "--name=ann", "--server="+server)
	member.Stdin = strings.NewReader("hello\nquit\n")
	if out, err := member.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	s.Await("ann said in the room: hello")
	s.Walk("chat took")
	s.Answer("q")
	s.End()
	if strings.Contains(s.Screen(), "Cleaned up") {
		t.Errorf("the room was killed, and its members know nothing of it:\n%s", s.Screen())
	}
	if !slices.Contains(doneIn(t, dir), "chat") {
		t.Errorf("the chat is not done:\n%s", s.Screen())
	}
}

// The second half of a doubled Enter passes over no question.
func TestADoubledEnter(t *testing.T) {
	t.Parallel()
	s := outside.OnTerminalOf(t, 80, 40, "mtp", "orphan", "--step", "--predict", "--lang=en")
	outside.Eventually(t, "a question", func() bool { return s.Prompts() == 1 })
	s.Key("\r")
	outside.Eventually(t, "the prompt again", func() bool { return s.Prompts() == 2 })
	if strings.Contains(s.Screen(), "And its grandchild") {
		t.Error("one Enter has passed over the question")
	}
	s.Walk("How it is done")
	s.End()
}

// Two tours at the same time keep what each has done.
func TestTwoToursKeepEachOthersProgress(t *testing.T) {
	t.Parallel()
	dir, command := inState(t)
	s := outside.OnTerminal(t, append(command, "--from=custom-process")...)
	outside.Eventually(t, "a prompt", func() bool { return s.Prompts() > 0 })
	out, err := exec.Command(command[0], append(command[1:], "--from=primes",
		"--answers=1")...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	s.Walk("custom-process took")
	s.Await(numbered("primes"))
	s.Answer("q")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if done := doneIn(t, dir); !slices.Equal(done, []string{"custom-process", "primes"}) {
		t.Errorf("done: %q", done)
	}
}

// The keys work between the questions, too.
func TestInterviewObeysItsKeys(t *testing.T) {
	t.Parallel()
	_, command := inState(t, allBut("")...)
	s := outside.OnTerminal(t, command...)
	for _, step := range []struct{ line, shows string }{
		{"", "Question 1"}, {"x", ""}, {"", "Question 2"}, {"", "New, ready, running"}, {
			"Ｑ",
			"Until next time",
		},
	} {
		s.Answer(step.line)
		s.Await(step.shows)
	}
	code := s.End()
	if code != 0 || strings.Contains(s.Screen(), "A program is a file") ||
		strings.Contains(s.Screen(), "Question 3") {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
}
