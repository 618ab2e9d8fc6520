package workers_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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

// whole performs a lesson to its end. A busy machine has a minute for each event.
func whole(t *testing.T, command ...string) []outside.Event {
	t.Helper()
	s := outside.Start(t, command...)
	s.Until("lanes")
	return s.Finish()
}

func TestWorkersAreThreeChildrenOfOneParent(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "workers", "--json", "--timeout=5ms", "--scale=10")
	family := s.Until("family")
	want := []string{
		"role workers job --lasts=30s eat", "role workers job --lasts=40s sleep",
		"role workers job --lasts=50s play",
	}
	if got := outside.FamilyArgs(t, s.MTP()); !slices.Equal(got, want) {
		t.Errorf("ps sees %q, want %q", got, want)
	}
	if listed := len(family.Fields["processes"].([]any)); listed != 4 {
		t.Errorf("the lesson lists %d processes, want 4", listed)
	}
	expired := s.Until("expired") // a join that times out leaves the child alive
	stat := outside.PS(t, expired.Number("pid"), "stat")
	if !strings.HasPrefix(stat, "S") && !strings.HasPrefix(stat, "R") {
		t.Errorf("after the join that timed out, its state is %q", stat)
	}
	if err := s.Interrupt(); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.End(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

// However short they are, and however long a reader takes, the jobs are there until they may begin.
// What the lesson shows of a command line is what ps sees.
func TestJobsWaitUntilTheyMayBegin(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "workers", "--json", "--step", "--scale=0.02")
	s.Enter()
	pid := s.Until("hello").Number("pid")
	s.Enter()
	args := outside.PS(t, pid, "args")
	rows, _ := s.Until("target").Fields["rows"].([]any)
	shown := []string{"mtp", "role", "workers"}
	for _, i := range []int{0, 2, 1} { // target, kwargs, args
		shown = append(shown, fmt.Sprint(rows[i].(map[string]any)["word"]))
	}
	if strings.Join(shown, " ") != args {
		t.Errorf("ps says %q, the lesson %q", args, shown)
	}
	if left := outside.ChildrenOf(t, s.MTP()); len(left) != 3 {
		t.Errorf("before the jobs may begin, ps sees %v", left)
	}
	s.Finish()
}

// Jobs that wait take as long as the longest, on one processor, too.
func TestOneProcessorIsEnoughForProcessesThatWait(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "taskset")
	events := whole(t, "taskset", "-c", "0", "mtp", "workers", "--json", "--scale=0.01",
		"--job=a=80", "--job=b=80", "--job=c=80")
	wall, _ := outside.Named(events, "took").Fields["wall_ns"].(float64)
	sum, _ := outside.Named(events, "sums").Fields["sum_ns"].(float64)
	if wall < 8e8 || wall >= sum {
		t.Errorf("three jobs of 0.8 s took %v ns; their sum is %v ns", wall, sum)
	}
}

// A process that is killed from outside harms no other, and its exit code is told.
func TestWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "workers", "--json", "--scale=0.1", "--job=first=2",
		"--job=second=3600", "--job=third=6")
	var second int
	for second == 0 {
		if hello := s.Until("hello"); hello.Fields["name"] == "second" {
			second = hello.Number("pid")
		}
	}
	if err := syscall.Kill(second, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	codes := map[any]int{}
	warned := ""
	s.Until("lanes")
	for _, e := range s.Finish() {
		switch e.Name {
		case "ended":
			codes[e.Fields["name"]] = e.Number("code")
		case "killed":
			warned += fmt.Sprint(e.Fields["name"], " ", e.Number("signal"))
		}
	}
	if fmt.Sprint(codes) != "map[first:0 second:-9 third:0]" || warned != "second 9" {
		t.Errorf("exit codes %v; killed: %q", codes, warned)
	}
}

// A join whose time-out comes as the process ends still tells the truth.
func TestJoinAtTheEndOfTheJob(t *testing.T) {
	t.Parallel()
	for range 10 {
		for _, e := range whole(t, "mtp", "workers", "--json", "--scale=0.01", "--job=a=2",
			"--timeout=1900ms") {
			if e.Name == "expired" && e.Fields["state"] == "Z" {
				t.Errorf("a dead process is called alive: %s", e.Text)
			}
		}
	}
}

// strace sees who ended how, and which thread was made; the lesson has to say the same.
func TestDaemonsAndThreadAsStraceSeesThem(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := whole(t, "strace", "-f", "--seccomp-bpf", "-o", log,
		"-e", "trace=prctl,clone,clone3", "mtp", "workers", "--json", "--scale=0.01", "--job=a=1")
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	ended := func(pid int) string {
		found := regexp.MustCompile(fmt.Sprintf(`(?m)^%d +\+\+\+ (.*) \+\+\+$`,
			pid)).FindStringSubmatch(string(text))
		if found == nil {
			return "not at all"
		}
		return found[1]
	}
	for name, want := range map[string][2]string{
		"terminated":   {"child", "killed by SIGTERM"},
		"orphan":       {"child", "killed by SIGKILL"},
		"finished":     {"child", "exited with 0"},
		"killedparent": {"pid", "killed by SIGKILL"},
	} {
		i := slices.IndexFunc(events, func(e outside.Event) bool { return e.Name == name })
		if i < 0 {
			t.Errorf("no event %s", name)
			continue
		}
		if got := ended(events[i].Number(want[0])); got != want[1] {
			t.Errorf("%s: strace says %q, want %q", name, got, want[1])
		}
	}
	saw := func(what, pattern string) {
		if !regexp.MustCompile(pattern).Match(text) {
			t.Errorf("strace did not see %s", what)
		}
	}
	child := outside.Named(events, "asked").Number("child")
	saw("the daemon ask for a signal",
		fmt.Sprintf(`(?m)^%d +prctl\(PR_SET_PDEATHSIG, SIGKILL`, child))
	number := outside.Named(events, "shared").Fields["number"]
	saw("the thread being made",
		fmt.Sprintf(`(?m)(CLONE_THREAD|clone3? resumed>).* = %v\b`, number))
	for _, name := range []string{"samepid", "ownpid"} {
		if outside.Named(events, name).Name == "" {
			t.Errorf("no event %s", name)
		}
	}
}

// With --daemon the parent does not wait for its children's work.
func TestDaemonJobsEndWithTheParent(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "workers", "--json", "--daemon", "--timeout=1ms",
		"--job=long=3600", "--scale=0.5")
	pid := s.Until("hello").Number("pid")
	s.Until("leave")
	outside.Eventually(t, "the daemon to end",
		func() bool { return outside.PS(t, pid, "stat") == "" })
	codes := []float64{}
	s.Until("lanes")
	for _, e := range s.Finish() {
		if rows, ok := e.Fields["rows"].([]any); ok && e.Name == "poll" {
			if code, ok := rows[0].(map[string]any)["exit_code"].(float64); ok {
				codes = append(codes, code)
			}
		}
	}
	if !slices.Equal(codes, []float64{-15}) {
		t.Errorf("exit codes %v, want one, of SIGTERM", codes)
	}
}

// BenchmarkWorkers compares the whole lesson with its longest job and with the sum of its jobs. A
// job of 5 s at scale 0.1 takes 0.5 s, the three together 1.2 s.
//
//	go test ./lessons/workers -run '^$' -bench Workers -benchtime 10x
func BenchmarkWorkers(b *testing.B) {
	const longest, sum = 0.5, 1.2
	var times []float64
	for b.Loop() {
		begun := time.Now()
		if out, err := exec.Command("mtp", "workers", "--scale=0.1").CombinedOutput(); err != nil {
			b.Fatalf("%v:\n%s", err, out)
		}
		times = append(times, time.Since(begun).Seconds())
	}
	slices.Sort(times)
	median := times[len(times)/2]
	b.ReportMetric(median/longest, "lesson/longest-job")
	b.ReportMetric(median/sum, "lesson/sum")
	b.ReportMetric(0, "ns/op")
}

func TestTwinsOfWorkersAreThreeChildren(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		// so slow that none ends before we have looked
		s := outside.OnTerminal(t, append(command, "1000")...)
		parents := map[string]bool{}
		for _, name := range []string{"eat", "sleep", "play"} {
			parents[outside.PS(t, outside.PID(outside.Shows(s, "Started "+name+`: PID (\d+),`)),
				"ppid")] = true
		}
		if len(parents) != 1 || parents[""] {
			t.Errorf("parents: %v, want one", parents)
		}
		s.Key("\x03") // Ctrl-C
		outside.Ends(s, 130)
	})
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`(Ended \w+: .*status 0\.\n){3}`,
		`The longest: 0\.3 s\. The sum: 0\.6 s\.`)
}

// Where SIGCHLD is ignored, the kernel keeps no status; the programs do not inherit that.
func TestTwinsWhereSIGCHLDIsIgnored(t *testing.T) {
	t.Parallel()
	alive := regexp.MustCompile(`Ended.*is_alive\(\) True`)
	ended := regexp.MustCompile(`(Ended \w+: .*status 0\.\n){3}`)
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		ignoring := append([]string{"sh", "-c", `trap "" CHLD; exec "$@"`, "sh"}, command...)
		out, err := exec.Command("cage", ignoring...).CombinedOutput()
		if err != nil || !ended.Match(out) || alive.Match(out) {
			t.Errorf("%v:\n%s", err, out)
		}
	})
}
