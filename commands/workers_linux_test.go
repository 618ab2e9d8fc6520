package commands_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// psFamily is what `ps -o pid,ppid,args` says of the children of a process, without the PIDs.
func psFamily(t *testing.T, parent int) (args []string) {
	t.Helper()
	out, _ := exec.Command("ps", "-o", "pid=,ppid=,args=", "--ppid", strconv.Itoa(parent)).Output()
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if fields[1] != strconv.Itoa(parent) {
			t.Errorf("ps: %q is no child of %d", line, parent)
		}
		args = append(args, strings.Join(fields[3:], " "))
	}
	slices.Sort(args)
	return args
}

func TestWorkersAreThreeChildrenOfOneParent(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "workers", "--json", "--timeout=50ms", "--pace=10")
	family := s.until("workers.family")
	want := []string{"role workers job --for=30s eat", "role workers job --for=40s sleep", "role workers job --for=50s play"}
	if got := psFamily(t, s.mtp()); !slices.Equal(got, want) {
		t.Errorf("ps sees %q, want %q", got, want)
	}
	if listed := len(family.Fields["processes"].([]any)); listed != 4 {
		t.Errorf("the lesson lists %d processes, want 4", listed)
	}
	expired := s.until("workers.expired") // a join that times out leaves the child alive
	if stat := ps(t, expired.number("pid"), "stat"); !strings.HasPrefix(stat, "S") && !strings.HasPrefix(stat, "R") {
		t.Errorf("after the join that timed out, its state is %q", stat)
	}
	if err := s.interrupt(); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.end(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

// Who kills a worker from outside harms no other, and learns of its exit code.
func TestWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "workers", "--json", "--pace=0.1", "--job=first=2", "--job=second=3600", "--job=third=6")
	var second int
	for second == 0 {
		if hello := s.until("workers.hello"); hello.Fields["name"] == "second" {
			second = hello.number("pid")
		}
	}
	if err := syscall.Kill(second, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	codes := map[any]int{}
	warned := ""
	for _, e := range s.finish() {
		switch e.Name {
		case "workers.ended":
			codes[e.Fields["name"]] = e.number("code")
		case "workers.killed":
			warned += fmt.Sprint(e.Fields["name"], " ", e.number("signal"))
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
		for _, e := range start(t, "mtp", "workers", "--json", "--pace=0", "--job=a=2", "--timeout=1900ms").finish() {
			if e.Name == "workers.expired" && e.Fields["state"] == "Z" {
				t.Errorf("a dead process is called alive: %s", e.Text)
			}
		}
	}
}

// The lanes say what strace says: nobody runs before its exec, nobody is a zombie before its exit.
func TestLanesAsStraceSeesThem(t *testing.T) {
	t.Parallel()
	needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := start(t, "strace", "-f", "-ttt", "-o", log, "-e", "trace=execve", "mtp", "zombie", "--json", "--pace=0", "--hold=50ms").finish()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	child := lanesOf(t, events)[1]
	moment := func(pattern string) time.Time {
		found := regexp.MustCompile(fmt.Sprintf(`(?m)^%d +([0-9.]+) %s`, child.PID, pattern)).FindStringSubmatch(string(text))
		if found == nil {
			t.Fatalf("strace does not see %q of %d:\n%s", pattern, child.PID, text)
		}
		seconds, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return time.UnixMicro(int64(seconds * 1e6))
	}
	exec, exit := moment("execve"), moment(`\+\+\+ exited with 7`)
	first, last := child.Spans[0], child.Spans[len(child.Spans)-1]
	if first.State != "starting" || first.Begin.After(exec) || first.End.Before(exec) {
		t.Errorf("starting from %v to %v; the exec was at %v", first.Begin, first.End, exec)
	}
	if last.State != "Z" || exit.Sub(last.Begin) > time.Millisecond { // strace stamps when it hears of it
		t.Errorf("%s from %v; the exit was at %v", last.State, last.Begin, exit)
	}
}

// strace sees who ended how; the lesson has to say the same.
func TestDaemonsAsStraceSeesThem(t *testing.T) {
	t.Parallel()
	needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := start(t, "strace", "-f", "-o", log, "-e", "trace=none", "mtp", "workers", "--json", "--pace=0", "--job=a=1").finish()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	ended := func(pid int) string {
		found := regexp.MustCompile(fmt.Sprintf(`(?m)^%d +\+\+\+ (.*) \+\+\+$`, pid)).FindStringSubmatch(string(text))
		if found == nil {
			return "not at all"
		}
		return found[1]
	}
	for name, want := range map[string][2]string{
		"workers.terminated":   {"child", "killed by SIGTERM"},
		"workers.leashed":      {"child", "killed by SIGKILL"},
		"workers.finished":     {"child", "exited with 0"},
		"workers.killedparent": {"pid", "killed by SIGKILL"},
	} {
		i := slices.IndexFunc(events, func(e event) bool { return e.Name == name })
		if i < 0 {
			t.Errorf("no event %s", name)
			continue
		}
		if got := ended(events[i].number(want[0])); got != want[1] {
			t.Errorf("%s: strace says %q, want %q", name, got, want[1])
		}
	}
}

// With --daemon the parent does not wait for its children's work.
func TestDaemonJobsEndWithTheParent(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "workers", "--json", "--daemon", "--timeout=1ms", "--job=long=3600", "--pace=0.5")
	pid := s.until("workers.hello").number("pid")
	s.until("workers.leave")
	eventually(t, "the daemon to end", func() bool { return ps(t, pid, "stat") == "" })
	codes := []float64{}
	for _, e := range s.finish() {
		if rows, ok := e.Fields["rows"].([]any); ok && e.Name == "workers.poll" {
			if code, ok := rows[0].(map[string]any)["exit_code"].(float64); ok {
				codes = append(codes, code)
			}
		}
	}
	if !slices.Equal(codes, []float64{-15}) {
		t.Errorf("exit codes %v, want one, of SIGTERM", codes)
	}
}

func TestCustomProcessInPsAndStrace(t *testing.T) {
	t.Parallel()
	needs(t, "strace")
	s := start(t, "mtp", "custom-process", "--json", "--step", "--value=404")
	for range 3 {
		s.enter()
	}
	child := s.until("custom.step").number("pid")
	s.until("custom.pickle")
	if args := ps(t, child, "args"); !strings.HasSuffix(args, "role custom-process interface --value=404") {
		t.Errorf("ps says %q", args)
	}
	values := []int{}
	for _, e := range s.finish() {
		switch e.Name {
		case "custom.step", "custom.parent":
			values = append(values, e.number("value"))
		case "custom.pipe":
			values = append(values, e.number("result"))
		case "custom.code":
			values = append(values, e.number("code"))
		}
	}
	if !slices.Equal(values, []int{404, 4040, 404, 4040, 4040 & 0xff}) {
		t.Errorf("the steps, the parent, the pipe and the exit code say %v", values)
	}
	log := filepath.Join(t.TempDir(), "strace")
	start(t, "strace", "-f", "-o", log, "-e", "trace=exit_group", "mtp", "custom-process", "--json", "--value=404").finish()
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "exit_group(4040") { // strace may say the rest later
		t.Errorf("%v: nobody exits with 4040:\n%s", err, text)
	}
}

// BenchmarkWorkers compares the whole lesson with its longest job and with the sum of its jobs. A job of 5 s at pace 0.1
// takes 0.5 s, the three together 1.2 s.
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
