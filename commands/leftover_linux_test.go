package commands_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"

	"mtp/commands"
	"mtp/lessons/kit/outside"
)

// wayOut is how a lesson may end before its end.
type wayOut struct {
	name  string
	leave func(s *outside.Terminal, mtp int)
	codes []int // besides 0: it may have been at its end
}

// waysOut are all of them, in kinds: those of one kind are one to mtp, but for their names.
func waysOut() [][]wayOut {
	signal := func(sig syscall.Signal) func(*outside.Terminal, int) {
		// it may have ended
		return func(_ *outside.Terminal, mtp int) { _ = syscall.Kill(mtp, sig) }
	}
	return [][]wayOut{
		{
			{"SIGINT", signal(syscall.SIGINT), []int{interrupted}},
			{"SIGTERM", signal(syscall.SIGTERM), []int{interrupted}},
			{"SIGHUP", signal(syscall.SIGHUP), []int{interrupted}},
			{"SIGQUIT", signal(syscall.SIGQUIT), []int{interrupted}},
		},
		{
			{"Ctrl-C", func(s *outside.Terminal, _ int) { s.Key("\x03") }, []int{interrupted}},
			{
				"Ctrl-Backslash", func(s *outside.Terminal, _ int) { s.Key("\x1c") },
				[]int{interrupted},
			},
			// A closed terminal is a hang-up, and errors at every write.
			{
				"closed terminal", func(s *outside.Terminal, _ int) { s.PTY.Close() },
				[]int{interrupted, 1},
			},
		},
		{
			{"SIGKILL", signal(syscall.SIGKILL), []int{128 + 9}},
			{"Ctrl-Z, then SIGKILL", func(s *outside.Terminal, mtp int) {
				s.Key("\x1a")
				outside.Eventually(s.T, "mtp to stop or end", func() bool {
					return !strings.ContainsAny(outside.PS(s.T, mtp, "stat"), "RSD")
				})
				_ = syscall.Kill(mtp, syscall.SIGKILL)
			}, []int{128 + 9}},
		},
	}
}

const interrupted = 130 // an exit code

// Every lesson, on one way out of each kind, leaves no process, no zombie and a visible cursor.
// Lessons take turns: each run has every way out, and after a few every lesson has met each, in one
// of its variants, by chance. (That nothing is left behind at its end is held by all other tests
// that perform it, in a cage.)
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	first := rand.N(2 * 3 * 4)
	for i, l := range commands.Course() {
		if len(l.Variants) == 0 {
			continue // it does not end by itself, and has tests of its own
		}
		for k, kind := range waysOut() {
			out := kind[(first+i)%len(kind)]
			if raceDetector { // which makes all of it several times as slow
				if k != (first+i)%len(waysOut()) {
					continue
				}
				out = oneOf(kind)
			}
			flags := oneOf(l.Variants)
			lesson := append([]string{l.Name}, strings.Fields(flags)...)
			t.Run(strings.Join(lesson, " ")+"/"+out.name, func(t *testing.T) {
				t.Parallel()
				s := outside.OnTerminal(t, append([]string{"mtp", "--pace=0.05"}, lesson...)...)
				s.MTP()
				time.Sleep(rand.N(400 * time.Millisecond)) // any instant must do
				if mtp, ok := s.MTP(); ok {
					out.leave(s, mtp)
				}
				code := s.End()
				ok := code == 0
				for _, allowed := range out.codes {
					ok = ok || code == allowed
				}
				screen := s.Screen()
				if !ok {
					t.Errorf("exit code %d, want 0 or one of %v; the screen:\n%s", code, out.codes,
						screen)
				}
				if code == interrupted && out.name != "closed terminal" &&
					!strings.Contains(screen, "mtp: interrupted by SIG") {
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

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	t.Parallel()
	const columns = 60
	escapes := regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)
	for _, lesson := range variants() {
		for _, language := range languages() {
			t.Run(strings.Join(lesson, " ")+" in "+language, func(t *testing.T) {
				t.Parallel()
				s := outside.OnTerminal(t, append([]string{"mtp", "--pace=0", "--lang=" + language},
					lesson...)...)
				if code := s.End(); code != 0 {
					t.Fatalf("exit code %d:\n%s", code, s.Screen())
				}
				for line := range strings.FieldsFuncSeq(escapes.ReplaceAllString(s.Screen(), ""),
					func(r rune) bool { return r == '\n' || r == '\r' }) {
					if width := displaywidth.String(line); width > columns {
						t.Errorf("%d columns: %q", width, line)
					}
				}
			})
		}
	}
}

// variants are the command lines, after mtp, that perform each lesson in each of its ways.
func variants() (lines [][]string) {
	for _, l := range commands.Course() {
		for _, flags := range l.Variants {
			lines = append(lines, append([]string{l.Name}, strings.Fields(flags)...))
		}
	}
	return lines
}

// firstVariants are those that perform each lesson in one way.
func firstVariants() (lines [][]string) {
	for _, line := range variants() {
		if len(lines) == 0 || lines[len(lines)-1][0] != line[0] {
			lines = append(lines, line)
		}
	}
	return lines
}
