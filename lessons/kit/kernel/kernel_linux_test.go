package kernel

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	const rest = " S 1 42 42 0 -1 4194560 17 0 0 0 0 0 0 0 20 0 1 0 5900 16384 250 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 1 1 1 1 1 1 1 1792\n"
	for _, test := range []struct{ name, line, comm string }{
		{"plain", "42 (mtp)" + rest, "mtp"},
		{"spaces and parentheses in the name", "42 (a) S 7 (b c)" + rest, "a) S 7 (b c"},
		{"a name that looks like the rest", "42 (:) Z 99 99)" + rest, ":) Z 99 99"},
		{"no name", "42 ()" + rest, ""},
	} {
		st, err := parseStat(test.line)
		want := Stat{
			PID: 42, PPID: 1, Comm: test.comm, State: Sleeping, Threads: 1,
			MinorFaults: 17, VirtualBytes: 16384, ResidentPages: 250,
		}
		if err != nil || st != want {
			t.Errorf("%s: %+v, %v; want %+v", test.name, st, err, want)
		}
	}
	for _, line := range []string{
		"", "42", "42 mtp S 1", "42 (mtp) S", ") 42 (mtp S 1",
		"x (mtp)" + rest, "42 (mtp)" + strings.Replace(rest, " 1 42", " one 42", 1),
	} {
		if st, err := parseStat(line); err == nil {
			t.Errorf("%q: %+v, want an error", line, st)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	own, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(own))
	f.Add("1 (a) b) S 0")
	f.Fuzz(func(t *testing.T, line string) {
		st, err := parseStat(line)
		if err == nil && !strings.Contains(line, "("+st.Comm+")") {
			t.Errorf("%q: the name %q is not there", line, st.Comm)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	f.Add("Name:\tmtp\nSigIgn:\t0000000000010000\n")
	f.Fuzz(func(t *testing.T, text string) {
		status := Status{words: parseStatus(text)}
		ignored := status.Get("SigIgn")
		mask, err := status.Mask("SigIgn")
		if err == nil && mask == 0 && strings.Trim(ignored, "0") != "" {
			t.Errorf("%q parsed as 0", ignored)
		}
	})
}

// A child's life, as each of the functions tells it.
func TestLifeOfAChild(t *testing.T) {
	t.Parallel()
	cat := exec.Command("cat")
	letExit, err := cat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cat.Process.Pid
	if st, err := ReadStat(pid); err != nil || st.PPID != os.Getpid() || st.State == Zombie {
		t.Errorf("alive: %+v, %v", st, err)
	}
	if _, ended, err := PeekStatus(pid); ended || err != nil {
		t.Errorf("alive, but PeekStatus says %v, %v", ended, err)
	}
	family, err := Descendants(os.Getpid())
	found := false
	for _, p := range family {
		found = found || p.PID == pid && p.PPID == os.Getpid()
	}
	if !found {
		t.Errorf("%d is not among the descendants %+v, %v", pid, family, err)
	}
	letExit.Close()
	if err := AwaitExit(t.Context(), pid); err != nil {
		t.Fatal(err)
	}
	if err := awaitExitByStat(t.Context(), pid); err != nil { // as on old kernels
		t.Fatal(err)
	}
	if st, err := ReadStat(pid); err != nil || st.State != Zombie {
		t.Errorf("dead: %+v, %v", st, err)
	}
	status, ended, err := PeekStatus(pid)
	if !ended || err != nil || !status.Exited() || status.ExitStatus() != 0 {
		t.Errorf("dead: PeekStatus says %v, %v, %v", status, ended, err)
	}
	if err := cat.Wait(); err != nil {
		t.Errorf("WNOWAIT has taken the status away: %v", err)
	}
	if _, err := ReadStat(pid); !errors.Is(err, ErrGone) {
		t.Errorf("reaped: %v, want ErrGone", err)
	}
	if err := AwaitExit(t.Context(), pid); err != nil {
		t.Errorf("reaped: AwaitExit says %v", err)
	}
}

func TestPeekStatusOfAKilledChild(t *testing.T) {
	t.Parallel()
	sleep := exec.Command("sleep", "60")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	if err := sleep.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := AwaitExit(t.Context(), sleep.Process.Pid); err != nil {
		t.Fatal(err)
	}
	status, ended, err := PeekStatus(sleep.Process.Pid)
	if !ended || err != nil || status.Signal() != syscall.SIGKILL {
		t.Errorf("PeekStatus says %v, %v, %v; want SIGKILL", status, ended, err)
	}
	_ = sleep.Wait()
}

func TestTaskLimitsAgreeWithTheSystem(t *testing.T) {
	t.Parallel()
	limits := map[string]Limit{}
	for _, l := range TaskLimits() {
		limits[l.Name] = l
	}
	for _, name := range []string{"RLIMIT_NPROC", "pid_max", "threads-max"} {
		l := limits[name]
		if !l.Unlimited && (l.Used < 1 || l.Max < l.Used) {
			t.Errorf("%s: %+v", name, l)
		}
		if l.Unlimited && l.Counted() != "" {
			t.Errorf("%s does not bind, yet it is counted in %s", name, l.Counted())
		}
	}
	if counted := limits["threads-max"].Counted(); counted != "/proc/loadavg" {
		t.Errorf("threads-max is counted in %q, want /proc/loadavg", counted)
	}
	if l, short := ShortOf(1 << 40); !short {
		t.Errorf("there is room for 2^40 tasks? %+v", l)
	}
	if l, short := ShortOf(1); short {
		t.Errorf("there is no room for one task? %+v", l)
	}
}

// The wait for a process that lives ends with the context.
func TestAwaitExitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(errStop) })
	if err := AwaitExit(ctx, os.Getpid()); !errors.Is(err, errStop) {
		t.Errorf("got %v", err)
	}
}

var errStop = errors.New("stop")
