package zombie_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

func TestZombieAsPsSeesIt(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "zombie", "--json", "--step", "--pace=0", "--hold=1h")
	s.Enter() // it exits
	zombie := s.Until("born").Number("pid")
	see := func(when string) {
		t.Helper()
		stat, comm := outside.PS(t, zombie, "stat"), outside.PS(t, zombie, "args")
		if !strings.HasPrefix(stat, "Z") || !strings.Contains(comm, "<defunct>") {
			t.Errorf("%s: ps says %q, %q; want Z, <defunct>", when, stat, comm)
		}
	}
	see("before kill -9")
	if err := syscall.Kill(zombie, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	see("after our kill -9")
	s.Enter() // the anatomy
	s.Enter() // its kill
	s.Until("hold.enter")
	see("after the lesson's kill")
	command := strings.Fields(s.Seen[len(s.Seen)-2].Fields["command"].(string))
	out, err := exec.Command(command[0], command[1:]...).Output()
	if err != nil || !regexp.MustCompile(fmt.Sprintf(`(?m)^ *%d +%d +Z`, zombie,
		s.MTP())).Match(out) {
		t.Errorf("the command that it invites to shows %v:\n%s", err, out)
	}
	s.Enter() // the hold, after which there is no other stop
	s.Until("gone")
	if stat := outside.PS(t, zombie, "stat"); stat != "" {
		t.Errorf("after wait: ps says %q, want nothing", stat)
	}
	if status := outside.Named(s.Finish(), "reaped").Number("status"); status != 7 {
		t.Errorf("the status that was handed over is %d, want 7", status)
	}
}

// What the lesson says of the entry, ps says too.
func TestEntryAsPsSeesIt(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "zombie", "--json", "--pace=0", "--hold=1h")
	s.Until("hold")
	zombie := outside.Named(s.Seen, "born").Number("pid")
	said := outside.Named(s.Seen, "name").Fields
	got := fmt.Sprint(said["comm"], " ", said["ppid"], " ",
		outside.Named(s.Seen, "owner").Number("uid"))
	want := fmt.Sprint(outside.PS(t, zombie, "comm"), " ", outside.PS(t, zombie, "ppid"), " ",
		outside.PS(t, zombie, "uid"))
	if got != want {
		t.Errorf("the lesson says %q, ps says %q", got, want)
	}
	s.Enter()
	s.Finish()
}

// In a PID namespace, nothing is said of what only the outside knows.
func TestLimitsInANamespace(t *testing.T) {
	t.Parallel()
	outside.NeedsNamespaces(t)
	outside.Needs(t, "prlimit")
	events := outside.Start(t, "prlimit", "--nproc=5000", "unshare", "-Urpf", "--mount-proc",
		"mtp", "zombie", "--json", "--count=2", "--hold=0").Finish()
	for _, e := range events {
		switch {
		case e.Name != "used":
		case e.Fields["limit"] == "RLIMIT_NPROC":
			t.Errorf("how many tasks the user has is not known there: %s", e.Text)
		case e.Fields["limit"] == "pid_max" && e.Number("used") > 50:
			t.Errorf("more tasks than the namespace has: %s", e.Text)
		}
	}
}

func TestManyZombies(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "zombie", "--json", "--pace=0", "--count=40", "--hold=1h")
	s.Until("hold")
	zombies := 0
	for _, pid := range outside.ChildrenOf(t, s.MTP()) {
		if strings.HasPrefix(outside.PS(t, pid, "stat"), "Z") {
			zombies++
		}
	}
	if zombies != 40 {
		t.Errorf("ps sees %d zombies, want 40", zombies)
	}
	s.Enter()
	s.Finish()
}

func TestCtrlCSaysWhatWasCleanedUp(t *testing.T) {
	t.Parallel()
	s := outside.OnTerminal(t, "mtp", "zombie", "--count=3", "--hold=1h", "--pace=0")
	outside.Eventually(t, "the spinner", func() bool {
		return strings.Contains(s.Screen(),
			"Enter goes on")
	})
	s.Key("\x03")
	if code := s.End(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	for _, want := range []string{"Cleaned up: ", "mtp: interrupted by SIGINT"} {
		if !strings.Contains(s.Screen(), want) {
			t.Errorf("the screen does not say %q:\n%s", want, s.Screen())
		}
	}
}

func TestEnterEndsTheHold(t *testing.T) {
	t.Parallel()
	s := outside.OnTerminal(t, "mtp", "zombie", "--hold=1h", "--pace=0")
	outside.Eventually(t, "the spinner", func() bool {
		return strings.Contains(s.Screen(),
			"Enter goes on")
	})
	s.Key("\r")
	if code := s.End(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// A background job that reads its terminal is stopped by the kernel (SIGTTIN).
func TestBackgroundJobDoesNotReadTheTerminal(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "bash")
	s := outside.OnTerminal(t, "bash", "-c", "set -m; mtp zombie --hold=200ms --pace=0 & wait $!")
	if code := s.End(); code != 0 || !strings.Contains(s.Screen(), "wait4(") {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
}

// Without the /proc of its own PID namespace, mtp would tell of other processes than it made.
func TestForeignProcIsNotBelieved(t *testing.T) {
	t.Parallel()
	outside.NeedsNamespaces(t)
	out, err := exec.Command("unshare", "-Urpf", "mtp", "zombie", "--hold=0").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 ||
		!strings.Contains(string(out), "unshare --mount-proc") {
		t.Errorf("%v:\n%s\nwant exit code 3, and what to do", err, out)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`waitpid\(\d+\): exit status 7\.`,
		`No such process`)
}

func TestTwinsWhilePsLooks(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		s := outside.OnTerminal(t, command...)

		pid := outside.PID(outside.Shows(s, `Child (\d+) of \d+ is a zombie`))
		if stat := outside.PS(t, pid, "stat"); !strings.HasPrefix(stat, "Z") {
			t.Errorf("ps says %q, want Z", stat)
		}
		s.Key("\n")
		outside.Shows(s, `kill\(\d+, SIGKILL\)(?s:.*)exit status 7\.`)
		if stat := outside.PS(t, pid, "stat"); stat != "" {
			t.Errorf("after wait: %q", stat)
		}
		outside.Ends(s, 0)
	})
}

// The lane of a zombie shows it while the lesson does, and no longer.
func TestLanesShowTheZombie(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "zombie", "--json", "--pace=0", "--hold=100ms")
	events := s.Finish()
	at := map[string]time.Time{}
	for _, e := range events {
		at[e.Name] = e.Time
	}
	lanes := outside.LanesOf(t, events)
	if len(lanes) != 2 {
		t.Fatalf("%d lanes, want mtp's and the child's", len(lanes))
	}
	child := lanes[1]
	last := child.Spans[len(child.Spans)-1]
	if last.State != "Z" || !child.Gone {
		t.Fatalf("the child's last state is %s, gone %v: want a zombie that was reaped", last.State,
			child.Gone)
	}
	if last.Begin.Before(at["exit"]) || last.Begin.After(at["dead"]) ||
		last.End.Before(at["wait"]) || last.End.After(at["lanes"]) {
		t.Errorf("a zombie from %v to %v; the lesson says %v", last.Begin, last.End, at)
	}
}

// The lanes say what strace says: nobody runs before its exec, nobody is a zombie before its exit.
func TestLanesAsStraceSeesThem(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := outside.Start(t, "strace", "-f", "-ttt", "-o", log, "-e", "trace=execve", "mtp",
		"zombie", "--json", "--pace=0", "--hold=50ms").Finish()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	child := outside.LanesOf(t, events)[1]
	moment := func(pattern string) time.Time {
		found := regexp.MustCompile(fmt.Sprintf(`(?m)^%d +([0-9.]+) %s`, child.PID,
			pattern)).FindStringSubmatch(string(text))
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
	// strace stamps when it hears of it
	if last.State != "Z" || exit.Sub(last.Begin) > time.Millisecond {
		t.Errorf("%s from %v; the exit was at %v", last.State, last.Begin, exit)
	}
}
