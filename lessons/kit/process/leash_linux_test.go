package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary plays the roles, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "role" {
		os.Exit(Play(map[string]Roles{"test": testRoles()}, os.Args[2:]))
	}
	// What outlives its parent shall come here: then its group is not an orphaned one (setpgid(2)),
	// whose stopped members the kernel would end for us.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	// With the race detector a role would sleep for a second before it ends.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// narrator has a child on a leash, and tells its PID and its child's.
func narrator([]string) error {
	leash, err := NewLeash(context.Background(), nil, nil)
	if err != nil {
		return err
	}
	parent := leash.Command("test", "parent")
	parent.Stdout = os.Stdout
	if err := leash.Start(parent); err != nil {
		return err
	}
	fmt.Println(parent.Process.Pid)
	AwaitLine()
	return nil // without a Cut
}

// parent has a child in turn, and both do nothing about the end of the narrator.
func parent([]string) error {
	child := Inherited().Command("test", "stubborn")
	child.Stdout = os.Stdout
	if err := Inherited().Start(child); err != nil {
		return err
	}
	return stubborn(nil)
}

func stubborn([]string) error {
	fmt.Println(os.Getpid())
	select {}
}

func fail([]string) error { return errors.New("it did not work out") }

func TestNobodyOutlivesTheNarrator(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		end  func(narrator *exec.Cmd, letExit io.Closer, children []string)
	}{
		{"return", func(_ *exec.Cmd, letExit io.Closer, _ []string) { letExit.Close() }},
		{"SIGKILL", func(narrator *exec.Cmd, _ io.Closer,
			_ []string,
		) {
			_ = narrator.Process.Kill()
		}},
		{"SIGKILL, with stopped children", func(narrator *exec.Cmd, _ io.Closer,
			children []string,
		) {
			for _, pid := range children {
				_ = exec.Command("kill", "-STOP", pid).Run()
			}
			_ = narrator.Process.Kill()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var none *Leash
			narrator := none.Command("test", "narrator")
			out, err := narrator.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			letExit, err := narrator.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := narrator.Start(); err != nil {
				t.Fatal(err)
			}
			children := map[string]bool{}
			for lines := bufio.NewScanner(out); len(children) < 2 && lines.Scan(); {
				children[lines.Text()] = true
			}
			pids := slices.Collect(maps.Keys(children))
			if len(pids) != 2 {
				t.Fatalf("children: %v", pids)
			}
			test.end(narrator, letExit, pids)
			_ = narrator.Wait()
			deadline := time.Now().Add(2 * time.Second)
			for {
				living, _ := exec.Command("ps", "-o", "pid,stat,args", "--no-headers", "-p",
					strings.Join(pids, ",")).Output()
				left := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(living)), "\n"),
					func(line string) bool {
						// its adopter's business
						return line == "" || strings.Contains(line, "<defunct>")
					})
				if len(left) == 0 {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("left behind:\n%s", strings.Join(left, "\n"))
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
}

func TestCutEndsReapsAndReports(t *testing.T) {
	t.Parallel()
	var reported []int
	leash, err := NewLeash(t.Context(), nil, func(pids []int) { reported = pids })
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for range 3 {
		child := leash.Command("test", "stubborn")
		if err := leash.Start(child); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, child.Process.Pid)
	}
	if err := syscall.Kill(pids[1], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	leash.Cut()
	if !slices.Equal(reported, pids) {
		t.Errorf("reported %v, want %v", reported, pids)
	}
	for _, pid := range pids {
		if _, err := os.Stat("/proc/" + strconv.Itoa(pid)); err == nil {
			t.Errorf("%d is still there", pid)
		}
	}
	if err := leash.Start(leash.Command("test", "stubborn")); !errors.Is(err, context.Canceled) {
		t.Errorf("start on a leash that was cut: %v", err)
	}
}

// When the context ends, so does everything on the leash, also whom the lesson only ties; Cut still
// reports all.
func TestTheLeashIsLetGoOfWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var reported []int
	leash, err := NewLeash(ctx, nil, func(pids []int) { reported = pids })
	if err != nil {
		t.Fatal(err)
	}
	parent := leash.Command("test", "parent")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := leash.Start(parent); err != nil {
		t.Fatal(err)
	}
	pids := []int{parent.Process.Pid}
	for lines := bufio.NewScanner(out); len(pids) < 2 && lines.Scan(); {
		if pid, err := strconv.Atoi(lines.Text()); err == nil && pid != parent.Process.Pid {
			pids = append(pids, pid)
		}
	}
	leash.Tie(pids[1], "stubborn")
	if err := syscall.Kill(pids[1], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	cancel()
	// both have ended: this is what unblocks a lesson
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
	leash.Cut()
	slices.Sort(pids)
	if !slices.Equal(reported, pids) {
		t.Errorf("reported %v, want %v", reported, pids)
	}
}

func TestWhatWasReapedIsNotReported(t *testing.T) {
	t.Parallel()
	leash, err := NewLeash(t.Context(), nil, func(pids []int) {
		if len(pids) > 0 {
			t.Errorf("reported %v", pids)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	child := leash.Command("test", "fail")
	if err := leash.Start(child); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(child.Process.Pid, &status, 0, nil); err != nil ||
		status.ExitStatus() != 1 {
		t.Errorf("status %v, %v; want 1", status.ExitStatus(), err)
	}
	if err := leash.Explain(errors.New("no answer")); !strings.Contains(err.Error(),
		"mtp role test fail: it did not work out") {
		t.Errorf("Explain does not say why: %v", err)
	}
	leash.Cut()
}
