package commands_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// Programs read events by name and fields: the language must not matter to them, and every sentence
// is in it.
func TestEventsAreTheSameInBothLanguages(t *testing.T) {
	t.Parallel()
	chinese := regexp.MustCompile(`\p{Han}`)
	for _, lesson := range variants() {
		t.Run(strings.Join(lesson, " "), func(t *testing.T) {
			t.Parallel()
			shapes := map[string]map[string]string{}
			for _, language := range []string{"en", "zh"} {
				shapes[language] = map[string]string{}
				command := append([]string{"mtp", "--json", "--pace=0", "--lang=" + language},
					lesson...)
				command = append(command, "--answers="+answers(t, lesson))
				for _, e := range outside.Start(t, command...).Finish() {
					fields := slices.Sorted(maps.Keys(e.Fields))
					shapes[language][e.Name] = fmt.Sprint(e.Lesson, e.Kind, fields)
					if strings.Contains(e.Text, "{") {
						t.Errorf("a hole that was not filled: %q", e.Text)
					}
					if language == "zh" && e.Text != "" && !chinese.MatchString(e.Text) {
						t.Errorf("%s is not Chinese: %q", e.Name, e.Text)
					}
				}
			}
			for name, shape := range shapes["en"] {
				// some depend on the moment
				if other, ok := shapes["zh"][name]; ok && other != shape {
					t.Errorf("%s is %s in English, and %s in Chinese", name, shape, other)
				}
			}
		})
	}
}
