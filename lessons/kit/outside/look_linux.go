package outside

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
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
	for _, p := range descendants(ancestor) {
		if strings.HasSuffix(p.args, words) {
			return p.pid
		}
	}
	return 0
}

type listed struct {
	pid, parent int
	args        string
}

// descendants asks ps once for all of them, parents before their children.
func descendants(ancestor int) (found []listed) {
	out, _ := exec.Command("ps", "-e", "-o", "pid=,ppid=,args=").Output()
	children := map[int][]listed{}
	for line := range strings.Lines(string(out)) {
		var p listed
		if _, err := fmt.Sscan(line, &p.pid, &p.parent); err == nil {
			p.args = strings.TrimSpace(line)
			children[p.parent] = append(children[p.parent], p)
		}
	}
	found = children[ancestor]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].pid]...)
	}
	return found
}

// abort ends what runs in a cage and is stuck, and returns what ps says of it: its threads, whether
// they wait (S), for what, or would run if it were their turn (R). By SIGABRT, for then Go tells
// where its goroutines are: mtp on its standard error.
func abort(cage int) string {
	family := descendants(cage)
	pids := []string{strconv.Itoa(cage)}
	for _, p := range family {
		pids = append(pids, strconv.Itoa(p.pid))
	}
	threads, _ := exec.Command("ps", "-L", "-o", "pid,ppid,tid,stat,time,wchan:20,args", "-p",
		strings.Join(pids, ",")).Output()
	for _, p := range family {
		_ = syscall.Kill(p.pid, syscall.SIGABRT)
	}
	return string(threads)
}

// patience is how long to wait for what must come. On a machine where others work, too, little may
// happen for long.
const patience = 2 * time.Minute

// Eventually waits until something is observed.
func Eventually(t *testing.T, what string, observed func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		asked := time.Now()
		if observed() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		// To ask ps costs as much as what it is asked about.
		time.Sleep(max(2*time.Millisecond, time.Since(asked)))
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
