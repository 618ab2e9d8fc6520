package outside

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// EachTwin runs a test with the program that performs a lesson's act in C, and with that in Python:
// the two below the folder of the lesson that is tested.
func EachTwin(t *testing.T, test func(t *testing.T, command ...string)) {
	t.Helper()
	found, err := filepath.Glob("c-and-python/*.c")
	if err != nil || len(found) != 1 {
		t.Fatalf("one program in C: found %v, %v", found, err)
	}
	source := found[0]
	name := strings.TrimSuffix(filepath.Base(source), ".c")
	t.Run(name+".c", func(t *testing.T) {
		t.Parallel()
		Needs(t, "cc")
		binary := filepath.Join(t.TempDir(), name)
		flags := []string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", source, "-o", binary}
		if out, err := exec.Command("cc", flags...).CombinedOutput(); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		test(t, binary)
	})
	t.Run(name+".py", func(t *testing.T) {
		t.Parallel()
		Needs(t, "python3")
		test(t, "python3", strings.TrimSuffix(source, ".c")+".py")
	})
}

// TwinsSay runs both programs without a terminal: each goes on where it would wait for Enter, says
// what happened, as these patterns have it, and leaves nothing behind.
func TwinsSay(t *testing.T, args []string, patterns ...string) {
	t.Helper()
	EachTwin(t, func(t *testing.T, command ...string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		out, err := exec.CommandContext(ctx, "cage", append(command, args...)...).CombinedOutput()
		if err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		for _, pattern := range patterns {
			if !regexp.MustCompile(pattern).Match(out) {
				t.Errorf("it does not say %s:\n%s", pattern, out)
			}
		}
	})
}

// Shows waits until the terminal shows something, and returns what the pattern's groups match.
func Shows(s *Terminal, pattern string) []string {
	s.Helper()
	found := regexp.MustCompile(pattern)
	Eventually(s.T, pattern, func() bool { return found.MatchString(s.Screen()) })
	return found.FindStringSubmatch(s.Screen())[1:]
}

// PID is the first of the groups, a PID.
func PID(groups []string) int {
	n, _ := strconv.Atoi(groups[0])
	return n
}

// Ends expects an exit code; the cage has another one if something is left behind.
func Ends(s *Terminal, want int) {
	s.Helper()
	if code := s.End(); code != want {
		s.Errorf("exit code %d, want %d:\n%s", code, want, s.Screen())
	}
}
