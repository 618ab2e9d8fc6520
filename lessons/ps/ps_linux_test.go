package ps_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	outside.Scripts(t)
}

// start starts a program in a cage, which ends with the test, and returns its PID.
func start(t *testing.T, command ...string) (pid int) {
	t.Helper()
	cage := exec.Command("cage", command...)
	if err := cage.Start(); err != nil {
		t.Fatal(err)
	}
	outside.Eventually(t, "the program to start", func() bool {
		children := children(cage.Process.Pid)
		if len(children) == 0 {
			return false
		}
		pid = children[0]
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		return err == nil && string(name) != "cage\n"
	})
	t.Cleanup(func() {
		_ = syscall.Kill(-pid, syscall.SIGKILL) // the cage has given it a group of its own
		if err := cage.Wait(); cage.ProcessState.ExitCode() == outside.Escaped {
			t.Errorf("something is left behind: %v", err)
		}
	})
	return pid
}

// children are those of a single-threaded process. ps tells that, too, but costs more: it is for
// what is held against mtp.
func children(pid int) (pids []int) {
	list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for child := range strings.FieldsSeq(string(list)) {
		n, _ := strconv.Atoi(child)
		pids = append(pids, n)
	}
	return pids
}

// parentOf starts a parent that leaves so many zombies, and waits until they are dead.
func parentOf(t *testing.T, zombies int, command ...string) (pid int) {
	t.Helper()
	pid = start(t, command...)
	awaitZombies(t, pid, zombies)
	return pid
}

func awaitZombies(t *testing.T, parent, count int) {
	t.Helper()
	outside.Eventually(t, "zombies", func() bool {
		dead := 0
		for _, pid := range children(parent) {
			stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if strings.Contains(string(stat), ") Z ") {
				dead++
			}
		}
		return dead == count
	})
}

// python starts a parent that is written in Python. Its children exit with status 7.
func python(t *testing.T, zombies int, lines ...string) (pid int) {
	t.Helper()
	outside.Needs(t, "python3")
	const head = `
import os, signal, time
def child():
    pid = os.fork()
    if pid == 0: os._exit(7)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
`
	return parentOf(t, zombies, "python3", "-S", "-c", head+strings.Join(lines, "\n"))
}

// zombie is what --json says of one.
type zombie struct {
	PID, Parent, Tracer int
	Comm, Verdict       string
	ParentComm          string `json:"parent_comm"`
	Age                 int64  `json:"age_ns"`
	Dead                *int64 `json:"dead_ns"`
	Status              *int   `json:"exit_status"`
	Signal              *string
}

// zombiesOf are those that mtp finds at a parent, and what it says.
func zombiesOf(t *testing.T, parent int) (list []zombie, said []outside.Event) {
	t.Helper()
	said = outside.Start(t, "mtp", "ps", "--zombies", "--json", "--pid", strconv.Itoa(parent)).
		Finish()
	return zombiesIn(t, said), said
}

func zombiesIn(t *testing.T, said []outside.Event) (list []zombie) {
	t.Helper()
	for _, e := range said {
		if e.Fields["zombies"] == nil {
			continue
		}
		text, err := json.Marshal(e.Fields["zombies"])
		if err == nil {
			err = json.Unmarshal(text, &list)
		}
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	t.Fatalf("of %d events none has zombies", len(said))
	return nil
}

// The plain case, also as ps sees it.
func TestZombiesAsPsSeesThem(t *testing.T) {
	t.Parallel()
	parent := parentOf(t, 1, "sh", "-c", `sleep 0.1 & exec sleep 1000`)
	list, said := zombiesOf(t, parent)
	want := fmt.Sprint(outside.ChildrenOf(t, parent))
	if len(list) != 1 || fmt.Sprintf("[%d]", list[0].PID) != want {
		t.Fatalf("got %+v, ps has %s", list, want)
	}
	z := list[0]
	if z.Parent != parent || z.ParentComm != "sleep" || z.Comm != "sleep" || z.Status == nil ||
		*z.Status != 0 || z.Signal != nil || z.Verdict != "never" {
		t.Errorf("got %+v", z)
	}
	if z.Age <= 0 || z.Dead != nil && (*z.Dead <= 0 || *z.Dead > z.Age) {
		t.Errorf("dead for %v of %v ns", z.Dead, z.Age)
	}
	for _, name := range []string{"zombie", "default", "verdict.never", "limit.system"} {
		if outside.Named(said, name).Kind == "" {
			t.Errorf("it does not say %s", name)
		}
	}
	if source := outside.Named(said, "default").Fields["source"]; source !=
		fmt.Sprintf("/proc/%d/status", parent) {
		t.Errorf("the disposition was read in %v", source)
	}
}

// Why they stay depends on what their parent does.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	for want, lines := range map[string][]string{
		"handler": {`signal.signal(signal.SIGCHLD, lambda *a: None)`, `child()`, `while True: time.sleep(1000)`},
		"ignores": {`child()`, `signal.signal(signal.SIGCHLD, signal.SIG_IGN)`, `time.sleep(1000)`},
		"waits":   {`child()`, `pid = os.fork()`, `if pid == 0: time.sleep(1000)`, `os.waitpid(pid, 0)`},
		"pending": {`signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])`, `child()`, `time.sleep(1000)`},
		"stopped": {`child()`, `os.kill(os.getpid(), signal.SIGSTOP)`},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			parent := python(t, 1, lines...)
			var list []zombie
			var said []outside.Event
			outside.Eventually(t, want, func() bool { // it may not have come so far yet
				list, said = zombiesOf(t, parent)
				return len(list) == 1 && list[0].Verdict == want
			})
			if list[0].Status == nil || *list[0].Status != 7 {
				t.Errorf("got %+v, want status 7", list[0])
			}
			if outside.Named(said, "verdict."+want).Kind != "so" {
				t.Errorf("the verdict is not said")
			}
			if want == "waits" && outside.Named(said, "waits.for").Number("child") == 0 {
				t.Errorf("for which child it waits is not said")
			}
			if want == "stopped" {
				_ = syscall.Kill(parent, syscall.SIGKILL)
			}
		})
	}
}

// Who ignores SIGCHLD has no zombies, and that is one sentence.
func TestNoZombies(t *testing.T) {
	t.Parallel()
	parent := python(t, 0, `signal.signal(signal.SIGCHLD, signal.SIG_IGN)`,
		`if os.fork() == 0: os._exit(7)`, `time.sleep(1000)`)
	list, said := zombiesOf(t, parent)
	if len(list) != 0 || len(said) != 3 || said[1].Name != "none" {
		t.Errorf("got %v, %v", list, said)
	}
}

// A process whose first thread only has ended is no zombie.
func TestAThreadThatLivesOn(t *testing.T) {
	t.Parallel()
	parent := start(t, "python3", "-S", "-c", `
import threading, time, ctypes
threading.Thread(target=time.sleep, args=(1000,)).start()
ctypes.CDLL(None).pthread_exit(None)`)
	outside.Eventually(t, "the first thread to end", func() bool {
		return strings.HasPrefix(outside.PS(t, parent, "stat"), "Z")
	})
	list, said := zombiesOf(t, parent)
	if len(list) != 0 || outside.Named(said, "leader").Number("threads") != 2 {
		t.Errorf("got %v, %v", list, said)
	}
}

// The tree is what ps lists below the same process.
func TestTheTreeAsPsSeesIt(t *testing.T) {
	t.Parallel()
	parent := parentOf(t, 1, "sh", "-c", `sleep 0.1 & sleep 1000 & exec sleep 1000`)
	said := outside.Start(t, "mtp", "ps", "--json", "--pid", strconv.Itoa(parent)).Finish()
	var got []string
	for _, p := range outside.Named(said, "tree").Fields["processes"].([]any) {
		p := p.(map[string]any)
		got = append(got, fmt.Sprintf("%v %v %v %v", p["pid"], p["ppid"], p["state"], p["comm"]))
		if age, is := p["age_ns"].(float64); !is || age <= 0 {
			t.Errorf("age %v", p["age_ns"])
		}
	}
	var want []string
	for _, pid := range append(outside.ChildrenOf(t, parent), parent) {
		columns := strings.Fields(outside.PS(t, pid, "ppid=,stat=,comm"))
		want = append(want, fmt.Sprintf("%d %s %s %s", pid, columns[0], columns[1][:1], columns[2]))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, ps has %q", got, want)
	}
}

// All processes are listed, but not the kernel's own threads.
func TestAllAreListed(t *testing.T) {
	t.Parallel()
	said := outside.Start(t, "mtp", "ps", "--json").Finish()
	listed := map[int]bool{}
	for _, p := range outside.Named(said, "tree").Fields["processes"].([]any) {
		listed[int(p.(map[string]any)["pid"].(float64))] = true
	}
	if !listed[1] || listed[2] && outside.PS(t, 2, "comm") == "kthreadd" {
		t.Errorf("1 is listed: %v, 2 is: %v", listed[1], listed[2])
	}
}

// PID 1 of a namespace that waits for its own child only.
func TestInANamespace(t *testing.T) {
	t.Parallel()
	outside.NeedsNamespaces(t)
	outside.Needs(t, "python3")
	const script = `
import os, subprocess
reader, writer = os.pipe()
subprocess.run(["sh", "-c", "sleep 0.1 &"], pass_fds=[writer])  # its orphan holds the writing end
os.close(writer)
os.read(reader, 1)
subprocess.run(["mtp", "ps", "--zombies", "--json"])
`
	said := outside.Start(t, "unshare", "-Urpf", "--mount-proc", "python3", "-S", "-c", script).
		Finish()
	list := zombiesIn(t, said)
	if len(list) != 1 || list[0].Parent != 1 || list[0].Verdict != "init" {
		t.Errorf("got %+v", list)
	}
	if outside.Named(said, "first").Kind != "see" {
		t.Errorf("it does not say that 1 is PID 1")
	}
}

// A subreaper that is known as one, because the zombie is in a session that it was never in.
func TestASubreaper(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "setsid")
	keeper := start(t, "keeper", "never", "sh", "-c",
		`setsid sh -c 'sleep 0.1 & exec sleep 0.05'; exec sleep 1000`)
	outside.Eventually(t, "an adopted zombie", func() bool { // its first thread is not its only one
		dead, _ := outside.Zombies(t, keeper)
		return dead == 1
	})
	list, said := zombiesOf(t, keeper)
	orphan := outside.Named(said, "adopts").Number("orphan")
	if len(list) != 1 || orphan != list[0].PID {
		t.Errorf("adopted: %d, of %+v", orphan, list)
	}
}

// Where /proc hides other users' processes, that is said.
func TestHidepid(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "unshare", "setpriv")
	if syscall.Getuid() != 0 {
		t.Skip("needs root")
	}
	mtp := outside.OrdinaryMTP(t)
	said := outside.Start(t, "unshare", "-m", "sh", "-c",
		`mount -t proc -o hidepid=2 proc /proc && cd / && exec "$@"`, "sh",
		"setpriv", "--reuid=61017", "--regid=61017", "--clear-groups",
		mtp, "ps", "--json").Finish()
	tree := outside.Named(said, "tree").Fields["processes"].([]any)
	if option := outside.Named(said, "hidden").Fields["option"]; len(tree) != 1 ||
		!strings.HasPrefix(fmt.Sprint(option), "hidepid=") {
		t.Errorf("%v hides; %d are listed, want 1", option, len(tree))
	}
}

// --watch tells of a new zombie, and of its end.
func TestWatch(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "python3")
	parent := start(t, "python3", "-S", "-c", `
import os, signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
signal.sigwait([signal.SIGUSR1])
pid = os.fork()
if pid == 0: os._exit(7)
signal.sigwait([signal.SIGUSR2])
os.waitpid(pid, 0)
time.sleep(1000)`)
	s := outside.Start(t, "mtp", "ps", "--watch", "--interval=20ms", "--json", "--pid",
		strconv.Itoa(parent))
	s.Until("watch")
	for _, step := range []struct {
		signal syscall.Signal
		mask   string // of what is blocked while it waits for the signal
		name   string
	}{
		{syscall.SIGUSR1, "800", "died"},
		{syscall.SIGUSR2, "200", "reaped"},
	} {
		outside.Eventually(t, "Python to wait for a signal", func() bool {
			return strings.HasSuffix(outside.PS(t, parent, "blocked"), step.mask)
		})
		if err := syscall.Kill(parent, step.signal); err != nil {
			t.Fatal(err)
		}
		e := s.Until(step.name)
		if e.Number("parent") != parent || step.name == "reaped" && e.Number("lasted_ns") <= 0 {
			t.Errorf("got %v", e)
		}
	}
	if err := syscall.Kill(parent, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.Until("watch.over")
	ends := func(e outside.Event) bool { // of one that was seen dead, or of one that was not
		return (e.Name == "gone" || e.Name == "reaped") && e.Number("pid") == parent
	}
	if !slices.ContainsFunc(s.Finish(), ends) {
		t.Errorf("it does not say that %d is gone", parent)
	}
}

// On a narrow terminal no line is too wide, and a program's name does nothing there.
func TestOnATerminal(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("中文 and\x1b[2J\n", 30)
	parent := python(t, 1, `child()`,
		fmt.Sprintf(`os.execvp("sleep", [%q, "1000"])`, long))
	for _, flags := range [][]string{
		{"--lang=en"}, {"--lang=zh"}, {"--lang=en", "--zombies"}, {"--lang=zh", "--zombies"},
	} {
		command := []string{"mtp", "ps", "--pid", strconv.Itoa(parent)}
		s := outside.OnTerminal(t, append(command, flags...)...)
		outside.Ends(s, 0)
		colour := regexp.MustCompile(`\x1b\[[0-9;]*m`)
		screen := colour.ReplaceAllString(s.Screen(), "")
		for line := range strings.Lines(screen) {
			line = strings.TrimRight(line, "\r\n")
			width := displaywidth.String(line)
			if width > 60 || strings.ContainsRune(line, '\x1b') {
				t.Errorf("%q: %d columns: %q", flags, width, line)
			}
		}
		mark := regexp.MustCompile(`(?m)^! +\d+ Z .*<defunct>`)
		if len(flags) == 1 && !mark.MatchString(screen) {
			t.Errorf("the zombie is not marked:\n%s", screen)
		}
	}
}
