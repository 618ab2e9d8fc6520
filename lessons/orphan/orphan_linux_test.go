package orphan_test

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

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
			if test.name != "plain" && outside.Named(all, "reaped").Name == "" {
				t.Error("mtp adopted it, but did not reap")
			}
		})
	}
}

func TestOrphanWhereNobodyAdoptsNearby(t *testing.T) {
	t.Parallel()
	// Outside of any cage, the adopter is who adopts a shell's orphan as well.
	out, err := exec.Command("sh", "-c", `sleep 10 >/dev/null 2>&1 & echo $!`).Output()
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
	adopter := regexp.MustCompile(`"name":"adopter","fields":\{"name":"[^"]*","pid":(\d+)`).
		FindSubmatch(out)
	if adopter == nil || string(adopter[1]) != want {
		t.Errorf("the adopter is %s, want %s:\n%s", adopter, want, out)
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
