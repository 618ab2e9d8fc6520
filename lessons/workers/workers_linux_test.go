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

func TestWorkersAreThreeChildrenOfOneParent(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "workers", "--json", "--timeout=50ms", "--pace=10")
	family := s.Until("family")
	want := []string{
		"role workers job --for=30s eat", "role workers job --for=40s sleep",
		"role workers job --for=50s play",
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

// Who kills a worker from outside harms no other, and learns of its exit code.
func TestWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "workers", "--json", "--pace=0.1", "--job=first=2",
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
		for _, e := range outside.Start(t, "mtp", "workers", "--json", "--pace=0", "--job=a=2",
			"--timeout=1900ms").Finish() {
			if e.Name == "expired" && e.Fields["state"] == "Z" {
				t.Errorf("a dead process is called alive: %s", e.Text)
			}
		}
	}
}

// strace sees who ended how; the lesson has to say the same.
func TestDaemonsAsStraceSeesThem(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := outside.Start(t, "strace", "-f", "-o", log, "-e", "trace=none", "mtp", "workers",
		"--json", "--pace=0", "--job=a=1").Finish()
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
		"leashed":      {"child", "killed by SIGKILL"},
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
}

// With --daemon the parent does not wait for its children's work.
func TestDaemonJobsEndWithTheParent(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "workers", "--json", "--daemon", "--timeout=1ms",
		"--job=long=3600", "--pace=0.5")
	pid := s.Until("hello").Number("pid")
	s.Until("leave")
	outside.Eventually(t, "the daemon to end", func() bool {
		return outside.PS(t, pid,
			"stat") == ""
	})
	codes := []float64{}
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
// job of 5 s at pace 0.1 takes 0.5 s, the three together 1.2 s.
//
//	go test ./commands -run '^$' -bench Workers -benchtime 10x
func BenchmarkWorkers(b *testing.B) {
	const longest, sum = 0.5, 1.2
	var times []float64
	for b.Loop() {
		begun := time.Now()
		if out, err := exec.Command("mtp", "workers", "--pace=0.1").CombinedOutput(); err != nil {
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
