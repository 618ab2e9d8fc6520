package check

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/stage"
)

// Exit codes, beside mtp's own.
const (
	allMet = 0
	notAll = 1
)

// Run runs the program, judges it, and says so.
func (o Options) Run(s *stage.Stage) {
	c := &checker{Options: o, Stage: s, found: o.check(), begun: time.Now()}
	c.wanted = o.wants()
	c.asked = c.Requirements(c.wanted)
	if o.List {
		c.list()
		return
	}
	s.Room(3 * stage.Threads) // the tracer's, and those of what becomes the program
	if fault := c.startable(); fault != "" {
		c.refuse(fault)
	} else {
		c.judge()
	}
	c.tell()
	if c.code() != allMet && o.Format != "classroom50" { // where a grade is no failure
		s.Exit(c.code())
	}
}

// checker is a check under way.
type checker struct {
	Options
	*stage.Stage
	found

	wanted  requirement.Wants
	asked   []requirement.Requirement
	begun   time.Time
	results []requirement.Result // of those that were asked for
	runs    int                  // those that were judged
	said    string               // the last line on its standard error, if it went wrong
}

// startable is why the program can't be started; "" if it can.
func (c *checker) startable() string {
	program := c.program()[0]
	switch _, err := exec.LookPath(program); {
	case err == nil, errors.Is(err, exec.ErrDot):
		return ""
	case errors.Is(err, exec.ErrNotFound):
		return c.Narrator().Text("notfound",
			"There is no program {program}. One in this directory is named ./{program}.",
			"program", program)
	default:
		return c.Narrator().Text("notrunnable",
			"{program} can't be executed (chmod +x makes a file executable; a program in Python is run by mtp check {lesson} -- python3 {program}).",
			"program", program, "lesson", c.Lesson)
	}
}

// refuse judges a program that does not run: nothing is met.
func (c *checker) refuse(fault string) {
	if c.Format == "text" {
		c.Warn("unstarted", "{fault}", "fault", fault)
		c.Exit(usage)
	}
	why := requirement.No("", fault)
	for _, r := range c.asked {
		if c.Only == "" || c.Only == r.ID {
			result := requirement.Result{Requirement: r, Finding: why, Runs: 1, Times: 1}
			c.results = append(c.results, result)
		}
	}
}

// usage is the exit code of a wrong command line.
const usage = 2

// judge runs the program again and again, and judges it. The first run is for the lines of the
// source, whose look-up takes time: it is judged itself only if there is no time for others.
func (c *checker) judge() {
	deadline := c.begun.Add(c.Timeout)
	first := c.perform(0, deadline)
	runs := []*requirement.Run{first}
	if c.Runs > 1 && !first.Cut {
		runs = nil
		took := time.Since(c.begun)
		for n := 1; n <= c.Runs && (n == 1 || time.Now().Add(took*5/4).Before(deadline)); n++ {
			began := time.Now()
			runs = append(runs, c.perform(n, deadline))
			took = time.Since(began)
			if runs[n-1].Cut && n > 1 { // the time was up, which is not its fault
				runs = runs[:n-1]
				break
			}
		}
	}
	results := requirement.Judge(c.asked, runs)
	requirement.Locate(results, first)
	c.results = slices.DeleteFunc(results, func(r requirement.Result) bool {
		return c.Only != "" && r.ID != c.Only
	})
	c.runs = len(runs)
}

// count is how many requirements came to an outcome.
func (c *checker) count(outcome requirement.Outcome) (count int) {
	for _, r := range c.results {
		if r.Outcome == outcome {
			count++
		}
	}
	return count
}

// code is the exit code.
func (c *checker) code() int {
	if c.count(requirement.Met) == len(c.results) {
		return allMet
	}
	return notAll
}

// voice speaks for the lesson whose requirements they are.
func (c *checker) voice() event.Voice {
	v := c.VoiceOf(c.lesson)
	v.Chinese = append([]event.Sentences{c.Chinese}, v.Chinese...)
	v.Chinese = append(v.Chinese, requirement.Chinese)
	return v
}

// text is a sentence of the lesson's in the reader's language.
func (c *checker) text(s requirement.Sentence) string {
	fields := slices.Clone(s.Fields)
	for i := 1; i < len(fields); i += 2 {
		if place, is := fields[i].(fmt.Stringer); is && fields[i-1] == "line" {
			fields[i] = c.place(place)
		}
	}
	return c.voice().Text(s.Name, s.Text, fields...)
}

// list lists what is required.
func (c *checker) list() {
	if c.Format != "text" {
		c.listTests()
		return
	}
	c.TitleAs("list", "check {lesson}: {task}", "lesson", c.Lesson, "task", c.text(c.Task))
	for _, r := range c.asked {
		if c.Only == "" || c.Only == r.ID {
			c.Say("required", "{id}: {asks}", "id", r.ID, "asks", c.word(r.Asks), "needs", r.Needs)
		}
	}
}

// word is a sentence of the lesson's as a field.
func (c *checker) word(s requirement.Sentence) event.Word {
	return event.Word{Key: s.Name, Text: c.text(s)}
}

// print prints what is for programs.
func (c *checker) print(text string) {
	_, err := io.WriteString(c.Terminal().Out, text)
	c.Mustf(err, "write the result")
}
