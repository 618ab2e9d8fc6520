package commands_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ps sees a process in each state, and says of it what the lesson says.
func TestStatesAsPsSeesThem(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "states", "--json", "--step", "--pace=0", "--hold=0")
	for range 5 { // the model, and the five steps that come before the letters
		s.enter()
	}
	rows := s.until("states.shares").Fields["rows"].([]any)
	if len(rows) != 3 {
		t.Errorf("%d children shared a processor, want 3", len(rows))
	}
	s.enter()
	states := map[string]string{}
	for _, row := range s.until("states.ps").Fields["rows"].([]any) {
		cells := row.(map[string]any)
		pid := int(cells["pid"].(float64))
		stat := ps(t, pid, "stat")
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
	s.finish()
}

// The children that share a processor may run on that one only, and have taken turns.
func TestStatesShareOneProcessor(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "states", "--json", "--share=1h")
	processor := s.until("states.run").number("processor")
	s.until("states.sharing")
	eventually(t, fmt.Sprintf("three children on processor %d", processor), func() bool {
		pinned := 0
		for _, pid := range childrenOf(t, s.mtp()) {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if strings.Contains(string(status), fmt.Sprintf("Cpus_allowed_list:\t%d\n", processor)) && !strings.Contains(string(status), "nonvoluntary_ctxt_switches:\t0\n") {
				pinned++
			}
		}
		return pinned == 3
	})
	if err := s.interrupt(); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.end(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

// strace sees how the children ended, the second copy of the buffer, and nothing written where the lesson says so.
func TestExitAsStraceSeesIt(t *testing.T) {
	t.Parallel()
	needs(t, "strace", "sh")
	log := filepath.Join(t.TempDir(), "strace")
	events := start(t, "strace", "-ff", "-o", log, "-e", "trace=exit_group,write,execve", "mtp", "exit", "--json", "--pace=0").finish()
	logs := map[string]string{} // of each process, by the role that it played
	written := 0
	files, err := filepath.Glob(log + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		log, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(log)
		if role := regexp.MustCompile(`"role", "exit", (.*?)\], `).FindStringSubmatch(text); role != nil {
			logs[role[1]] = text
		}
		written += strings.Count(text, `write(1, "a line that was written once`)
	}
	for role, want := range map[string]string{
		`"end", "404"`:         "exit_group(404)",
		`"end", "-1"`:          "exit_group(-1)",
		`"end", "kill"`:        "+++ killed by SIGKILL +++",
		`"buffered", "return"`: `write(1, "a line in a buffer`,
		`"buffered", "exit"`:   "exit_group(0)",
	} {
		if !strings.Contains(logs[role], want) {
			t.Errorf("%s: no %s in:\n%s", role, want, logs[role])
		}
	}
	if strings.Contains(logs[`"buffered", "exit"`], "write(1") {
		t.Error("who calls _exit has written its buffer out")
	}
	if written != 2 {
		t.Errorf("the line that was written once went out %d times, want 2", written)
	}
	fields := fieldsOf(events)
	for _, want := range []string{"exit.arrived.bytes=19", "exit.arrived.bytes=0", "exit.copied.lines=2"} {
		if !slices.Contains(fields, want) {
			t.Errorf("the lesson does not say %s", want)
		}
	}
	var table []string
	for _, row := range eventNamed(events, "exit.table").Fields["rows"].([]any) {
		cells := row.(map[string]any)
		table = append(table, fmt.Sprint(cells["word"], " ", cells["shell"], " ", cells["python"]))
	}
	if want := []string{"0x0 0 0", "0x700 7 7", "0x9400 148 148", "0xff00 255 255", "0x100 1 1", "0x9 137 -9"}; !slices.Equal(table, want) {
		t.Errorf("the table is %q, want %q", table, want)
	}
}
