package commands_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/outside"
)

// A class that steps through a lesson sees pages that fit the screen, whatever its size: nothing
// scrolls away unread. Each lesson is held against the smallest, and against one of the others.
func TestNoPageIsLongerThanTheScreen(t *testing.T) {
	t.Parallel()
	type size struct{ columns, rows int }
	small, others := size{60, 20}, []size{{80, 24}, {120, 40}}
	first := rand.N(len(others))
	for i, lesson := range firstVariants() {
		for _, size := range []size{small, others[(first+i)%len(others)]} {
			if raceDetector && size != small {
				continue
			}
			name := fmt.Sprintf("%s at %d × %d", lesson[0], size.columns, size.rows)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				predicted := "--answers=" + answers(t, lesson)
				command := append([]string{"mtp", "--step", "--lang=en", predicted}, lesson...)
				s := outside.OnTerminalOf(t, size.columns, size.rows, command...)
				s.Walk("How it is done: mtp source")
				if code := s.End(); code != 0 {
					t.Fatalf("exit code %d:\n%s", code, s.Screen())
				}
				// A page ends when it is turned, or when Enter was pressed, whose line is erased.
				pages := regexp.MustCompile(`\x1b\[[AH]`).Split(s.Screen(), -1)
				for _, page := range pages {
					page = strings.Trim(page, "\r\n")
					if rows := strings.Count(page, "\n") + 1; rows > size.rows {
						t.Errorf("%d rows:\n%s", rows, page)
					}
				}
				if len(pages) < 3 {
					t.Errorf("%d pages", len(pages))
				}
			})
		}
	}
}

// At a hundredth of the usual speed nobody would see the end, but Enter and space end a pause. The
// terminal is then as it was.
func TestEnterAndSpaceEndAPause(t *testing.T) {
	t.Parallel()
	s := outside.OnTerminal(t, "mtp", "orphan", "--pace=100", "--lang=en")
	before := termios(t, s)
	keys := []string{" ", "\r"}
	outside.Eventually(t, "the end", func() bool {
		s.Key(keys[0])
		keys[0], keys[1] = keys[1], keys[0]
		return strings.Contains(s.Screen(), "How it is done")
	})
	after := termios(t, s)
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
	if before != after {
		t.Errorf("the terminal was %+v, and is %+v", before, after)
	}
}

// termios is how the terminal is set.
func termios(t *testing.T, s *outside.Terminal) unix.Termios {
	t.Helper()
	set, err := unix.IoctlGetTermios(int(s.PTY.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *set
}
