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
		"shared.parent.value=10000", "shared.child.value=10000",
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
	alone := map[string][]int{}
	var before, after int
	for _, e := range outside.Start(t, "mtp", "fork", "--json", "--pace=0").Finish() {
		switch e.Name {
		case "page":
			variable := e.Fields["variable"].(string)
			alone[variable] = append(alone[variable], e.Number("exclusive"))
		case "faults":
			before, after = e.Number("before"), e.Number("after")
		case "nopagemap", "unseen":
			t.Skip(e.Text)
		}
	}
	for variable, want := range map[string][]int{"a": {1, 0, 0, 1, 1}, "b": {0, 0}} {
		if !slices.Equal(alone[variable], want) {
			t.Errorf("%s, exclusively mapped: %v, want %v", variable, alone[variable], want)
		}
	}
	if after <= before { // the code's own pages may be met for the first time, too
		t.Errorf("minor faults: %d, then %d; want more", before, after)
	}
}

func TestForkPrintsOneStatementOncePerProcess(t *testing.T) {
	t.Parallel()
	printed := map[int]int{}
	var parents, children, tree []int
	for _, e := range outside.Start(t, "mtp", "fork", "--json", "--pace=0",
		"--children=4").Finish() {
		switch e.Name {
		case "finished":
			printed[e.Number("pid")]++
		case "branch.parent":
			parents = append(parents, e.Number("pid"))
		case "branch.child":
			children = append(children, e.Number("pid"))
		case "tree":
			for _, p := range e.Fields["processes"].([]any) {
				tree = append(tree, int(p.(map[string]any)["pid"].(float64)))
			}
		}
	}
	if len(parents) != 1 || parents[0] != tree[0] || len(children) != 4 ||
		slices.Contains(children, tree[0]) {
		t.Errorf("the parent's branch was taken by %v, the child's by %v, of %v",
			parents, children, tree)
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

// A stopped child neither reads nor ends, so a wait for it would last forever.
func TestInterruptEndsTheWaitForAStoppedChild(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "fork", "--json", "--step", "--pace=0")
	for range 6 {
		s.Enter()
	}
	child := s.Until("shared.child").Number("pid")
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

// The child of --fail has no child: strace sees its call, and what it got.
func TestForkFailsAtALimit(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := outside.Start(t, "strace", "-f", "-o", log, "-e",
		"trace=clone,prlimit64", "mtp", "fork", "--fail", "--json", "--pace=0").Finish()
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	child := outside.Named(events, "failed").Number("pid")
	for _, want := range []string{
		`(?m)^%d +prlimit64\(0, RLIMIT_NPROC, {rlim_cur=1, rlim_max=1}`,
		`(?m)^%d +clone\(child_stack=NULL, flags=SIGCHLD\) = -1 EAGAIN`,
	} {
		if pattern := fmt.Sprintf(want, child); !regexp.MustCompile(pattern).Match(calls) {
			t.Errorf("strace does not see %s:\n%s", pattern, calls)
		}
	}
	if number := outside.Named(events, "failed").Number("number"); number != int(syscall.EAGAIN) {
		t.Errorf("the lesson says error %d", number)
	}
}

// The system's root can't be bound, nor become somebody else where nobody else is.
func TestForkCantFailAsTheOnlyUser(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("an ordinary user is bound")
	}
	outside.NeedsNamespaces(t)
	command := exec.Command("unshare", "-Urpf", "--mount-proc",
		"mtp", "fork", "--fail", "--lang=en")
	out, err := command.CombinedOutput()
	if command.ProcessState.ExitCode() != 3 ||
		!strings.Contains(string(out), "as an ordinary user") {
		t.Errorf("%v:\n%s\nwant exit code 3, and what to do", err, out)
	}
}

func TestForkRaceCountsEveryRound(t *testing.T) {
	t.Parallel()
	for _, e := range outside.Start(t, "mtp", "fork", "--json", "--race=50").Finish() {
		if e.Name == "first" {
			values := e.Fields["values"].(map[string]any)
			if sum := values["parent"].(float64) + values["child"].(float64); sum != 50 {
				t.Errorf("%v firsts in 50 rounds", sum)
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
		// The cage's own threads count too, so here it stays outside.
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
		`Child \d+: a is 10000\b.*, b is 10000\.`,
		`Parent \d+: a is 1\b.*, b is 10000\.`,
		`Its status is 148\.\n`,
		`At a limit of one.*: Resource temporarily unavailable\.`)
}
