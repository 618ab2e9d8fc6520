package primes_test

import (
	"bytes"
	"errors"
	"io"
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

// One parent, so many workers, each in its role; killing one changes nothing about the sum. If the
// work is done before ps has seen them all, or before the signal, it is tried again.
func TestPrimesByManyWorkers(t *testing.T) {
	t.Parallel()
	for range 10 {
		s := outside.Start(t, "mtp", "primes", "--json", "--limit=100000", "--procs=5",
			"--no-baseline")
		s.Until("working")
		workers, args := family(s)
		if len(workers) == 5 { // if not, it is done
			_ = syscall.Kill(workers[2], syscall.SIGKILL) // it may just have ended
		}
		sum := s.Until("sum")
		if sum.Fields["sum"] != "454396537" || sum.Number("count") != 9592 {
			t.Errorf("with one worker killed the sum is %v", sum.Fields)
		}
		died := outside.Named(s.Finish(), "died")
		if died.Name == "" {
			continue
		}
		if died.Number("pid") != workers[2] || died.Number("code") != -9 {
			t.Errorf("the lesson says %v; %d was killed", died.Fields, workers[2])
		}
		if len(args) != 5 || slices.ContainsFunc(args, func(a string) bool {
			return a != "role primes worker --limit=100000 --method=trial --units=256"
		}) {
			t.Errorf("ps sees %q", args)
		}
		return
	}
	t.Error("ten times nobody told that a worker was killed")
}

// family are the workers, and their command lines, if the lesson still runs.
func family(s *outside.Session) (workers []int, args []string) {
	for _, mtp := range outside.ChildrenOf(s.T, s.Command.Process.Pid) {
		args, workers = outside.FamilyArgs(s.T, mtp), outside.ChildrenOf(s.T, mtp)
	}
	return workers, args
}

func TestPrimesWithoutAnyWorkerLeft(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("mtp", "primes", "--limit=1000000", "--method=trial", "--procs=3",
		"--no-baseline", "--lang=en")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	outside.Eventually(t, "three workers", func() bool {
		return len(outside.ChildrenOf(t,
			cmd.Process.Pid)) == 3
	})
	for _, worker := range outside.ChildrenOf(t, cmd.Process.Pid) {
		if err := syscall.Kill(worker, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait()
	code := cmd.ProcessState.ExitCode()
	if code != 1 || !strings.Contains(stderr.String(),
		"all processes have died before the work was done") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}

// The static schedule's last quarter costs the most CPU time; the shares are the kernel's, not the
// lesson's.
func TestStaticQuartersCostMoreAndMore(t *testing.T) {
	t.Parallel()
	var costs []float64
	s := outside.Start(t, "mtp", "primes", "--json", "--schedule=static", "--procs=4",
		"--no-baseline")
	s.Until("workers")
	for _, e := range s.Finish() {
		if e.Name == "workers" {
			for _, row := range e.Fields["rows"].([]any) {
				costs = append(costs, row.(map[string]any)["cpu_ns"].(float64))
			}
		}
	}
	if len(costs) != 4 || !slices.IsSorted(costs) || costs[3] < 2*costs[0] {
		t.Errorf("CPU times of the quarters: %v", costs)
	}
}

// --print is what the course prints, on stdout alone, whatever the number of processes, and also if
// one is killed.
func TestPrimesPrinted(t *testing.T) {
	t.Parallel()
	var want bytes.Buffer
	composite := make([]bool, 2_000_001)
	for n := 2; n < len(composite); n++ {
		if composite[n] {
			continue
		}
		want.WriteString(strconv.Itoa(n) + "\n")
		for m := n * n; m < len(composite); m += n {
			composite[m] = true
		}
	}
	for _, procs := range []string{"1", "3", "16"} {
		cmd := exec.Command("mtp", "primes", "--print", "--limit=2e6", "--procs="+procs,
			"--lang=en")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		got, err := cmd.Output()
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s processes: %v, %d bytes; want %d", procs, err, len(got), want.Len())
		}
		if !strings.Contains(stderr.String(), "every prime up to 2000000") {
			t.Errorf("stderr: %q", stderr.String())
		}
	}
}

// While nobody reads on, all wait: time to kill them, in the middle of what they write, and those
// who take over, too.
func TestPrintersThatAreKilled(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("mtp", "primes", "--print", "--limit=2e7", "--procs=2", "--lang=en")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for range 4 {
		if _, err := io.CopyN(&got, out, 300_000); err != nil {
			t.Fatal(err)
		}
		for _, worker := range outside.ChildrenOf(t, cmd.Process.Pid) {
			_ = syscall.Kill(worker, syscall.SIGKILL) // it may just have been replaced
		}
	}
	if _, err := got.ReadFrom(out); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, stderr.String())
	}
	lines := bytes.Count(got.Bytes(), []byte("\n"))
	if lines != 1270607 || !bytes.HasPrefix(got.Bytes(), []byte("2\n3\n5\n")) ||
		!bytes.HasSuffix(got.Bytes(), []byte("\n19999999\n")) {
		t.Errorf("%d lines, want 1270607 in order", lines)
	}
	if strings.Count(stderr.String(), "has died. Another process takes over.") < 2 {
		t.Errorf("it says %q", stderr.String())
	}
}

// A worker that is stopped holds nobody up, whether it has a unit or not; nor does the death of one
// that has none. Whether the signal meets a worker with a unit is chance: if not, nothing is lost,
// nothing is told, and it is tried again.
func TestWorkersThatAreStopped(t *testing.T) {
	t.Parallel()
	trial := []string{"--limit=100000"}
	static := []string{"--limit=100000", "--schedule=static"}
	combinatorial := []string{"--limit=3e12", "--method=combinatorial"}
	for _, test := range []struct {
		name, event string
		signal      syscall.Signal
		lesson      []string
		sum         string
	}{
		{"at work", "stopped", syscall.SIGSTOP, trial, "454396537"},
		{"with a part of its own", "stopped", syscall.SIGSTOP, static, "454396537"},
		{"killed with a part of its own", "died", syscall.SIGKILL, static, "454396537"},
		{"idle or not", "stopped", syscall.SIGSTOP, combinatorial, "159458785561400281107758"},
		{"killed, idle or not", "died", syscall.SIGKILL, combinatorial, "159458785561400281107758"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for range 10 {
				events := signalled(t, test.signal, test.lesson, test.sum)
				told := outside.Named(events, test.event).Name != ""
				if told && outside.Named(events, "last").Name != "" {
					t.Error("it compares parts that others have done")
				}
				if told || strings.Contains(test.name, "idle") {
					return
				}
			}
			t.Errorf("ten times nobody told that a worker was %s", test.event)
		})
	}
}

// signalled performs the lesson with three workers, one of which gets a signal.
func signalled(
	t *testing.T, signal syscall.Signal, lesson []string, sum string,
) (events []outside.Event) {
	t.Helper()
	command := []string{"mtp", "primes", "--json", "--procs=3", "--no-baseline"}
	s := outside.Start(t, append(command, lesson...)...)
	s.Until("working")
	if workers, _ := family(s); len(workers) == 3 { // if not, it is done
		_ = syscall.Kill(workers[2], signal) // it may just have ended
	}
	if got := s.Until("sum").Fields["sum"]; got != sum {
		t.Errorf("the sum is %v, want %s", got, sum)
	}
	return s.Finish()
}

// The children that append to a list are forked: cloned without exec.
func TestListsAreAppendedToByForks(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	s := outside.Start(t, "strace", "-f", "--seccomp-bpf", "-o", log, "-e",
		"trace=clone,execve", "mtp", "primes", "--json", "--limit=1000", "--procs=2")
	s.Until("empty")
	events := s.Finish()
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lengths := []int{}
	for _, e := range events {
		if e.Name != "list" {
			continue
		}
		lengths = append(lengths, e.Number("length"))
		pid := strconv.Itoa(e.Number("pid"))
		cloned := regexp.MustCompile(`(?m)^\d+ .*clone.* = ` + pid + `$`)
		executed := regexp.MustCompile(`(?m)^` + pid + ` +execve`)
		if !cloned.Match(calls) || executed.Match(calls) {
			t.Errorf("%s is no fork:\n%s", pid, calls)
		}
	}
	if !slices.Equal(lengths, []int{9, 6, 6, 4}) {
		t.Errorf("the children's lists: %v", lengths)
	}
	if empty := outside.Named(events, "empty"); empty.Fields["length"] != 0.0 {
		t.Errorf("the parent's list: %v", empty.Fields)
	}
}

// A control group's quota is told from its files, and GOMAXPROCS as what it is.
func TestQuotaOfAControlGroup(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("/sys/fs/cgroup/cpu", "mtp-test-"+strconv.Itoa(os.Getpid()))
	source, files := dir+"/cpu.cfs_quota_us …", map[string]string{
		"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000",
	}
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		dir = filepath.Join("/sys/fs/cgroup", filepath.Base(dir))
		source, files = dir+"/cpu.max", map[string]string{"cpu.max": "50000 100000"}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skipf("no control group can be made here: %v", err)
	}
	t.Cleanup(func() {
		outside.Eventually(t, "the control group to be removed", func() bool {
			return os.Remove(dir) == nil
		})
	})
	for name, limit := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(limit), 0o600); err != nil {
			t.Skipf("no quota can be set here: %v", err)
		}
	}
	events := outside.Start(t, "cage", "sh", "-c", "echo $$ >"+dir+"/cgroup.procs && exec \"$@\"",
		"sh", "mtp", "primes", "--json", "--limit=1000", "--procs=2").Finish()
	quota := outside.Named(events, "quota")
	if quota.Fields["source"] != source || quota.Fields["allowed"] != 0.5 ||
		quota.Number("quota_ns") != 50_000_000 || quota.Number("period_ns") != 100_000_000 {
		t.Errorf("the quota: %v", quota.Fields)
	}
}

func TestGOMAXPROCSIsNoControlGroup(t *testing.T) {
	t.Setenv("GOMAXPROCS", "1")
	events := outside.Start(t, "mtp", "primes", "--json", "--limit=1000", "--procs=2").Finish()
	told := outside.Named(events, "gomaxprocs")
	if told.Number("value") != 1 || outside.Named(events, "quota").Name != "" {
		t.Errorf("it says %v", told.Fields)
	}
}

// Whatever else the machine does, the speed-up is explained by what was seen: beside a busy loop
// more processes may well be faster than one, also on one processor.
func TestSpeedUpIsWhatTheProcessorsGave(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "taskset")
	busy := exec.Command("taskset", "-c", "0", "sh", "-c", "while :; do :; done")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = busy.Process.Kill()
		_ = busy.Wait()
	})
	s := outside.Start(t, "taskset", "-c", "0", "mtp", "primes", "--json", "--limit=50000",
		"--procs=3", "--answers=50,0")
	s.Until("many") // each of the runs may take a while
	s.Until("empty")
	events := s.Finish()
	if outside.Named(events, "cores.one").Number("cores") != 1 {
		t.Error("it does not say that there is one processor")
	}
	number := func(e outside.Event, field string) float64 {
		x, _ := e.Fields[field].(float64)
		return x
	}
	why, verdict := outside.Named(events, "factors"), outside.Named(events, "predict.wrong")
	of := number(why, "used") / number(why, "one") / number(why, "cost")
	speedup := number(why, "speedup")
	near := func(x float64) bool { return 0.97*speedup < x && x < 1.03*speedup }
	if !near(of) || !near(number(verdict, "answer")) {
		t.Errorf("%s\n%s", why.Text, verdict.Text)
	}
	if others := outside.Named(events, "others"); number(others, "others") < 0.2 {
		t.Errorf("it does not see the busy loop: %v", others.Fields)
	}
}

func TestInterruptedPrimesSayHowFarTheyCame(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "primes", "--json", "--limit=5000000", "--method=trial",
		"--procs=2", "--no-baseline")
	s.Until("working")
	if err := s.Interrupt(); err != nil {
		t.Fatal(err)
	}
	s.Until("interrupted")
	if code, _ := s.End(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

// Whoever reads the primes may have seen enough.
func TestPrimesIntoAPipeThatIsClosed(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("cage", "sh", "-c",
		"mtp primes --print --limit=1e8 2>/dev/null | head -n 3; wait").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) || string(out) != "2\n3\n5\n" {
		t.Errorf("%v: %q", err, out)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want []string }{
		{nil, []string{
			`(An answer.*: \d+\n){4}`, ` up to 10000 is 5736396\.`, `[iI]t took \d+\.\d{3} s\.`,
		}},
		{[]string{"3", "7"}, []string{` is 5\.`}},
		{[]string{"2", "1"}, []string{` is 2\.`}},
		{[]string{"1", "1"}, []string{` is 0\.`}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			outside.TwinsSay(t, test.args, test.want...)
		})
	}
}
