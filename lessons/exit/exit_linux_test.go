package exit_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

// performed are the events of a lesson, which may take its time on a busy machine.
func performed(t *testing.T, command ...string) []outside.Event {
	t.Helper()
	s := outside.Start(t, command...)
	s.Until("summary")
	return s.Finish()
}

// strace sees how the children ended, the second copy of the buffer, and nothing written where the
// lesson says so.
func TestExitAsStraceSeesIt(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace", "sh")
	log := filepath.Join(t.TempDir(), "strace")
	mtp, err := exec.LookPath("mtp")
	if err != nil {
		t.Fatal(err)
	}
	// not where a python3 is a long script
	events := performed(t, "env", "PATH=/usr/bin:/bin", "strace", "-ff", "-o", log, "-e",
		"trace=exit_group,write,execve", mtp, "exit", "--json", "--pace=0")
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
		role := regexp.MustCompile(`"role", "exit", (.*?)\], `).FindStringSubmatch(text)
		if role != nil {
			logs[role[1]] = text
		}
		written += strings.Count(text, `write(1, "a line that was written once`)
	}
	for role, want := range map[string]string{
		`"end", "300"`:         "exit_group(300)",
		`"end", "-1"`:          "exit_group(-1)",
		`"end", "kill"`:        "+++ killed by SIGKILL +++",
		`"buffered", "return"`: `write(1, "a line in a buffer`,
		`"buffered", "exit"`:   "exit_group(0)",
	} {
		if !strings.Contains(logs[role], want) {
			t.Errorf("%s: no %s in:\n%s", role, want, logs[role])
		}
	}
	if strings.Contains(logs[`"buffered", "exit"`], "a line in a buffer") {
		t.Error("a child that calls _exit has flushed its buffer")
	}
	if written != 2 {
		t.Errorf("the line that was written once went out %d times, want 2", written)
	}
	var arrived, table []string
	for _, e := range events {
		if e.Name == "arrived" {
			arrived = append(arrived, fmt.Sprint(e.Fields["lines"]))
		}
	}
	if want := []string{"2", "1", "2"}; !slices.Equal(arrived, want) {
		t.Errorf("%v lines have arrived, want %v", arrived, want)
	}
	for _, row := range outside.Named(events, "table").Fields["rows"].([]any) {
		cells := row.(map[string]any)
		table = append(table,
			fmt.Sprint(cells["word"], " ", cells["how"], " ", cells["number"], " ", cells["shell"]))
	}
	want := []string{
		"0x0 exited 0 0", "0x700 exited 7 7", "0x2c00 exited 44 44", "0xff00 exited 255 255",
		"0x9 signaled 9 137",
	}
	if !slices.Equal(table, want) {
		t.Errorf("the table is %q, want %q", table, want)
	}
}

// What Python's two ways do was seen, not told; without a Python it is told.
func TestPythonIsRun(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "python3")
	// the system's own first: elsewhere python3 may be a long script that looks for one
	events := performed(t, "env", "PATH=/usr/bin:/bin:"+os.Getenv("PATH"), "mtp", "exit", "--json",
		"--pace=0")
	var rows []string
	for _, row := range outside.Named(events, "pythons").Fields["rows"].([]any) {
		cells := row.(map[string]any)
		rows = append(rows, fmt.Sprintf("%v: %v %v %v",
			cells["call"], cells["stdout"], cells["stderr"], cells["status"]))
	}
	want := []string{`sys.exit("text"): finally text 1`, "os._exit(7):   7"}
	if !slices.Equal(rows, want) {
		t.Errorf("got %q, want %q", rows, want)
	}
	if outside.Named(events, "raised").Name == "" {
		t.Error("nothing is concluded from it")
	}
}

func TestWithoutPython(t *testing.T) {
	t.Parallel()
	mtp, err := exec.LookPath("mtp")
	if err != nil {
		t.Fatal(err)
	}
	events := performed(t, "env", "-i", mtp, "exit", "--json", "--pace=0")
	if outside.Named(events, "nopython").Name == "" || outside.Named(events, "pythons").Name != "" {
		t.Error("it does not say that there is no Python")
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`_exit\(0\): status 0x0000, WEXITSTATUS 0\n`,
		`_exit\(7\): status 0x0700, WEXITSTATUS 7\n`,
		`_exit\(300\): status 0x2c00, WEXITSTATUS 44\n`,
		`SIGKILL: status 0x0009, WIFSIGNALED 1, WTERMSIG 9\. A shell says 128\+9 = 137, Python -9\.`,
		`calls exit: \[buffered\]\[atexit handler\]\n`,
		`calls _exit: \n`,
		`\n(\[printed once, by \d+\]){2} \(and`)
}
