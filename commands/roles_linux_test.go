package commands_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtp/commands"
	"mtp/lessons/kit/outside"
	"mtp/lessons/kit/stage"
)

// played are command lines, after mtp, that have a lesson's roles played.
func played(l stage.Lesson) (lines []string) {
	switch l.Name {
	case "chat":
		return []string{"chat join --name=ann"}
	case "watch":
		return []string{"watch -- sleep 0.2"}
	case "check":
		return []string{"check zombie -- sleep 0.2"}
	}
	for _, flags := range l.Variants {
		lines = append(lines, l.Name+" "+flags)
	}
	return lines
}

// When a process that plays a role is killed, the lesson goes on, or ends with an error that says
// so; it does not wait for what can't come, and leaves nothing behind. In a run each second lesson
// loses a process in one of its roles, at some moment.
func TestAKilledRole(t *testing.T) {
	t.Parallel()
	first := rand.N(2)
	for i, l := range slices.Concat(commands.Course(), commands.Tools()) {
		lines := played(l)
		if len(lines) == 0 || len(l.Roles) == 0 || (first+i)%2 > 0 ||
			raceDetector && rand.N(3) > 0 {
			continue
		}
		roles := slices.Sorted(maps.Keys(l.Roles))
		if l.Name == "chat" {
			roles = []string{"receiver"} // a room does without its administrator; see its tests
		}
		role, line := oneOf(roles), oneOf(lines)
		after, which := rand.N(100*time.Millisecond), rand.N(2)
		if rand.N(2) == 0 {
			after = 0
		}
		name := fmt.Sprintf("%s/%s %d after %v", line, role, which, after)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			cage := exec.Command("cage", append([]string{"mtp", "--pace=0", "--lang=en"},
				strings.Fields(line)...)...)
			cage.Stdout, cage.Stderr = &out, &errs
			cage.WaitDelay = outside.Grace
			if err := cage.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cage.Process.Kill() })
			ended := make(chan struct{})
			go killRole(cage.Process.Pid, []string{"role", l.Name, role}, which, after, ended)
			code := endOf(t, cage)
			close(ended)
			said := errs.String()
			for _, never := range []string{"in vain", "goroutine ", "panic", "left behind"} {
				if strings.Contains(said, never) {
					t.Errorf("exit code %d:\n%s", code, said)
				}
			}
			if code != 0 && !strings.Contains(said, "mtp "+l.Name+": ") && l.Name != "check" {
				t.Errorf("exit code %d, and no reason:\n%s%s", code, out.String(), said)
			}
		})
	}
}

// killRole kills a process below this one that plays a role: of those that are found the one with
// this index, so long after it was found.
func killRole(
	root int, words []string, which int, after time.Duration, ended <-chan struct{},
) {
	var found []int
	for {
		select {
		case <-ended:
			return
		case <-time.After(2 * time.Millisecond):
		}
		for family := children(root); len(family) > 0; family = family[1:] {
			pid := family[0]
			family = append(family, children(pid)...)
			args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			fields := strings.Split(string(args), "\x00")
			if len(fields) <= len(words) || !slices.Equal(fields[1:1+len(words)], words) ||
				slices.Contains(found, pid) {
				continue
			}
			if found = append(found, pid); len(found) > which {
				time.Sleep(after)
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
				return
			}
		}
	}
}
