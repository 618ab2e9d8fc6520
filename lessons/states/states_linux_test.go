package states_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

// ps sees a process in each state, and says of it what the lesson says.
func TestStatesAsPsSeesThem(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "states", "--json", "--step", "--pace=0", "--hold=0")
	for range 5 { // the model, and the five steps that come before the letters
		s.Enter()
	}
	rows := s.Until("shares").Fields["rows"].([]any)
	if len(rows) != 3 {
		t.Errorf("%d children shared a processor, want 3", len(rows))
	}
	s.Enter()
	states := map[string]string{}
	for _, row := range s.Until("ps").Fields["rows"].([]any) {
		cells := row.(map[string]any)
		pid := int(cells["pid"].(float64))
		stat := outside.PS(t, pid, "stat")
		if !strings.HasPrefix(stat, fmt.Sprint(cells["state"])) {
			t.Errorf("%d: the lesson says %v, ps %s", pid, cells["state"], stat)
		}
		states[stat[:1]] = stat
	}
	if found := strings.Join(slices.Sorted(maps.Keys(states)), ""); found != "DRSTZ" {
		t.Errorf("ps found the states %s, want D, R, S, T and Z", found)
	}
	if !strings.Contains(states["R"], "N") {
		t.Errorf("the busy one is %s, want a low priority (N)", states["R"])
	}
	s.Finish()
}

// The children that share a processor may run on that one only, and have taken turns.
func TestStatesShareOneProcessor(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "states", "--json", "--share=1h")
	processor := s.Until("run").Number("processor")
	s.Until("sharing")
	outside.Eventually(t, fmt.Sprintf("three children on processor %d", processor), func() bool {
		pinned := 0
		for _, pid := range outside.ChildrenOf(t, s.MTP()) {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if strings.Contains(string(status), fmt.Sprintf("Cpus_allowed_list:\t%d\n",
				processor)) &&
				!strings.Contains(string(status), "nonvoluntary_ctxt_switches:\t0\n") {
				pinned++
			}
		}
		return pinned == 3
	})
	if err := s.Interrupt(); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.End(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`in R: (signal |exit code -)15\b`,
		`in Z: exit (status|code) 0\b`)
}

func TestTwinsWhilePsLooks(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		s := outside.OnTerminal(t, command...)

		for _, state := range []string{"R", "S", "D", "T", "Z"} {
			if state == "D" && command[0] == "python3" { // Python has no vfork
				continue
			}
			pid := outside.PID(outside.Shows(s, `PID (\d+): `+state))
			outside.Eventually(t, "state "+state, func() bool {
				return strings.HasPrefix(outside.PS(t, pid, "stat"), state)
			})
		}
		s.Key("\n")
		outside.Ends(s, 0)
	})
}
