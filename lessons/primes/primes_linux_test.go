package primes_test

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
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

// One parent, so many workers, each in its role; killing one changes nothing about the sum.
func TestPrimesByManyWorkers(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "primes", "--json", "--limit=200000", "--procs=5", "--no-baseline")
	s.Until("working")
	parent := s.MTP()
	args := outside.FamilyArgs(t, parent)
	if len(args) != 5 || slices.ContainsFunc(args, func(a string) bool {
		return a != "role primes worker --limit=200000 --method=trial --units=256"
	}) {
		t.Errorf("ps sees %q", args)
	}
	victim := outside.ChildrenOf(t, parent)[2]
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	died := s.Until("died")
	if died.Number("pid") != victim || died.Number("code") != -9 {
		t.Errorf("the lesson says %v; %d was killed", died.Fields, victim)
	}
	sum := s.Until("sum")
	if sum.Fields["sum"] != "1709600813" || sum.Number("count") != 17984 {
		t.Errorf("with one worker killed the sum is %v", sum.Fields)
	}
	s.Finish()
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
	for _, e := range outside.Start(t, "mtp", "primes", "--json", "--schedule=static", "--procs=4",
		"--no-baseline").Finish() {
		if e.Name == "workers" {
			for _, row := range e.Fields["rows"].([]any) {
				costs = append(costs, row.(map[string]any)["cpu"].(float64))
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

// Who is stopped holds nobody up, whether it has a unit or not; nor does the death of who has none.
func TestWorkersThatAreStopped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, event string
		signal      syscall.Signal
		lesson      []string
		sum         string
	}{
		{"at work", "stopped", syscall.SIGSTOP, []string{"--limit=200000"}, "1709600813"},
		{
			"with a part of its own", "stopped", syscall.SIGSTOP,
			[]string{"--limit=200000", "--schedule=static"},
			"1709600813",
		},
		{
			"killed with a part of its own", "died", syscall.SIGKILL,
			[]string{"--limit=200000", "--schedule=static"},
			"1709600813",
		},
		{"idle or not", "stopped", syscall.SIGSTOP, []string{
			"--limit=3e12",
			"--method=combinatorial",
		}, "159458785561400281107758"},
		{
			"killed, idle or not", "died", syscall.SIGKILL,
			[]string{"--limit=3e12", "--method=combinatorial"},
			"159458785561400281107758",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := outside.Start(t, append([]string{
				"mtp", "primes", "--json", "--procs=3",
				"--no-baseline",
			}, test.lesson...)...)
			s.Until("working")
			if workers := outside.ChildrenOf(t, s.MTP()); len(workers) == 3 { // if not, it is done
				if err := syscall.Kill(workers[2], test.signal); err != nil {
					t.Fatal(err)
				}
			}
			sum := s.Until("sum").Fields["sum"]
			seen := slices.ContainsFunc(s.Seen,
				func(e outside.Event) bool { return e.Name == test.event })
			if sum != test.sum || !seen && !strings.Contains(test.name, "idle") {
				t.Errorf("the sum is %v, %s was told: %v", sum, test.event, seen)
			}
			for _, e := range s.Finish() {
				if e.Name == "last" {
					t.Errorf("it compares parts that others have done: %s", e.Text)
				}
			}
		})
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
		{nil, []string{`(An answer.*: \d+\n){4}`, ` below 100000 is 454396537\.`}},
		{[]string{"100000", "1"}, []string{` is 454396537\.`}},
		{[]string{"3", "7"}, []string{` is 2\.`}},
		{[]string{"2"}, []string{` is 0\.`}},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			outside.TwinsSay(t, test.args, test.want...)
		})
	}
}
