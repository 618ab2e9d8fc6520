package commands_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"mtp/commands"
	"mtp/lessons/kit/outside"
)

// `mtp` alone is one screen, with a line left for the prompt that comes after it, on a terminal of
// 80 × 24 and a narrower one.
func TestFirstScreenIsOneScreen(t *testing.T) {
	t.Parallel()
	const rows = 24
	escape := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, language := range []string{"en", "zh"} {
		for _, columns := range []int{80, 60} {
			t.Run(fmt.Sprint(language, columns), func(t *testing.T) {
				t.Parallel()
				outside.Needs(t, "stty")
				s := outside.OnTerminal(t, "env", "MTP_LANG="+language, "sh", "-c",
					fmt.Sprintf("stty cols %d && mtp", columns))
				code := s.End()
				screen := escape.ReplaceAllString(strings.ReplaceAll(s.Screen(), "\r", ""), "")
				lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
				if code != 0 || len(lines) > rows-1 {
					t.Errorf("exit code %d, %d lines", code, len(lines))
				}
				for _, line := range lines {
					if displaywidth.String(line) > columns {
						t.Errorf("wider than %d columns: %s", columns, line)
					}
				}
				for _, l := range commands.Course() {
					row := regexp.MustCompile(`(?m)^  ` + l.Name + ` +[^ …]+[^…]*$`)
					if !row.MatchString(screen) {
						t.Errorf("%s is not there, or broken off", l.Name)
					}
				}
				for _, tool := range []string{"mtp tour", "list", "source", "man", "--help"} {
					if !strings.Contains(screen, tool) {
						t.Errorf("%s is not there", tool)
					}
				}
				if t.Failed() {
					t.Log(screen)
				}
			})
		}
	}
}
