package commands

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"
)

// eachLesson runs a test with each lesson of the course.
func eachLesson(t *testing.T, test func(t *testing.T, l stage.Lesson)) {
	t.Helper()
	for _, l := range Course() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			test(t, l)
		})
	}
}

// A record says all that there is to say of a lesson, in both languages.
func TestRecordsAreComplete(t *testing.T) {
	t.Parallel()
	eachLesson(t, func(t *testing.T, l stage.Lesson) {
		for what, missing := range map[string]bool{
			"help":              l.Help == "",
			"example":           !strings.HasPrefix(l.Example, "mtp "+l.Name),
			"gist":              l.Gist == "",
			"gist in Chinese":   l.Chinese["gist"] == "",
			"options":           l.Options == nil,
			"flags in the tour": l.Tour == nil && l.Invite == nil,
			"story":             len(l.Story) == 0,
			"taught":            len(l.Taught) == 0,
			"variants":          len(l.Variants) == 0 && l.Invite == nil,
		} {
			if missing {
				t.Errorf("the record lacks: %s", what)
			}
		}
		for question := range l.Rules {
			for _, name := range []string{"ask." + question, "rule." + question} {
				if l.Chinese[name] == "" {
					t.Errorf("no Chinese for %s", name)
				}
			}
		}
		for name := range l.Chinese {
			question, is := strings.CutPrefix(name, "rule.")
			if is && l.Rules[question] == "" {
				t.Errorf("%s is left over: there is no such rule", name)
			}
		}
		for _, readme := range []string{"README.md", "README.zh.md"} {
			text, err := os.ReadFile("../" + readme)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "| `mtp "+l.Name) {
				t.Errorf("%s has no row for it", readme)
			}
		}
	})
}

// A lesson's own names do not hide what the kit says.
func TestLessonsHideNothingOfTheKit(t *testing.T) {
	t.Parallel()
	kit := stage.Voice(stage.Lesson{}, event.Chinese).Chinese
	eachLesson(t, func(t *testing.T, l stage.Lesson) {
		for _, sentences := range kit {
			for name := range sentences {
				if l.Chinese[name] != "" {
					t.Errorf("%s is a name of the kit", name)
				}
			}
		}
	})
}

// The story has the act that is taught in it, and no file of the lesson is missing.
func TestStoriesHaveTheTaughtAct(t *testing.T) {
	t.Parallel()
	eachLesson(t, func(t *testing.T, l stage.Lesson) {
		var story strings.Builder
		for _, file := range l.Story {
			text, err := l.Source.ReadFile(file)
			if err != nil {
				t.Error(err)
			}
			story.Write(text)
		}
		for _, act := range l.Taught {
			if !strings.Contains(story.String(), act) {
				t.Errorf("the story lacks %s", act)
			}
		}
		onDisk, err := fs.Glob(os.DirFS("../"+folder(l)), "*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range onDisk {
			_, err := fs.Stat(l.Source, file)
			inBinary := err == nil
			wanted := !strings.HasSuffix(file, "_test.go") && file != "zh.go" && file != "lesson.go"
			if inBinary != wanted {
				t.Errorf("go:embed in lesson.go: %s is named %v, want %v", file, inBinary, wanted)
			}
		}
	})
}

// Each lesson's act in C and in Python is a page that says what it shows, and how to run it.
func TestTwinsAreAPageEach(t *testing.T) {
	t.Parallel()
	eachLesson(t, func(t *testing.T, l stage.Lesson) {
		heads := map[string]string{
			".c": "// " + l.Name + ": (?s:.*)\n" +
				"// cc .*" + l.Name + ".c -o " + l.Name + " && ./" + l.Name,
			".py": "# " + l.Name + ": (?s:.*)\n# python3 " + l.Name + ".py",
		}
		for ending, head := range heads {
			file := path.Join("c-and-python", l.Name+ending)
			source, err := l.Source.ReadFile(file)
			if err != nil {
				t.Error(err)
				continue
			}
			page := 60
			if l.Name == "chat" {
				page = 80
			}
			lines := strings.SplitAfter(string(source), "\n")
			if !regexp.MustCompile("^" + head).MatchString(strings.Join(lines[:3], "")) {
				t.Errorf("%s does not begin with what it shows, and how to run it:\n%s", file, head)
			}
			wide := slices.IndexFunc(lines, func(line string) bool {
				return utf8.RuneCountInString(line) > 101
			})
			if wide >= 0 || len(lines) > page+1 {
				t.Errorf("%s is no page: %d lines, too wide at %d", file, len(lines)-1, wide+1)
			}
		}
	})
}

// A row of the READMEs is a lesson's, or is left over.
func TestNoRowIsLeftOver(t *testing.T) {
	t.Parallel()
	for _, readme := range []string{"../README.md", "../README.zh.md"} {
		text, err := os.ReadFile(readme)
		if err != nil {
			t.Fatal(err)
		}
		rows := regexp.MustCompile("(?m)^\\| `mtp ([a-z-]+)")
		for _, row := range rows.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(names(append(Course(), Tools()...)), row[1]) {
				t.Errorf("%s has a row for %s, which is no lesson", readme, row[1])
			}
		}
	}
}
