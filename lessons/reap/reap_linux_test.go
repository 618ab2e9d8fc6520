package reap_test

import (
	"fmt"
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
	var methods []string
	for _, row := range outside.Named(events, "table").Fields["rows"].([]any) {
		fields := row.(map[string]any)
		methods = append(methods, fmt.Sprintf("%v %v", fields["method"], fields["zombies"]))
	}
	// on a busy machine their parent is one, too, for a moment
	if len(methods) != 4 || methods[2] != "sigchld 5" && methods[2] != "sigchld 6" {
		t.Errorf("table: %v", methods)
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
