package commands

import (
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/terminal"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	all := append(names(Course()), "source", "list", "man", "completion", "version")
	for typed, want := range map[string]string{
		"zomby": "zombie", "zmobie": "zombie", "Zombie": "zombie",
		"frok": "fork", "signalignore": "signal-ignore", "custom": "custom-process",
		"exti": "exit", "zombification": "zombie", "list": "list", "lsit": "list",
		"s": "states signal-ignore source", "": "", "x": "", "42": "", "multiprocessing": "",
		"僵尸": "",
	} {
		if found := strings.Join(nearest(typed, all), " "); found != want {
			t.Errorf("%q: %q, want %q", typed, found, want)
		}
	}
}

// A flag, or what may be its value, is never broken at its hyphens.
func TestHelpDoesNotBreakFlags(t *testing.T) {
	t.Parallel()
	text := "Say --answers=7,y,Z or --method=double-fork - or signal-ignore, and --no-baseline."
	words := strings.Fields(text)
	for columns := 20; columns < 90; columns++ {
		var found []string
		for _, line := range terminal.Wrap(text, columns) {
			found = append(found, strings.Fields(line)...)
		}
		if !slices.Equal(found, words) {
			t.Errorf("in %d columns: %q", columns, found)
		}
	}
}
