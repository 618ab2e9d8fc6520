package stage

import (
	"embed"
	"slices"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/requirement"
)

// Lesson describes a lesson: all that the rest of mtp needs to know of it.
type Lesson struct {
	Name    string // as it is typed
	Help    string // one sentence
	Example string // a command line
	Gist    string // what to remember of it

	// Options points to a struct whose fields are its flags, with kong's tags. It is an Act, or has
	// commands that are.
	Options any
	Rules   map[string]string // what answers its questions in general, by the question's name
	Roles   process.Roles
	Chinese event.Sentences

	Tour   []string            // its flags in the tour
	Invite func(*Stage)        // in the tour, of a lesson that needs more terminals; else nil
	Shows  map[string][]string // which of its events answer the interview's questions

	// Variants are flags that make it perform in each of its ways, in a short time. Tests hold each
	// variant against what holds for all lessons.
	Variants []string

	// Checks are what is asked of the reader's own program that does the same.
	Checks []requirement.Check

	Source embed.FS // its Go files, and the same act in C and in Python in c-and-python
	Story  []string // those of its Go files that tell the story, in reading order
	Taught []string // what stands in the story for the act that is taught, such as "Wait4("
}

// Act is a lesson's options, or those of one of its commands, with what they make mtp do.
type Act interface{ Run(*Stage) }

// Questioner is options that ask for predictions: in which forms, in the order in which a run with
// them asks.
type Questioner interface{ Questions() []quiz.Form }

// Host is options of what runs the reader's program on mtp's terminal. The standard output is the
// program's.
type Host interface {
	ToldIn() string // the file that is told in; "" is the standard error
}

// NeedsUnix is the options of a lesson on a system that has no such acts.
type NeedsUnix struct {
	Arguments []string `arg:"" optional:"" passthrough:"" help:"As on Unix."`
}

// Run says what Windows has instead.
func (NeedsUnix) Run(s *Stage) {
	s.Unsupported("windows",
		"Windows has no fork, no zombies, no SIGCHLD, and lists no states: a process is known by handles, and its exit code stays for as long as one is open; jobs end processes together. Run this lesson in WSL (wsl.exe)")
}

// FindLesson returns the mistake of a name that is none of these lessons' names.
func FindLesson(name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	return event.Mistake("lesson.none",
		`there is no lesson "{lesson}"; mtp list lists them`, "lesson", name)
}
