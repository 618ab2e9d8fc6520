package commands_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// languages are both; below the race detector, to whose subject they do not matter, one of them.
func languages() []string {
	both := []string{"en", "zh"}
	if raceDetector {
		return []string{oneOf(both)}
	}
	return both
}

// oneOf is one of them, by chance.
func oneOf[T any](list []T) T { return list[rand.N(len(list))] }

// theSameInBothLanguages performs a lesson in each language.
func theSameInBothLanguages(
	t *testing.T, lesson []string,
	perform func(t *testing.T, lesson []string, language string) []outside.Event,
) {
	t.Helper()
	chinese := regexp.MustCompile(`\p{Han}`)
	shapes := map[string]map[string]string{}
	for _, language := range languages() {
		shapes[language] = map[string]string{}
		for _, e := range perform(t, lesson, language) {
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
}
