// Package check tells whether the reader's own program does what a lesson asks. The program is
// traced, as by mtp watch, and the verdict follows from what the kernel tells of its processes:
// never from what it prints, so it is the same for every language, and can't be had by printing.
//
// What is required of a program stands beside each lesson, in its check.go.
package check

import (
	"slices"
	"strings"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/stage"
)

// Options are the tool's flags.
type Options struct {
	Lesson  string        `arg:"" help:"Which lesson's."`
	Program []string      `arg:"" optional:"" passthrough:"" help:"The program, and its arguments."`
	List    bool          `help:"List what is required, and run nothing."`
	Only    string        `help:"Judge one requirement only." placeholder:"ID"`
	Runs    int           `help:"How often to run the program. From the second run on, forks and exits are held up for a moment, each time for another one: that shows races." default:"3" placeholder:"N"`
	Timeout time.Duration `help:"How long all runs may take together." default:"10s" placeholder:"DURATION"`
	Stdin   string        `help:"What the program is to read, instead of an Enter now and then." type:"existingfile" placeholder:"FILE"`
	Format  string        `help:"How to tell it: text, json (as check50 does), junit, classroom50 or gradescope." enum:"text,json,junit,classroom50,gradescope" default:"text" placeholder:"FORMAT"`
	Method  string        `help:"For reap: how children are to be reaped: any, wait, nohang, sigchld or double-fork." placeholder:"METHOD"`
	Procs   int           `help:"For workers and primes: how many processes." placeholder:"N"`
	Limit   int           `help:"For primes: up to which number." placeholder:"N"`
	Port    int           `help:"For chat-server and chat-client: the UDP port." placeholder:"PORT"`

	checks []found
}

// found is a check, and whose.
type found struct {
	requirement.Check
	lesson stage.Lesson
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Lesson == "" {
		return nil // kong says so
	}
	var names []string
	for _, c := range o.checks {
		names = append(names, c.Name)
	}
	if !slices.Contains(names, o.Lesson) {
		return event.Mistake("mistake.lesson",
			"there is no check of {lesson}; there are these: {names}",
			"lesson", o.Lesson, "names", strings.Join(names, " "))
	}
	c := o.check()
	for _, given := range []struct {
		flag string
		is   bool
	}{
		{"method", o.Method != ""},
		{"procs", o.Procs != 0},
		{"limit", o.Limit != 0},
		{"port", o.Port != 0},
	} {
		if given.is && !slices.Contains(c.Flags, given.flag) {
			return event.Mistake("mistake.flag",
				"--{flag} does not go with {lesson}",
				"flag", given.flag, "lesson", o.Lesson)
		}
	}
	ids := idsOf(c.Requirements(o.wants()))
	switch {
	case o.Method != "" && !slices.Contains(c.Methods, o.Method):
		return event.Mistake("mistake.method",
			"--method is one of these: {names}",
			"names", strings.Join(c.Methods, " "))
	case o.Only != "" && !slices.Contains(ids, o.Only):
		return event.Mistake("mistake.only", "{lesson} requires no {id}, but these: {names}",
			"lesson", o.Lesson, "id", o.Only, "names", strings.Join(ids, " "))
	case o.Runs < 1 || o.Runs > 100:
		return event.Mistake("mistake.runs", "--runs must be from 1 to 100")
	case o.Timeout < 100*time.Millisecond || o.Timeout > time.Hour:
		return event.Mistake("mistake.timeout", "--timeout must be from 100ms to 1h")
	case o.Procs < 0 || o.Procs > 1000 || o.Limit < 0 || o.Limit > 10_000_000,
		o.Port < 0 || o.Port > 65535:
		return event.Mistake("mistake.range", "--procs, --limit or --port is out of its range")
	case len(o.program()) == 0 && !o.List:
		return event.Mistake("mistake.program",
			"name your program behind two dashes: mtp check {lesson} -- ./mine",
			"lesson", o.Lesson)
	}
	return nil
}

func idsOf(requirements []requirement.Requirement) (ids []string) {
	for _, r := range requirements {
		ids = append(ids, r.ID)
	}
	return ids
}

func (o Options) check() found {
	return o.checks[slices.IndexFunc(o.checks, func(c found) bool { return c.Name == o.Lesson })]
}

// wants are the check's defaults, with what was given in their place.
func (o Options) wants() requirement.Wants {
	c := o.check()
	w := c.Wants
	if len(c.Methods) > 0 {
		w.Method = c.Methods[0]
	}
	if o.Method != "" {
		w.Method = o.Method
	}
	for _, given := range []struct {
		from int
		to   *int
	}{{o.Procs, &w.Procs}, {o.Limit, &w.Limit}, {o.Port, &w.Port}} {
		if given.from != 0 {
			*given.to = given.from
		}
	}
	return w
}

// program is the program with its arguments, without the two dashes that may stand before it.
func (o Options) program() []string {
	if len(o.Program) > 0 && o.Program[0] == "--" {
		return o.Program[1:]
	}
	return o.Program
}
