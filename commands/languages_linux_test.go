package commands_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// Programs read events by name and fields; the language must not matter to them.
func TestEventsAreTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, lesson := range [][]string{
		{"fork", "--children=2"},
		{"orphan", "--subreaper"},
		{"zombie", "--hold=0"},
		{"reap"},
		{"signal-ignore"},
		{"workers"},
		{"custom-process"},
		{"primes", "--limit=20000"},
		{"exit", "--answers=1,2,3"},
		{"states", "--hold=0", "--answers=1,s,d"},
	} {
		t.Run(lesson[0], func(t *testing.T) {
			t.Parallel()
			shapes := map[string][]string{}
			texts := map[string][]string{}
			for _, language := range []string{"en", "zh"} {
				command := append([]string{"mtp"}, lesson...)
				for _, e := range start(t, append(command, "--json", "--pace=0", "--lang="+language)...).finish() {
					if e.Name == "fork.finished" || e.Name == "states.suffix" {
						continue // by two processes, in any order; whatever processes there are just now
					}
					shapes[language] = append(shapes[language], fmt.Sprint(e.Lesson, e.Kind, e.Name, slices.Sorted(maps.Keys(e.Fields))))
					texts[language] = append(texts[language], e.Text)
				}
			}
			if !slices.Equal(shapes["en"], shapes["zh"]) {
				t.Errorf("events differ:\n%v\n%v", shapes["en"], shapes["zh"])
			}
			for i, text := range texts["zh"] {
				if !slices.ContainsFunc([]rune(text), func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }) && text != "" {
					t.Errorf("not Chinese: %q (English: %q)", text, texts["en"][i])
				}
			}
		})
	}
}
