package signalignore_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	outside.Scripts(t)
}

func TestSignalIgnoreSetsTheBit(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "signal-ignore", "--json", "--step", "--pace=0")
	ignored := func() bool {
		t.Helper()
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.MTP()))
		if err != nil {
			t.Fatal(err)
		}
		mask := regexp.MustCompile(`SigIgn:\t([0-9a-f]+)`).FindSubmatch(status)
		bits, err := strconv.ParseUint(string(mask[1]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return bits&0x10000 != 0
	}
	s.Until("keep")
	if ignored() {
		t.Error("SigIgn has the bit before")
	}
	zombie := outside.Named(s.Seen, "keep").Number("pid")
	s.Enter()
	s.Until("old")
	if !ignored() {
		t.Error("SigIgn does not have the bit after")
	}
	if stat := outside.PS(t, zombie, "stat"); stat != "" && !strings.HasPrefix(stat, "Z") {
		t.Errorf("the old zombie's state is %q", stat)
	}
	s.Enter() // the same children again
	if again := s.Until("never"); again.Number("zombies") != 0 || again.Number("listed") != 0 {
		t.Errorf("zombies although ignored: %v", again.Fields)
	}
	s.Enter() // exec
	s.Enter() // restore
	s.Until("restore")
	s.Finish()
	heir := s.Seen[slices.IndexFunc(s.Seen,
		func(e outside.Event) bool { return e.Name == "exec" })+1]
	if heir.Name != "on" || heir.Fields["comm"] != "cat" {
		t.Errorf("after exec: %v", heir)
	}
	restored := s.Seen[slices.IndexFunc(s.Seen,
		func(e outside.Event) bool { return e.Name == "restore" })+1]
	if restored.Name != "off" {
		t.Errorf("not restored: %v", restored)
	}
}

// The lanes have each of the zombies that the tree has, and none of the others.
func TestNoZombieIsMissing(t *testing.T) {
	t.Parallel()
	const count = 15
	all := outside.Start(t, "mtp", "signal-ignore", "--json", "--pace=0",
		fmt.Sprintf("--count=%d", count)).Finish()
	children, zombies := 0, 0
	for _, lane := range outside.LanesOf(t, all) {
		if lane.Name != "child" {
			continue
		}
		if last := lane.Spans[len(lane.Spans)-1]; last.State == "Z" && children < count {
			zombies++
		}
		children++
	}
	if children != 2*count || zombies != count {
		t.Errorf("%d zombies among the first %d of %d children", zombies, count, children)
	}
}

// At its default, SIGCHLD is neither ignored nor caught, whatever mtp has inherited.
func TestTheDefaultIsSeenInBothMasks(t *testing.T) {
	t.Parallel()
	all := outside.Start(t, "sh", "-c",
		`trap "" CHLD; exec mtp signal-ignore --json --pace=0`).Finish()
	off := outside.Named(all, "off")
	for _, mask := range []string{"ignored", "caught"} {
		text, _ := off.Fields[mask].(string)
		bits, err := strconv.ParseUint(text, 0, 64)
		if err != nil || bits&0x10000 != 0 {
			t.Errorf("%s: %q, %v", mask, text, err)
		}
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`wait: No child processes`,
		`ECHILD: all three are gone`)
}

func TestTwinsWhilePsLooks(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		s := outside.OnTerminal(t, command...)

		parent := outside.PID(outside.Shows(s, `--ppid (\d+)`))
		// one has ended
		if zombies, others := outside.Zombies(t, parent); zombies != 0 || others != 2 {
			t.Errorf("%d zombies and %d others, want 0 and 2", zombies, others)
		}
		s.Key("\n")
		outside.Ends(s, 0)
	})
}
