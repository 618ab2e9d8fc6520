package customprocess_test

import (
	"os"
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
	for range 3 {
		s.Enter()
	}
	child := s.Until("step").Number("pid")
	s.Until("pickle")
	args := outside.PS(t, child, "args")
	if !strings.HasSuffix(args, "role custom-process interface --value=404") {
		t.Errorf("ps says %q", args)
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
		`Child \d+: value is 20\.`,
		`Parent \d+: value is 2\.`,
		`Through the pipe: 20\. Exit status: 0\.`)
}
