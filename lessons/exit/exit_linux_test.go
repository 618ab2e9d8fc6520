package exit_test

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

// strace sees how the children ended, the second copy of the buffer, and nothing written where the
// lesson says so.
func TestExitAsStraceSeesIt(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace", "sh")
	log := filepath.Join(t.TempDir(), "strace")
	events := outside.Start(t, "strace", "-ff", "-o", log, "-e", "trace=exit_group,write,execve",
		"mtp", "exit", "--json", "--pace=0").Finish()
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
	fields := outside.FieldsOf(events)
	for _, want := range []string{"arrived.bytes=19", "arrived.bytes=0", "copied.lines=2"} {
		if !slices.Contains(fields, want) {
			t.Errorf("the lesson does not say %s", want)
		}
	}
	var table []string
	for _, row := range outside.Named(events, "table").Fields["rows"].([]any) {
		cells := row.(map[string]any)
		table = append(table, fmt.Sprint(cells["word"], " ", cells["shell"], " ", cells["python"]))
	}
	want := []string{
		"0x0 0 0", "0x700 7 7", "0x9400 148 148", "0xff00 255 255", "0x100 1 1",
		"0x9 137 -9",
	}
	if !slices.Equal(table, want) {
		t.Errorf("the table is %q, want %q", table, want)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`_exit\(0\): status 0x0000, WEXITSTATUS 0\n`,
		`_exit\(7\): status 0x0700, WEXITSTATUS 7\n`,
		`_exit\(404\): status 0x9400, WEXITSTATUS 148\n`,
		`SIGKILL: status 0x0009, WIFSIGNALED 1, WTERMSIG 9\. A shell says 128\+9 = 137, Python -9\.`,
		`calls exit: \[buffered\]\[atexit handler\]\n`,
		`calls _exit: \n`,
		`\n(\[printed once, by \d+\]){2} \(and`)
}
