package fork_test

import (
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

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	outside.Scripts(t)
}

func TestForkIsACloneWithoutExec(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := outside.Start(t, "strace", "-f", "-o", log, "-e",
		"trace=clone,clone3,execve,exit_group,wait4", "mtp", "fork", "--json", "--pace=0").Finish()
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	child := cloned(string(calls))
	if child == "" {
		t.Fatalf("no clone(SIGCHLD):\n%s", calls)
	}
	var ofChild []string
	for line := range strings.Lines(string(calls)) {
		if strings.HasPrefix(line, child+" ") {
			ofChild = append(ofChild, line)
		}
	}
	all := strings.Join(ofChild, "")
	if strings.Contains(all, "execve") || !strings.Contains(all, "exit_group(404") {
		t.Errorf("the child's calls should hold no execve, and end with exit_group(404):\n%s", all)
	}
	if !regexp.MustCompile(`WEXITSTATUS\(s\) == 148`).Match(calls) {
		t.Errorf("no wait4 that says 148:\n%s", calls)
	}
	fields := outside.FieldsOf(events)
	for _, want := range []string{
		"returned.pid=" + child, "returned.child.returned=0",
		"value.parent.value=1", "value.child.value=10000", "status.status=148",
	} {
		if !slices.Contains(fields, want) {
			t.Errorf("the lesson does not say %s, but:\n%s", want, strings.Join(fields, "\n"))
		}
	}
}

// cloned finds the PID that clone(SIGCHLD) returned, also where strace had something else to say
// meanwhile.
func cloned(log string) (child string) {
	caller := ""
	for line := range strings.Lines(log) {
		thread, call, _ := strings.Cut(line, " ")
		whole := regexp.MustCompile(`clone\(child_stack=NULL, flags=SIGCHLD\) += (\d+)`).
			FindStringSubmatch(call)
		resumed := regexp.MustCompile(`<\.\.\. clone resumed>.*\) += (\d+)`).
			FindStringSubmatch(call)
		switch {
		case whole != nil:
			return whole[1]
		case strings.Contains(call, "clone(child_stack=NULL, flags=SIGCHLD") &&
			strings.Contains(call, "<unfinished ...>"):
			caller = thread
		case resumed != nil && thread == caller:
			return resumed[1]
		}
	}
	return ""
}

func TestForkSharesThePageUntilAWrite(t *testing.T) {
	t.Parallel()
	var alone []int
	var before, after int
	for _, e := range outside.Start(t, "mtp", "fork", "--json", "--pace=0").Finish() {
		switch e.Name {
		case "page":
			alone = append(alone, e.Number("exclusive"))
		case "faults":
			before, after = e.Number("before"), e.Number("after")
		case "nopagemap":
			t.Skip(e.Text)
		}
	}
	if want := []int{1, 0, 0, 1, 1}; !slices.Equal(alone, want) {
		t.Errorf("exclusively mapped: %v, want %v", alone, want)
	}
	if after <= before { // the code's own pages may be met for the first time, too
		t.Errorf("minor faults: %d, then %d; want more", before, after)
	}
}

func TestForkPrintsOneStatementOncePerProcess(t *testing.T) {
	t.Parallel()
	printed := map[int]int{}
	var tree []int
	for _, e := range outside.Start(t, "mtp", "fork", "--json", "--pace=0",
		"--children=4").Finish() {
		switch e.Name {
		case "finished":
			printed[e.Number("pid")]++
		case "tree":
			for _, p := range e.Fields["processes"].([]any) {
				tree = append(tree, int(p.(map[string]any)["pid"].(float64)))
			}
		}
	}
	slices.Sort(tree)
	if !slices.Equal(slices.Sorted(maps.Keys(printed)), tree) || len(printed) != 5 {
		t.Errorf("printed by %v, want once by each of %v", printed, tree)
	}
	for pid, times := range printed {
		if times != 1 {
			t.Errorf("%d printed %d times", pid, times)
		}
	}
}

// A stopped child neither reads nor ends, so that a wait for it would last forever.
func TestInterruptEndsTheWaitForAStoppedChild(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "fork", "--json", "--step", "--pace=0")
	for range 5 {
		s.Enter()
	}
	child := s.Until("value.child").Number("pid")
	if err := syscall.Kill(child, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.Enter()
	s.Until("exit")
	if err := syscall.Kill(s.MTP(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	code, events := s.End()
	if code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	ended := fmt.Sprint(outside.Named(events, "cleanup").Fields["pids"])
	if ended != fmt.Sprintf("[%d]", child) {
		t.Errorf("cleaned up %s, want %d", ended, child)
	}
}

func TestForkRaceCountsEveryRound(t *testing.T) {
	t.Parallel()
	for _, e := range outside.Start(t, "mtp", "fork", "--json", "--race=200").Finish() {
		if e.Name == "first" {
			values := e.Fields["values"].(map[string]any)
			if sum := values["parent"].(float64) + values["child"].(float64); sum != 200 {
				t.Errorf("%v firsts in 200 rounds", sum)
			}
			return
		}
	}
	t.Error("no result")
}

func TestForkAtAProcessLimit(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to become an ordinary user of whom there are no other processes")
	}
	outside.Needs(t, "prlimit", "setpriv")
	for uid, limit := range map[int]int{61001: 6, 61002: 20} {
		// The cage's own threads count too, so that here it stays outside.
		command := exec.Command("setpriv", "--reuid="+strconv.Itoa(uid), "--clear-groups",
			"prlimit", "--nproc="+strconv.Itoa(limit), outside.OrdinaryMTP(t), "fork", "--children=50", "--pace=0", "--lang=en")
		command.Dir = "/"
		var out, errs strings.Builder
		command.Stdout, command.Stderr = &out, &errs
		err := command.Run()
		if command.ProcessState.ExitCode() != 1 {
			t.Errorf("limit %d: %v, want exit code 1", limit, err)
		}
		want := fmt.Sprintf("RLIMIT_NPROC allows %d tasks (processes and threads), and", limit)
		if strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("limit %d: want one line with %q, got:\n%s", limit, want, errs.String())
		}
		used := regexp.MustCompile(`and (\d+) are in use`).FindStringSubmatch(errs.String())
		if used == nil || len(used[1]) < len(strconv.Itoa(limit)) {
			t.Errorf("limit %d: counted without the children: %v", limit, used)
		}
		left, _ := exec.Command("ps", "-o", "pid,stat,args", "-u", strconv.Itoa(uid)).Output()
		if strings.Count(string(left), "\n") > 1 {
			t.Errorf("limit %d: left behind:\n%s", limit, left)
		}
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`(?s)PID \d+: finished .*PID \d+: finished `,
		`Child \d+: a is 10000\b`,
		`Parent \d+: a is 1\b`,
		`Its status is 148\.\n`)
}
