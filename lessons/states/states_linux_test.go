package states_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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
	processor := s.Until("pinned").Fields["processors"]
	s.Until("sharing")
	outside.Eventually(t, fmt.Sprint("three children on processor ", processor), func() bool {
		pinned := 0
		for _, pid := range outside.ChildrenOf(t, s.MTP()) {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if strings.Contains(string(status), fmt.Sprintf("Cpus_allowed_list:\t%s\n",
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

// What the lesson says of the PCB is what /proc says to others: the child is asleep meanwhile.
func TestStatesPCB(t *testing.T) {
	t.Parallel()
	s := outside.Start(t, "mtp", "states", "--json", "--step", "--pace=0", "--hold=0")
	for range 9 { // the model, and the nine steps that come before the PCB
		s.Enter()
	}
	pid := s.Until("fields").Number("pid")
	values := pcb(s.Until("table"))
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	if values["field.files"] != float64(len(files)) {
		t.Errorf("the lesson says %v open files, /proc %d", values["field.files"], len(files))
	}
	if nice := outside.PS(t, pid, "nice"); nice != fmt.Sprint(values["field.nice"]) {
		t.Errorf("the lesson says niceness %v, ps %s", values["field.nice"], nice)
	}
	sum := 0.0 // of all its threads
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			t.Fatal(err)
		}
		running, err := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += running
	}
	said := values["field.cpu"].(float64)
	if said > sum || said < 0.5*sum { // Go's runtime wakes up now and then
		t.Errorf("the lesson says %v ns of CPU time, /proc %v", said, sum)
	}
	s.Finish()
}

// pcb are the values in the table of the PCB.
func pcb(table outside.Event) map[any]any {
	values := map[any]any{}
	for _, row := range table.Fields["rows"].([]any) {
		cells := row.(map[string]any)
		if values[cells["what"]] = cells["value"]; cells["value"] == nil {
			values[cells["what"]] = cells["value_ns"]
		}
	}
	return values
}

// Below strace a stopped child is in state t: it says so, and goes on.
func TestStatesBelowStrace(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	s := outside.Start(t, "strace", "-f", "--seccomp-bpf", "-e", "trace=kill", "-o",
		filepath.Join(t.TempDir(), "log"), "mtp", "states", "--json", "--pace=0", "--hold=0")
	if state := s.Until("traced").Fields["state"]; state != "t" {
		t.Errorf("the stopped child is in state %v, want t", state)
	}
	s.Until("summary")
	s.Finish()
}

// Who may not read a part of the PCB is told so, not 0.
func TestStatesUnreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	outside.Needs(t, "setpriv")
	const uid = 61004
	mtp := outside.OrdinaryMTP(t)
	if err := os.Chmod(mtp, 0o111); err != nil {
		t.Fatal(err)
	}
	s := outside.Start(t, "setpriv", fmt.Sprint("--reuid=", uid), "--clear-groups", mtp,
		"states", "--json", "--pace=0", "--hold=0")
	values := pcb(s.Until("table"))
	s.Until("summary")
	s.Finish()
	for _, what := range []string{"field.maps", "field.files", "field.counter"} {
		if values[what] != "forbidden" {
			t.Errorf("%s is %v, want forbidden", what, values[what])
		}
	}
	if cpu, _ := values["field.cpu"].(float64); cpu <= 0 {
		t.Errorf("the CPU time is %v", values["field.cpu"])
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`in R: (signal |exit code -)9\b`,
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
