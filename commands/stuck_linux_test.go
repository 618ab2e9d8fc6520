package commands_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"mtp/commands"
	"mtp/lessons/kit/outside"
)

// stuckCommands are command lines of all that mtp does, each with a lot to say.
func stuckCommands() (lines []string) {
	for _, l := range commands.Course() {
		if len(l.Variants) > 0 {
			lines = append(lines, l.Name+" "+oneOf(l.Variants))
		}
	}
	return append(lines,
		"primes --print --limit=100000000", "watch -- sleep 600", "check zombie -- sleep 600",
		"ps", "chat serve --listen=127.0.0.1:0", "chat join --name=ann", "chat demo",
		"tour", "man", "completion bash",
	)
}

// What writes to something that takes nothing ends at one signal, with all that it has started, and
// leaves the terminal as it was. Commands take turns: in a run each second one is stuck, in one of
// the ways.
func TestOneSignalEndsWhatIsStuck(t *testing.T) {
	t.Parallel()
	first := rand.N(2 * 2 * 3)
	for i, line := range stuckCommands() {
		turn := first + i
		if turn%2 > 0 || raceDetector && turn%3 > 0 {
			continue
		}
		terminal := turn/2%2 == 0 || line == "tour" // which wants one
		signal := []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT}[turn/4%3]
		if strings.Contains(line, " -- ") { // whose program gets the first Ctrl-C
			signal = syscall.SIGTERM
		}
		t.Run(fmt.Sprint(line, "/", signal, "/terminal ", terminal), func(t *testing.T) {
			t.Parallel()
			out := fullPipe(t)
			if terminal {
				out = stoppedTerminal(t)
			}
			before, _ := unix.IoctlGetTermios(int(out.Fd()), unix.TCGETS)
			cage, said := stuckIn(t, out, "mtp "+line)
			mtp := 0
			outside.Eventually(t, "it to be stuck", func() bool {
				time.Sleep(20 * time.Millisecond)
				inCage := children(cage.Process.Pid)
				if len(inCage) == 0 {
					return false
				}
				mtp = inCage[0]
				if strings.HasPrefix(line, "chat join") { // it never waits for its screen
					return len(children(mtp)) > 0
				}
				return slices.ContainsFunc(append(children(mtp), mtp), writes)
			})
			if err := syscall.Kill(mtp, signal); err != nil {
				t.Fatal(err)
			}
			code := endOf(t, cage)
			if code != interrupted && code != 128+int(signal) {
				t.Errorf("exit code %d:\n%s", code, said)
			}
			if after, _ := unix.IoctlGetTermios(int(out.Fd()), unix.TCGETS); terminal &&
				(after.Lflag != before.Lflag || after.Oflag != before.Oflag) {
				t.Errorf("the terminal was %+v, and is %+v", before, after)
			}
		})
	}
}

// fullPipe is the write end of a pipe that nobody reads.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		read.Close()
		write.Close()
	})
	fd := int(write.Fd())
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := unix.Write(fd, make([]byte, 4096)); errors.Is(err, unix.EAGAIN) {
			break
		}
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	return write
}

// stoppedTerminal is a terminal on which somebody has typed Ctrl-S.
func stoppedTerminal(t *testing.T) *os.File {
	t.Helper()
	control, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		control.Close()
		tty.Close()
	})
	_ = pty.Setsize(control, &pty.Winsize{Rows: 24, Cols: 80})
	if err := unix.IoctlSetInt(int(tty.Fd()), unix.TCXONC, unix.TCOOFF); err != nil {
		t.Fatal(err)
	}
	return tty
}

// stuckIn starts a command in a cage, whose output goes there. What the cage says comes here.
func stuckIn(t *testing.T, out *os.File, line string) (cage *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	said = new(bytes.Buffer)
	cage = exec.Command("cage", append([]string{"sh", "-c", `exec "$@" 2>&1`, "sh"},
		strings.Fields(line)...)...)
	cage.Env = append(os.Environ(), "TERM=xterm", "MTP_LANG=en")
	cage.Stdout, cage.Stderr = out, said
	if _, err := unix.IoctlGetTermios(int(out.Fd()), unix.TCGETS); err == nil {
		cage.Stdin = out
		cage.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	} else if _, err := cage.StdinPipe(); err != nil { // which stays open
		t.Fatal(err)
	}
	if err := cage.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cage.Process.Kill() })
	return cage, said
}

// endOf waits for the cage, and returns its exit code.
func endOf(t *testing.T, cage *exec.Cmd) int {
	t.Helper()
	stuck := time.AfterFunc(time.Minute, func() {
		t.Error("it does not end")
		_ = cage.Process.Kill()
	})
	defer stuck.Stop()
	_ = cage.Wait()
	return cage.ProcessState.ExitCode()
}

// children are those of a process, as /proc lists them: ps would take longer than what it is asked
// about.
func children(pid int) (pids []int) {
	threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, thread := range threads {
		list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread.Name()))
		for field := range strings.FieldsSeq(string(list)) {
			child, _ := strconv.Atoi(field)
			pids = append(pids, child)
		}
	}
	return pids
}

// writes reports whether a thread of a process waits in write(2).
func writes(pid int) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	for _, file := range files {
		call, _ := os.ReadFile(file)
		if strings.HasPrefix(string(call), strconv.Itoa(unix.SYS_WRITE)+" 0x") {
			return true
		}
	}
	return false
}

// A pager ends with what has started it.
func TestThePagerEndsToo(t *testing.T) {
	t.Parallel()
	s := outside.OnTerminal(t, "env", "PAGER=echo shown; sleep 600", "mtp", "source", "zombie")
	s.Await("shown")
	mtp, _ := s.MTP()
	if err := syscall.Kill(mtp, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.End(); code != interrupted {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
}
