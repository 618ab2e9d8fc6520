package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// testRoles are what the test binary can play.
func testRoles() Roles {
	return Roles{
		"narrator": narrator, "parent": parent, "stubborn": stubborn, "fail": fail, // for the leash
		"house": house, "echo": echo, "work": Work, "removed": removed,
		"panic": func([]string) error { panic("boom") },
	}
}

// house is a parent of a daemon and of another child. It tells their PIDs, and what is to happen
// ends its main function.
func house([]string) error {
	parent, err := NewParent("test", testRoles(), Inherited())
	if err != nil {
		return err
	}
	daemon, other := parent.Process("stubborn"), parent.Process("work", "100ms")
	if err := daemon.SetDaemon(true); err != nil {
		return err
	}
	for _, child := range []*Process{daemon, other} {
		if err := child.Start(); err != nil {
			return err
		}
		fmt.Println(child.PID())
	}
	AwaitLine()
	err = parent.End(context.Background())
	for _, child := range []*Process{daemon, other} {
		fmt.Println(child.ExitCode())
	}
	return err
}

// echo prints its arguments and what it can read.
func echo(args []string) error {
	input, err := io.ReadAll(os.Stdin)
	fmt.Printf("%q %q", args, input)
	if file := File(0); file != nil {
		fmt.Fprint(file, "through a file")
	}
	return err
}

// removed tries to start a program that is not there any more.
func removed([]string) error {
	if err := os.Remove(os.Args[0]); err != nil {
		return err
	}
	parent, err := NewParent("test", testRoles(), Inherited())
	if err != nil {
		return err
	}
	return parent.Process("work", "1s").Start()
}

// testParent is a parent whose children end with the test.
func testParent(t *testing.T) *Parent {
	t.Helper()
	leash, err := NewLeash(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(leash.Cut)
	parent, err := NewParent("test", testRoles(), leash)
	if err != nil {
		t.Fatal(err)
	}
	return parent
}

func started(t *testing.T, p *Process) *Process {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcessFromStartToEnd(t *testing.T) {
	t.Parallel()
	parent := testParent(t)
	p := parent.Process("work", "10s")
	if p.Name != "Process-1" || p.PID() != 0 || p.Alive() {
		t.Errorf("before Start: %s, PID %d, alive %v", p.Name, p.PID(), p.Alive())
	}
	if err := p.Join(t.Context()); !errors.Is(err, ErrNotStarted) {
		t.Errorf("Join before Start: %v", err)
	}
	if err := p.Terminate(); !errors.Is(err, ErrNotStarted) {
		t.Errorf("Terminate before Start: %v", err)
	}
	started(t, p)
	if err := p.Start(); !errors.Is(err, ErrStarted) {
		t.Errorf("Start twice: %v", err)
	}
	if err := p.SetDaemon(true); !errors.Is(err, ErrStarted) {
		t.Errorf("SetDaemon after Start: %v", err)
	}
	timeout, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := p.Join(timeout)
	if !errors.Is(err, context.DeadlineExceeded) || !p.Alive() || unix.Kill(p.PID(), 0) != nil {
		t.Errorf("Join with a time-out: %v, alive %v", err, p.Alive())
	}
	if code, ok := p.ExitCode(); ok {
		t.Errorf("it has exit code %d while it lives", code)
	}
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
	for range 2 { // Join twice is fine
		var failure *Failure
		err := p.Join(t.Context())
		if !errors.As(err, &failure) || failure.Name != "Process-1" || failure.Code != -9 {
			t.Errorf("Join: %v, want a Failure with code -9", err)
		}
	}
	if err := p.Kill(); err != nil {
		t.Errorf("Kill after the end: %v", err)
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", p.PID())); err == nil || p.Alive() {
		t.Error("it is still there")
	}
}

func TestArgumentsInputAndFiles(t *testing.T) {
	t.Parallel()
	p := testParent(t).Process("echo", "-5", "饭")
	output, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	extra, extraIn, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Named = map[string]string{"value": "2", "name": "a b"}
	p.Files = []*os.File{extraIn}
	started(t, p)
	extraIn.Close()
	if err := p.Join(t.Context()); err != nil {
		t.Error(err)
	}
	if got, _ := io.ReadAll(output); string(got) != `["--name=a b" "--value=2" "--" "-5" "饭"] ""` {
		t.Errorf("the child says %s", got)
	}
	if got, _ := io.ReadAll(extra); string(got) != "through a file" {
		t.Errorf("through the file came %q", got)
	}
}

// One that panics or is killed is named, and the others don't notice.
func TestFailuresAreNamed(t *testing.T) {
	t.Parallel()
	parent := testParent(t)
	var others []*Process
	for range 3 {
		others = append(others, started(t, parent.Process("work", "300ms")))
	}
	panics, fails, killed := parent.Process("panic"), parent.Process("fail"), parent.Process("work",
		"10s")
	panics.Name, fails.Name, killed.Name = "吃饭", "sleep", "play"
	for _, p := range []*Process{panics, fails, killed} {
		started(t, p)
	}
	// from outside; Go's runtime exits with 2 on it
	if err := syscall.Kill(killed.PID(), syscall.SIGSEGV); err != nil {
		t.Error(err)
	}
	if err := killed.Join(t.Context()); err == nil || !strings.HasPrefix(err.Error(),
		"play (PID ") {
		t.Errorf("killed from outside: %v", err)
	}
	err := parent.End(t.Context())
	if err == nil {
		t.Fatal("End does not report them")
	}
	want := []string{
		fmt.Sprintf("吃饭 (PID %d) exited with status 2: panic: boom", panics.PID()),
		fmt.Sprintf("sleep (PID %d) exited with status 1: mtp role test fail: it did not work out",
			fails.PID()),
	}
	if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("End reports %q, want %q", got, want)
	}
	for _, p := range others {
		if code, ok := p.ExitCode(); code != 0 || !ok {
			t.Errorf("%s ended with %d, %v", p.Name, code, ok)
		}
	}
}

func TestWhatCanNotBeStarted(t *testing.T) {
	t.Parallel()
	parent := testParent(t)
	p := parent.Process("nobody")
	err := p.Start()
	if err == nil || err.Error() != `start Process-1: the lesson test has no role "nobody"` {
		t.Errorf("no such role: %v", err)
	}
	if err := p.Join(t.Context()); !errors.Is(err, ErrNotStarted) {
		t.Errorf("Join after a Start that failed: %v", err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if out, err := exec.Command("cp", os.Args[0], copied).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command(copied, "role", "test", "removed").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "start Process-1: fork/exec "+copied) ||
		!strings.Contains(string(out), "no such file or directory") {
		t.Errorf("a program that is gone: %v: %s", err, out)
	}
}

// A daemon ends with its parent on every way out, another child is joined or, if the parent is
// killed, left on the leash.
func TestDaemonsEndWithTheirParent(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed=%v", killed), func(t *testing.T) {
			t.Parallel()
			leash, err := NewLeash(t.Context(), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer leash.Cut()
			house := leash.Command("test", "house")
			letEnd, err := house.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := house.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := leash.Start(house); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			line := func() string { lines.Scan(); return lines.Text() }
			daemon, _ := strconv.Atoi(line())
			other, _ := strconv.Atoi(line())
			if daemon == 0 || other == 0 {
				t.Fatalf("children %d and %d", daemon, other)
			}
			if !killed {
				letEnd.Close()
				codes := []string{line(), line()}
				if !slices.Equal(codes, []string{"-15 true", "0 true"}) {
					t.Errorf("exit codes %q: want the daemon terminated, and the other joined",
						codes)
				}
				return
			}
			if err := house.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(2 * time.Millisecond) {
				stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", daemon))
				if err != nil || strings.Contains(string(stat), ") Z ") { // its adopter's to reap
					return
				}
				if time.Now().After(deadline) {
					t.Fatal("the daemon outlives its parent, which was killed")
				}
			}
		})
	}
}

// Who waits for many children does not need a thread for each.
func TestJoinBlocksNoThreads(t *testing.T) {
	t.Parallel()
	const children = 60
	threads := func() int {
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Fatal(err)
		}
		return len(tasks)
	}
	before := threads()
	parent := testParent(t)
	for range children {
		started(t, parent.Process("work", "200ms"))
	}
	if more := threads() - before; more > children/2 {
		t.Errorf("%d more threads wait for %d children", more, children)
	}
	if err := parent.End(t.Context()); err != nil {
		t.Error(err)
	}
}
