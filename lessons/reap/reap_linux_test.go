package reap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	outside.Scripts(t)
}

func TestReapMethods(t *testing.T) {
	t.Parallel()
	events := outside.Start(t, "mtp", "reap", "--json", "--pace=0.1").Finish()
	done := outside.Named(events, "sigchld.done")
	if done.Number("signals") != 1 || done.Number("reaped") != 5 {
		t.Errorf("five children that ended while their parent was stopped: %v", done.Fields)
	}
	if pending := outside.Named(events, "sigchld.pending"); pending.Fields["mask"] != "0x10000" {
		t.Errorf("pending: %v", pending.Fields)
	}
	if outside.Named(events, "double.notmine").Name == "" {
		t.Error("the grandchild was mtp's own")
	}
	var rows []string
	for _, row := range outside.Named(events, "table").Fields["rows"].([]any) {
		fields := row.(map[string]any)
		rows = append(rows, fmt.Sprintf("%v: %v of %v",
			fields["method"], fields["statuses"], fields["children"]))
		if fields["method"] == "sigchld" && fields["zombies"] != 5.0 {
			t.Errorf("zombies below a parent that was stopped: %v", fields["zombies"])
		}
	}
	want := []string{"wait: 1 of 1", "nohang: 1 of 1", "sigchld: 5 of 5", "double-fork: 1 of 2"}
	if !slices.Equal(rows, want) {
		t.Errorf("statuses that were learnt: %q, want %q", rows, want)
	}
}

// Where mtp itself is the adopter, it learns the grandchild's status as well.
func TestTheAdopterLearnsTheStatus(t *testing.T) {
	t.Parallel()
	outside.NeedsNamespaces(t)
	events := outside.Start(t, "unshare", "-Urpf", "--mount-proc",
		"mtp", "reap", "--json", "--pace=0.1", "--method=double-fork").Finish()
	row := outside.Named(events, "table").Fields["rows"].([]any)[0].(map[string]any)
	if row["statuses"] != 2.0 || outside.Named(events, "double.here").Name == "" {
		t.Errorf("as PID 1: %v", row)
	}
	if outside.Named(events, "double.whose").Name != "" {
		t.Error("as PID 1: says that it never learns the status")
	}
}

// Nothing blocks mtp between the child's start and the wait for it: it hears from the grandchild
// later.
func TestTheWaitOfTheDoubleForkIsTheWholeWait(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	path := filepath.Join(t.TempDir(), "strace")
	first := outside.Named(outside.Start(t, "strace", "-f", "-qq", "-e", "trace=read,wait4",
		"-e", "signal=none", "-o", path,
		"mtp", "reap", "--json", "--pace=0.1", "--method=double-fork").Finish(), "double.first")
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	source, _ := first.Fields["source"].(string) // wait4(PID)
	middle := strings.Trim(strings.TrimPrefix(source, "wait4"), "()")
	waited := regexp.MustCompile(`wait4.* = ` + middle + `\n`).FindIndex(log)
	heard := regexp.MustCompile(`read.*"grandchild `).FindIndex(log)
	if waited == nil || heard == nil || waited[0] > heard[0] {
		t.Errorf("waited for %s at %v, heard from the grandchild at %v", middle, waited, heard)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`: 0 signals came, 0 children`,
		`: 1 signal came, 5 children`)
}

func TestTwinsWhilePsLooks(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		s := outside.OnTerminal(t, command...)

		parent := outside.PID(outside.Shows(s, `--ppid (\d+)`))
		if zombies, others := outside.Zombies(t, parent); zombies != 5 || others != 0 {
			t.Errorf("before: %d zombies and %d others, want 5 and 0", zombies, others)
		}
		s.Key("\n")
		outside.Shows(s, `5 children were reaped`)
		if zombies, others := outside.Zombies(t, parent); zombies != 0 || others != 0 {
			t.Errorf("after: %d zombies and %d others, want none", zombies, others)
		}
		s.Key("\n")
		outside.Ends(s, 0)
	})
}
