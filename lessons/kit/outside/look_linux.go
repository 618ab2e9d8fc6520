package outside

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// PS asks ps for one column of one process; "" if there is no such process.
func PS(t *testing.T, pid int, column string) string {
	t.Helper()
	out, err := exec.Command("ps", "-o", column+"=", "-p", strconv.Itoa(pid)).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || len(out) > 0) {
		t.Fatalf("ps: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// ChildrenOf asks ps for the children of a process.
func ChildrenOf(t *testing.T, pid int) (pids []int) {
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

// FamilyArgs is what `ps -o pid,ppid,args` says of the children of a process, without the PIDs.
func FamilyArgs(t *testing.T, parent int) (args []string) {
	t.Helper()
	out, _ := exec.Command("ps", "-o", "pid=,ppid=,args=", "--ppid", strconv.Itoa(parent)).Output()
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if fields[1] != strconv.Itoa(parent) {
			t.Errorf("ps: %q is no child of %d", line, parent)
		}
		args = append(args, strings.Join(fields[3:], " "))
	}
	slices.Sort(args)
	return args
}

// Zombies asks ps how many children of a process are zombies, and how many are not.
func Zombies(t *testing.T, parent int) (zombies, others int) {
	t.Helper()
	for _, pid := range ChildrenOf(t, parent) {
		if strings.HasPrefix(PS(t, pid, "stat"), "Z") {
			zombies++
		} else {
			others++
		}
	}
	return zombies, others
}

// FindRole finds the one descendant whose command line holds the words.
func FindRole(t *testing.T, ancestor int, words string) int {
	t.Helper()
	for _, pid := range ChildrenOf(t, ancestor) {
		if strings.HasSuffix(PS(t, pid, "args"), words) {
			return pid
		}
		if found := FindRole(t, pid, words); found != 0 {
			return found
		}
	}
	return 0
}

// Eventually waits until something is observed.
func Eventually(t *testing.T, what string, observed func() bool) {
	t.Helper()
	const again = 2 * time.Millisecond
	for deadline := time.Now().Add(time.Minute); !observed(); time.Sleep(again) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// Needs skips a test where a tool is missing.
func Needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

// NeedsNamespaces skips a test where an ordinary user can have no PID namespace.
func NeedsNamespaces(t *testing.T) {
	t.Helper()
	Needs(t, "unshare")
	if err := exec.Command("unshare", "-Urpf", "--mount-proc", "true").Run(); err != nil {
		t.Skipf("no user namespaces here: %v", err)
	}
}

// OrdinaryMTP is a copy of mtp that an ordinary user may run.
func OrdinaryMTP(t *testing.T) string {
	t.Helper()
	mtp, err := exec.LookPath("mtp")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(mtp)
	if err != nil {
		t.Fatal(err)
	}
	//nolint:usetesting // t.TempDir is below a folder that is closed to others
	dir, err := os.MkdirTemp("/tmp", "mtp-test-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "mtp")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(path, binary, 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}
