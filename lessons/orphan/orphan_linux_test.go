package orphan_test

import (
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	outside.Scripts(t)
}

func TestOrphanIsAdoptedByTheNearestSubreaper(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		command []string
		adopter func(s *outside.Session) int
	}{
		// the cage is a subreaper
		{
			"plain",
			[]string{"mtp", "orphan"},
			func(s *outside.Session) int { return s.Command.Process.Pid },
		},
		{"subreaper", []string{"mtp", "orphan", "--subreaper"}, (*outside.Session).MTP},
		{
			"namespace",
			[]string{"unshare", "-Urpf", "--mount-proc", "mtp", "orphan"},
			func(s *outside.Session) int {
				return outside.ChildrenOf(s.T, s.MTP())[0] // behind unshare
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.name == "namespace" {
				outside.NeedsNamespaces(t)
			}
			s := outside.Start(t, append(test.command, "--json", "--step", "--pace=0")...)
			s.Enter() // the parent exits
			if test.name == "subreaper" {
				s.Enter()
			}
			s.Until("adopted")
			want := test.adopter(s)
			orphan := outside.FindRole(t, s.Command.Process.Pid, "role orphan child")
			if ppid := outside.PS(t, orphan, "ppid"); ppid != strconv.Itoa(want) {
				t.Errorf("ps says that the orphan's parent is %s, want %d", ppid, want)
			}
			grandchild := outside.FindRole(t, s.Command.Process.Pid, "role orphan grandchild")
			if ppid := outside.PS(t, grandchild, "ppid"); ppid != strconv.Itoa(orphan) {
				t.Errorf("ps says that the grandchild's parent is %s, want %d", ppid, orphan)
			}
			all := s.Finish()
			if test.name == "plain" && outside.Named(all, "gone").Name == "" {
				t.Error("the cage reaps, but the lesson did not see it")
			}
			if test.name == "plain" {
				return
			}
			if outside.Named(all, "reaped").Name == "" {
				t.Error("mtp adopted it, but did not reap")
			}
			for _, lane := range outside.LanesOf(t, all) {
				last := lane.Spans[len(lane.Spans)-1]
				if lane.Name == "child" && (last.State != "Z" || !lane.Gone) {
					t.Errorf("its lane ends in %s, gone %v: want a zombie that was reaped",
						last.State, lane.Gone)
				}
			}
		})
	}
}

func TestOrphanWhereNobodyAdoptsNearby(t *testing.T) {
	t.Parallel()
	// Outside of any cage, the adopter is who adopts a shell's orphan as well.
	out, err := exec.Command("sh", "-c", `sleep 600 >/dev/null 2>&1 & echo $!`).Output()
	if err != nil {
		t.Fatal(err)
	}
	sleep, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	want := outside.PS(t, sleep, "ppid")
	if err := syscall.Kill(sleep, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command("mtp", "orphan", "--json", "--pace=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(out), `"name":"exit"`) // its name may be hidden by /proc
	adopter := regexp.MustCompile(`"name":"ppid","fields":\{"pid":\d+,"ppid":(\d+)`).
		FindStringSubmatch(after)
	if adopter == nil || adopter[1] != want {
		t.Errorf("the adopter is %s, want %s:\n%s", adopter, want, out)
	}
}

// The kernel tells mtp, and nobody else, whether it is a subreaper: it says so before it asks.
func TestMTPKnowsWhetherItIsASubreaper(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"--subreaper":       "subreaper.is",
		"--subreaper=false": "subreaper.not",
	} {
		s := outside.Start(t, "mtp", "orphan", "--json", "--pace=0", "--answers=1,y", flag)
		all := s.Finish()
		said := slices.IndexFunc(all, func(e outside.Event) bool { return e.Name == want })
		asked := slices.IndexFunc(all, func(e outside.Event) bool { return e.Name == "ask.ppid" })
		if said < 0 || said > asked {
			t.Errorf("%s: %s is said at %d, and asked for at %d", flag, want, said, asked)
		}
	}
}

// What became of the orphan is told as far as it was seen: that its PID is gone does not say who
// has reaped it.
func TestAdoptersThatDoNotWait(t *testing.T) {
	t.Parallel()
	for way, want := range map[string]string{"ignores": "gone.who", "never": "left.why"} {
		all := outside.Start(t, "keeper", way, "mtp", "orphan", "--json", "--pace=0").Finish()
		if outside.Named(all, want).Kind != "so" {
			t.Errorf("below a subreaper that %s: no conclusion %s", way, want)
		}
		if e := outside.Named(all, "left"); way == "never" && e.Fields["state"] != "Z" {
			t.Errorf("below a subreaper that never waits: %v", e.Fields)
		}
	}
}

// A role that is killed, at whatever moment, ends the lesson with an error; it does not hang.
func TestARoleThatIsKilledEndsTheLesson(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"parent", "child", "grandchild"} {
		t.Run(role+" at once", func(t *testing.T) {
			t.Parallel()
			s := outside.Start(t, "mtp", "orphan", "--json", "--pace=0", "--step")
			cage := s.Command.Process.Pid
			pid := 0
			outside.Eventually(t, "the role to start", func() bool {
				pid = outside.FindRole(t, cage, "role orphan "+role)
				return pid != 0
			})
			kill(t, s, pid)
		})
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := outside.Start(t, "mtp", "orphan", "--json", "--pace=0", "--step")
			s.Until("family")
			kill(t, s, outside.FindRole(t, s.Command.Process.Pid, "role orphan "+role))
		})
	}
}

// Only the child and what is below it can speak to mtp, so mtp is not left waiting when it fails.
func TestTheParentLeavesItsPipeToTheChild(t *testing.T) {
	t.Parallel()
	parent := exec.Command("mtp", "role", "orphan", "parent")
	input, err := parent.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var child int
	if _, err := fmt.Fscanf(output, "child %d\n", &child); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() { input.Close() })
	_, err = io.Copy(io.Discard, output)
	if !stuck.Stop() || err != nil {
		t.Errorf("the pipe is not closed while the parent lives: %v", err)
	}
	input.Close()
	if err := parent.Wait(); err != nil {
		t.Error(err)
	}
}

// kill kills a role, after which the lesson has to end with an error.
func kill(t *testing.T, s *outside.Session, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	outside.Eventually(t, "its end", func() bool { // on a busy machine that takes its time
		stat := outside.PS(t, pid, "stat")
		return stat == "" || stat[0] == 'Z' && !strings.Contains(stat, "l")
	})
	if code, all := s.End(); code != 1 {
		t.Errorf("exit code %d: %v", code, all[len(all)-1])
	}
}

// The same question has another answer wherever it is asked.
func TestWhoAdoptsDependsOnWhereOneAsks(t *testing.T) {
	t.Parallel()
	verdict := func(events []outside.Event) (answer string, right bool) {
		for _, e := range events {
			if e.Name == "predict.right" || e.Name == "predict.wrong" {
				return fmt.Sprint(e.Fields["answer"]), e.Fields["right"] == true
			}
		}
		t.Error("no verdict")
		return "", false
	}
	// the cage is a subreaper
	s := outside.Start(t, "mtp", "orphan", "--json", "--pace=0", "--answers=1,n")
	answer, right := verdict(s.Finish())
	if answer != strconv.Itoa(s.Command.Process.Pid) || right {
		t.Errorf("in the cage, %d: %s, right: %v", s.Command.Process.Pid, answer, right)
	}
	s = outside.Start(t, "mtp", "orphan", "--json", "--pace=0", "--answers=1,n", "--subreaper",
		"--step")
	mtp := s.MTP()
	if answer, right := verdict(s.Finish()); answer != strconv.Itoa(mtp) || right {
		t.Errorf("with --subreaper, in %d: %s, right: %v", mtp, answer, right)
	}
	outside.NeedsNamespaces(t)
	s = outside.Start(t, "unshare", "-Urpf", "--mount-proc", "sh", "-c",
		"mtp orphan --json --pace=0 --answers=1,n; true")
	if answer, right := verdict(s.Finish()); answer != "1" || !right {
		t.Errorf("in a PID namespace: %s, right: %v", answer, right)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`my parent is \d+\.`,
		`\(cage\)`,
		`grandchild has ended`)
}

func TestTwinsWhilePsLooks(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		s := outside.OnTerminal(t, command...)

		cage := strconv.Itoa(s.Cage.Process.Pid) // the nearest subreaper
		pid := outside.PID(outside.Shows(s, `Grandchild (\d+): my parent is now `+cage+` \(cage\)`))
		if ppid := outside.PS(t, pid, "ppid"); ppid != cage {
			t.Errorf("ps says that %s has adopted it, want %s", ppid, cage)
		}
		s.Key("\n")
		outside.Ends(s, 0)
	})
}
