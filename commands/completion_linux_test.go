package commands_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// In each shell, on a terminal, Tab completes a lesson, a flag and a flag's value.
func TestShellsComplete(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		shell string
		start []string
		setUp string
	}{
		{"bash", []string{"bash", "--norc", "--noprofile", "-i"}, "PS1=; source "},
		{"zsh", []string{"zsh", "-f", "-i"}, "PS1=; autoload -U compinit; compinit -u -D; source "},
		{"fish", []string{"fish", "--no-config", "-i"}, "function fish_prompt; end; source "},
	} {
		t.Run(test.shell, func(t *testing.T) {
			t.Parallel()
			outside.Needs(t, test.shell)
			script, err := exec.Command("mtp", "completion", test.shell, "--lang=en").Output()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "mtp."+test.shell)
			if err := os.WriteFile(file, script, 0o600); err != nil {
				t.Fatal(err)
			}
			s := outside.OnTerminal(t, append([]string{"env", "HOME=" + t.TempDir()},
				test.start...)...)
			s.Key(test.setUp + file + "; echo set'' up\r")
			s.Await("set up")
			for _, line := range []struct{ typed, whole string }{
				{"zomb", "zombie"}, {"signal-ignore --cou", "--count"}, {
					"reap --method=do",
					"double-fork",
				}, {"chat ser", "serve"},
			} {
				s.Key("\x15mtp " + line.typed + "\t")
				outside.Eventually(t, line.whole, func() bool {
					_, after, typed := strings.Cut(s.Screen(), line.typed)
					return typed && strings.Contains(line.typed+after, line.whole)
				})
			}
			s.Key("\x15exit\r")
			if code := s.End(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, s.Screen())
			}
		})
	}
}
