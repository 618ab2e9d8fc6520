package customprocess_test

import (
	"os"
	"os/exec"
	"path/filepath"
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

func TestCustomProcessInPsAndStrace(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	s := outside.Start(t, "mtp", "custom-process", "--json", "--step", "--value=404")
	for range 4 {
		s.Enter()
	}
	child := s.Until("step").Number("pid")
	cmdline := s.Until("cmdline")
	if args := outside.PS(t, child, "args"); args != cmdline.Fields["args"] ||
		!strings.HasSuffix(args, "role custom-process interface --value=404") {
		t.Errorf("ps says %q, the lesson %v", args, cmdline.Fields["args"])
	}
	values := []int{}
	for _, e := range s.Finish() {
		switch e.Name {
		case "step", "parent":
			values = append(values, e.Number("value"))
		case "pipe":
			values = append(values, e.Number("result"))
		case "code":
			values = append(values, e.Number("code"))
		}
	}
	if !slices.Equal(values, []int{404, 4040, 404, 4040, 4040 & 0xff}) {
		t.Errorf("the steps, the parent, the pipe and the exit code say %v", values)
	}
	log := filepath.Join(t.TempDir(), "strace")
	outside.Start(t, "strace", "-f", "-o", log, "-e", "trace=exit_group", "mtp", "custom-process",
		"--json", "--value=404").Finish()
	// strace may say the rest later
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text),
		"exit_group(4040") {
		t.Errorf("%v: nobody exits with 4040:\n%s", err, text)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	outside.TwinsSay(t, nil,
		`Child \d+: value is 400\.`,
		`Parent \d+: value is 40\.`,
		`Through the pipe: 400\. Exit status: 144\.`)
}

// Where SIGCHLD is ignored, the kernel keeps no status; the programs do not inherit that.
func TestTwinsWhereSIGCHLDIsIgnored(t *testing.T) {
	t.Parallel()
	outside.EachTwin(t, func(t *testing.T, command ...string) {
		ignoring := append([]string{"sh", "-c", `trap "" CHLD; exec "$@"`, "sh"}, command...)
		out, err := exec.Command("cage", ignoring...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Exit status: 144.") {
			t.Errorf("%v:\n%s", err, out)
		}
	})
}
