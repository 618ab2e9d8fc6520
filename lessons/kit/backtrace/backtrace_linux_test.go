package backtrace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// traced is what a program's threads did: for each system call that was waited for, where it was
// made, in order.
type traced map[string][]string

// trace runs a program under ptrace and asks for the stack at the entry of each of its system
// calls that interesting names.
func trace(t testing.TB, r *Reader, argv ...string) traced {
	t.Helper()
	seen := traced{}
	drive(t, r, func(tid int, name string) {
		// Nothing is said of the programs that are run by this one.
		if stack := r.Of(tid).String(); stack != "" {
			seen[name] = append(seen[name], stack)
		}
	}, argv...)
	return seen
}

// drive runs a program under ptrace and visits the entry of each of its interesting system calls.
func drive(t testing.TB, r *Reader, visit func(tid int, name string), argv ...string) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACECLONE |
		unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC
	known := map[int]bool{} // threads that have stopped, true once their options are set
	entered := map[int]bool{}
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		if errors.Is(err, unix.ECHILD) {
			break
		}
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !status.Stopped() {
			r.Forget(tid)
			continue
		}
		deliver := 0
		switch signal := status.StopSignal(); {
		case !known[tid]:
			known[tid] = true
			if tid == cmd.Process.Pid {
				if err := unix.PtraceSetOptions(tid, options); err != nil {
					t.Fatal(err)
				}
			}
		case signal == unix.SIGTRAP|0x80:
			if entered[tid] = !entered[tid]; entered[tid] {
				if name := interesting(tid); name != "" {
					visit(tid, name)
				}
			}
		case signal == unix.SIGTRAP:
			if status.TrapCause() == unix.PTRACE_EVENT_EXEC {
				r.Forget(tid)
			}
		default:
			deliver = int(signal)
		}
		if err := unix.PtraceSyscall(tid, deliver); err != nil && !errors.Is(err, unix.ESRCH) {
			t.Fatal(err)
		}
	}
	_ = cmd.Process.Release()
}

// interesting is the name of the system call that a thread is in.
func interesting(tid int) string {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", tid))
	number, _, _ := strings.Cut(string(data), " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return ""
	}
	switch n {
	case unix.SYS_CLONE, unix.SYS_CLONE3:
		return "fork"
	case unix.SYS_WAIT4, unix.SYS_WAITID:
		return "wait"
	case unix.SYS_EXIT_GROUP:
		return "exit"
	case unix.SYS_GETPPID:
		return "getppid"
	}
	if runtime.GOARCH == "amd64" && (n == 57 || n == 58) {
		return "fork"
	}
	return ""
}

const cSource = `#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;

static inline __attribute__((always_inline)) pid_t begin(void) {
	return fork(); /* 10 */
}

__attribute__((noinline)) pid_t start(int code) {
	pid_t child = begin(); /* 14 */
	if (child == 0)
		_exit(code); /* 16 */
	return child;
}

__attribute__((noinline)) int end(pid_t child) {
	int status = 0;
	waitpid(child, &status, 0); /* 22 */
	return WEXITSTATUS(status) + 1;
}

void handler(int signal) {
	volatile pid_t parent = getppid(); /* 27 */
	(void)parent, (void)signal;
}

__attribute__((noinline)) int spawn(void) {
	char *argv[] = {"true", NULL};
	pid_t child;
	int err = posix_spawn(&child, "/bin/true", 0, NULL, argv, environ); /* 34 */
	return err + end(child);
}

__attribute__((noinline)) int aligned(void) {
	_Alignas(64) volatile char room[128];
	memset((char *)room, 1, sizeof room);
	pid_t child = vfork(); /* 41 */
	if (child == 0)
		_exit(room[3]); /* 43 */
	return end(child) + room[5];
}

int main(void) {
	signal(SIGUSR1, handler);
	int sum = end(start(3)); /* 49 */
	raise(SIGUSR1); /* 50 */
	sum += spawn(); /* 51 */
	sum += aligned();
	sum += system("true"); /* 53 */
	exit(sum > 100); /* 54 */
}
`

// build compiles one program in each of several ways at once.
func build(
	t testing.TB, compiler []string, name, source string, ways map[string][]string,
) map[string]string {
	t.Helper()
	if _, err := exec.LookPath(compiler[0]); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	programs := map[string]string{}
	var wait sync.WaitGroup
	for way, flags := range ways {
		program := filepath.Join(dir, strings.ReplaceAll(way, " ", ""))
		programs[way] = program
		wait.Go(func() {
			args := slices.Concat(compiler[1:], flags, []string{"-o", program, file})
			cmd := exec.Command(compiler[0], args...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", args, err, out)
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return programs
}

const pySource = `import os, sys, subprocess, threading

class Worker:
    def start(self):
        pid = os.fork()  # 5
        if pid == 0:
            os._exit(3)  # 7
        return pid

def end(pid):
    return os.waitpid(
        pid, 0)  # 11

def thread():
    os.getppid()  # 15

end(Worker().start())  # 17
subprocess.run(["true"])  # 18
t = threading.Thread(target=thread)
t.start()
t.join()
sys.exit(os.getppid() < 0)  # 22
`

const goSource = `package main

import (
	"os"
	"os/exec"
	"syscall"
)


func begin() *exec.Cmd {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil { // 12
		panic(err)
	}
	return cmd
}

//go:noinline
func start() *exec.Cmd {
	return begin() // 20
}

func main() {
	cmd := start() // 24
	_ = cmd.Wait() // 25
	syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0) // 26
	func() {
		println(os.Getppid() == 0) // 28
	}()
	os.Exit(3) // 30
}
`

// The lines of a C program are known to the same extent however it was compiled, and, without
// debug information, its functions.
func TestC(t *testing.T) {
	programs := build(t, []string{"gcc"}, "demo.c", cSource, map[string][]string{
		"-O0 -g": {"-O0", "-g"}, "-O2 -g": {"-O2", "-g"}, "-static -g": {"-static", "-g"},
		"-no-pie -g": {"-no-pie", "-g"}, "-O0": {"-O0"}, "-static": {"-static"},
	})
	lines := traced{
		"fork": {
			"demo.c:10 in begin, from start at demo.c:14",
			"demo.c:34 in spawn, from main at demo.c:51",
			"demo.c:41 in aligned, from main at demo.c:52", "demo.c:53 in main",
		},
		"wait": {
			"demo.c:22 in end, from main at demo.c:49", "demo.c:22 in end, from spawn at demo.c:35",
			"demo.c:22 in end, from aligned at demo.c:44", "demo.c:53 in main",
		},
		"exit": {
			"demo.c:16 in start, from main at demo.c:49",
			"demo.c:43 in aligned, from main at demo.c:52",
			"demo.c:54 in main",
		},
		"getppid": {"demo.c:27 in handler, from main at demo.c:50"},
	}
	functions := traced{
		"fork": {
			"in start, from main", "in spawn, from main", "in aligned, from main", "in main",
		},
		"wait":    {"in end, from main", "in end, from spawn", "in end, from aligned", "in main"},
		"exit":    {"in start, from main", "in aligned, from main", "in main"},
		"getppid": {"in handler, from main"},
	}
	r := NewReader()
	for way, program := range programs {
		want := functions
		if strings.HasSuffix(way, "-g") {
			want = lines
		}
		got := trace(t, r, program)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("gcc %s:\n got %q\nwant %q", way, got, want)
		}
	}
}

const stubSource = `#include <unistd.h>
__asm__(".text\n.type stub,@function\nstub: sub $24,%rsp\ncall getppid@PLT\n"
	"add $24,%rsp\nret\n.size stub,.-stub");
void stub(void);
static void start(void) {
	stub(); /* 6 */
}
int main(void) {
	start(); /* 9 */
}
`

// Above code that no table describes, a place that was found on the stack is said to be so.
func TestAbout(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the stub is of another machine")
	}
	way := map[string][]string{"-O0 -g": {"-O0", "-g"}}
	program := build(t, []string{"gcc"}, "stub.c", stubSource, way)["-O0 -g"]
	want := "about stub.c:6 in start, from main at about stub.c:9"
	if got := trace(t, NewReader(), program)["getppid"]; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The names and lines of a Go program are in it even when it has been stripped.
func TestGo(t *testing.T) {
	programs := build(t, []string{"go", "build"}, "demo.go", goSource, map[string][]string{
		"plain": nil, "stripped": {"-ldflags=-s -w"},
	})
	started := "demo.go:12 in main.begin, from main.start at demo.go:20"
	want := map[string]traced{
		"plain": {
			"fork": {started}, "wait": {"demo.go:25 in main.main"},
			"exit": {"demo.go:30 in main.main"},
			"getppid": {
				"demo.go:26 in main.main",
				"demo.go:28 in main.main.func1, from main.main at demo.go:29",
			},
		},
		// What was inlined into main can't be told from it.
		"stripped": {
			"fork": {started}, "wait": {"demo.go:25 in main.main"},
			"exit":    {"demo.go:30 in main.main"},
			"getppid": {"demo.go:26 in main.main", "in main.main"},
		},
	}
	r := NewReader()
	for way, program := range programs {
		got := trace(t, r, program)
		for name, stacks := range want[way] {
			for _, stack := range stacks {
				// The runtime makes some of these calls, too.
				if !slices.Contains(got[name], stack) {
					t.Errorf("%s: no %s %q among %q", way, name, stack, got[name])
				}
			}
		}
	}
}

// pythons are the interpreters at hand, one of each version, by version.
func pythons(t testing.TB) map[string]string {
	t.Helper()
	home, _ := os.UserHomeDir()
	found, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/3.*/bin/python3.*[0-9]"))
	system, _ := filepath.Glob("/usr/bin/python3.*[0-9]")
	local, _ := filepath.Glob("/usr/local/bin/python3.*[0-9]")
	versions := map[string]string{}
	for _, name := range slices.Concat(found, local, system) {
		versions[strings.TrimPrefix(filepath.Base(name), "python")] = name
	}
	return versions
}

func TestPython(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fork1.py")
	if err := os.WriteFile(file, []byte(pySource), 0o600); err != nil {
		t.Fatal(err)
	}
	known := traced{
		"fork": {
			"fork1.py:5 in Worker.start, from <module> at fork1.py:17", "fork1.py:18 in <module>",
			"fork1.py:20 in <module>",
		},
		"wait":    {"fork1.py:11 in end, from <module> at fork1.py:17", "fork1.py:18 in <module>"},
		"exit":    {"fork1.py:7 in Worker.start, from <module> at fork1.py:17"},
		"getppid": {"fork1.py:15 in thread", "fork1.py:22 in <module>"},
	}
	r := NewReader()
	seen := 0
	for version, python := range pythons(t) {
		if len(version) < len("3.10") {
			continue
		}
		want := traced{} // a version that isn't known has no stack, and not the interpreter's C
		if slices.Contains([]string{"3.11", "3.12", "3.13", "3.14"}, version) {
			want = known
			seen++
		}
		if got := trace(t, r, python, "-IS", file); !reflect.DeepEqual(got, want) {
			t.Errorf("python%s:\n got %q\nwant %q", version, got, want)
		}
	}
	if seen == 0 {
		t.Skip("no CPython 3.11 to 3.14 is here")
	}
}

// A broken file gives less, and no panic.
func TestBrokenFile(t *testing.T) {
	way := map[string][]string{"-O2 -g": {"-O2", "-g"}}
	whole, err := os.ReadFile(build(t, []string{"gcc"}, "demo.c", cSource, way)["-O2 -g"])
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		broken := slices.Clone(whole)
		for range 1 + random.IntN(40) {
			broken[random.IntN(len(broken))] = byte(random.Uint32())
		}
		o, err := newObject(bytes.NewReader(broken))
		if err != nil {
			continue
		}
		for _, vaddr := range []uint64{o.file.Entry, o.file.Entry + 0x100, o.file.Entry - 0x40} {
			o.at(vaddr)
			o.row(vaddr)
		}
		o.pythonSymbols()
		o.libraryFrom()
	}
}

// A thread that is no longer there has no stack.
func TestOfNothing(t *testing.T) {
	r := NewReader()
	if stack := r.Of(1 << 30); len(stack) != 0 {
		t.Errorf("got %v", stack)
	}
	r.Forget(1 << 30)
}

func TestString(t *testing.T) {
	start := Frame{Function: "start", File: "/home/me/zombie.c", Line: 12}
	about := start
	about.About = true
	for want, stack := range map[string]Stack{
		"":                     nil,
		"zombie.c:12 in start": {start},
		"zombie.c:12 in start, from main at zombie.c:30": {
			start, {Function: "main", File: "zombie.c", Line: 30}, {Function: "more"},
		},
		"about zombie.c:12 in start":      {about},
		"in start, from main":             {{Function: "start"}, {Function: "main"}},
		"zombie.c:12 in start, from main": {start, {Function: "main"}},
		"zombie.c:12":                     {{File: "zombie.c", Line: 12}},
	} {
		if got := stack.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The published table of 3.14 has its parts elsewhere than 3.13's; a table that doesn't hold what
// it should is not used.
func TestPublishedLayout(t *testing.T) {
	table := make([]byte, sizeofDebugOffsets)
	copy(table, "xdebugpy")
	put := func(at int, values ...uint64) {
		for i, value := range values {
			binary.LittleEndian.PutUint64(table[at+8*i:], value)
		}
	}
	put(8, 0x030e00f0, 0, 1000, 0, 632)
	put(48, 9000, 0, 7264, 7344)
	put(176, 400, 0, 8, 16, 72, 152, 160)
	put(248, 88, 8, 0, 56, 80, 74)
	put(312, 216, 112, 120, 128, 136, 68, 0, 0, 0, 208)
	put(592, 40, 16, 32, 64, 32, 16, 40)
	want := layout{
		interpreters: 632, nextInterpreter: 7264, threads: 7344,
		nextThread: 8, thread: 152, native: 160, frame: 72,
		code: 0, previous: 8, instruction: 56, owner: 74,
		filename: 112, qualname: 128,
		firstLine: 68, lineTable: 136, bytecode: 208, ascii: 40,
	}
	if got, ok := publishedLayout(table); !ok || got != want {
		t.Errorf("got %+v, %v; want %+v", got, ok, want)
	}
	for at, value := range map[int]uint64{0: 0, 8: 0x030f00f0, 16: 1, 176: 100, 608: 24} {
		broken := slices.Clone(table)
		binary.LittleEndian.PutUint64(broken[at:], value)
		if _, ok := publishedLayout(broken); ok {
			t.Errorf("with %#x at %d the table is used", value, at)
		}
	}
}

func TestWithoutPAC(t *testing.T) {
	program := []byte{0x41, 0x2d, 0x0c, 0x2d, 0x2d, 0x10, 0x2d, 2, 0x2d, 0x2d, 0x2d}
	want := []byte{0x41, 0x00, 0x0c, 0x2d, 0x2d, 0x10, 0x2d, 2, 0x2d, 0x2d, 0x00}
	if got := withoutPAC(program); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// stopped looks at a program at its first call with this name, as often as the benchmark wants.
func stopped(b *testing.B, name string, argv ...string) {
	b.Helper()
	r := NewReader()
	done := false
	drive(b, r, func(tid int, call string) {
		if call != name || done {
			return
		}
		done = true
		b.Logf("%v", r.Of(tid))
		measure(b, func() { r.Of(tid) })
	}, argv...)
}

func BenchmarkC(b *testing.B) {
	way := map[string][]string{"-O2 -g": {"-O2", "-g"}}
	programs := build(b, []string{"gcc"}, "demo.c", cSource, way)
	stopped(b, "wait", programs["-O2 -g"])
}

// measure also reports the thread's own time, which doesn't depend on what else runs here.
func measure(b *testing.B, look func()) {
	b.Helper()
	var before, after unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &before)
	for b.Loop() {
		look()
	}
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &after)
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(b.N), "cpu-ns/op")
}

// BenchmarkNewProcess is for a process that hasn't been seen before, of a program that has.
func BenchmarkNewProcess(b *testing.B) {
	way := map[string][]string{"-O2 -g": {"-O2", "-g"}}
	programs := build(b, []string{"gcc"}, "demo.c", cSource, way)
	r := NewReader()
	done := false
	drive(b, r, func(tid int, call string) {
		if call != "wait" || done {
			return
		}
		done = true
		measure(b, func() {
			r.Of(tid)
			r.Forget(tid)
		})
	}, programs["-O2 -g"])
}

func BenchmarkGo(b *testing.B) {
	way := map[string][]string{"plain": nil}
	programs := build(b, []string{"go", "build"}, "demo.go", goSource, way)
	stopped(b, "exit", programs["plain"])
}

func BenchmarkPython(b *testing.B) {
	file := filepath.Join(b.TempDir(), "fork1.py")
	if err := os.WriteFile(file, []byte(pySource), 0o600); err != nil {
		b.Fatal(err)
	}
	python, found := pythons(b)["3.11"]
	if !found {
		b.Skip("no python3.11 is here")
	}
	stopped(b, "wait", python, "-IS", file)
}
