package commands_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Where a cage says what it saw.
const (
	escaped   = 99              // its exit code if something outlived the command
	cageGrace = 2 * time.Second // how long that may take
)

// cage runs a command as a shell would, in a process group of its own, and as a subreaper, so that nothing that the command leaves
// behind can get away unseen. Its exit code is the command's, or escaped.
func cage(args []string) int {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return complain(err)
	}
	// Caught and dropped: what the terminal sends is for the command. Not ignored, for the command would inherit that.
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTOU, unix.SIGHUP)
	path, err := exec.LookPath(args[0])
	if err != nil {
		return complain(err)
	}
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}}
	if _, err := unix.IoctlGetTermios(0, unix.TCGETS); err == nil {
		attr.Sys.Foreground, attr.Sys.Ctty = true, 0
	}
	command, err := syscall.ForkExec(path, args, attr)
	if err != nil {
		return complain(err)
	}
	code, ended := 0, time.Time{}
	for ended.IsZero() || time.Since(ended) < cageGrace {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return code // all gone
		case pid == command:
			ended, code = time.Now(), status.ExitStatus()
			if status.Signaled() {
				code = 128 + int(status.Signal())
			}
		case pid <= 0:
			time.Sleep(time.Millisecond)
		}
	}
	left, _ := exec.Command("ps", "-o", "pid,ppid,stat,args", "--ppid", strconv.Itoa(os.Getpid())).CombinedOutput()
	fmt.Fprintf(os.Stderr, "left behind:\n%s", left)
	return escaped
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "cage:", err)
	return escaped
}

// ps asks ps for one column of one process; "" if there is no such process.
func ps(t *testing.T, pid int, column string) string {
	t.Helper()
	out, err := exec.Command("ps", "-o", column+"=", "-p", strconv.Itoa(pid)).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || len(out) > 0) {
		t.Fatalf("ps: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// childrenOf asks ps for the children of a process.
func childrenOf(t *testing.T, pid int) (pids []int) {
	t.Helper()
	out, _ := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(pid)).Output()
	for field := range strings.FieldsSeq(string(out)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, child)
	}
	slices.Sort(pids)
	return pids
}

// eventually waits until something is observed.
func eventually(t *testing.T, what string, observed func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !observed(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// needs skips a test where a tool is missing.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}
