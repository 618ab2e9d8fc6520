package check

import (
	"cmp"
	"fmt"
	"unicode/utf8"

	"mtp/lessons/kit/backtrace"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/requirement"
)

// tell tells the verdict in the format that was asked for.
func (c *checker) tell() {
	switch c.Format {
	case "json":
		c.printJSON(c.asCheck50())
	case "junit":
		c.printJUnit()
	case "classroom50":
		c.printJSON(c.asClassroom50())
	case "gradescope":
		c.printJSON(c.asGradescope())
	default:
		c.tellText()
	}
}

// enough is how many characters people get at most: who gets more reads nothing.
const enough = 2000

// tellText tells the verdict first, then what is not met, and then the rest.
func (c *checker) tellText() {
	met, all := c.count(requirement.Met), len(c.results)
	fields := []any{"lesson", c.Lesson, "met", met, "all", all, "runs", c.runs}
	if met == all {
		c.TitleAs("verdict.met",
			"check {lesson}: all is met, {met} of {all}. Runs: {runs}.",
			fields...)
	} else {
		c.TitleAs("verdict",
			"check {lesson}: {met} of {all} requirements met. Runs: {runs}.",
			fields...)
	}
	left := enough - 100
	for _, r := range c.results {
		if r.Outcome == requirement.NotMet {
			left -= c.tellUnmet(r, left)
		}
	}
	if c.said != "" && met < all {
		c.Say("said", "The program's last line of errors: {line}", "line", c.said)
		left -= utf8.RuneCountInString(c.said) + 40
	}
	for _, r := range c.results {
		if r.Outcome == requirement.NotJudged {
			c.Say("unjudged",
				"? {id}: {asks} Not judged: {why}",
				"id", r.ID, "asks", c.word(r.Asks), "why", c.why(r))
			left -= utf8.RuneCountInString(c.text(r.Asks)) + 60
		}
	}
	for _, r := range c.results {
		if r.Outcome != requirement.Met {
			continue
		}
		asks, seen := c.word(r.Asks), c.word(r.Seen)
		length := utf8.RuneCountInString(seen.Text) + 60
		if left -= length; left < 0 {
			c.Say("met.short", "✓ {id}", "id", r.ID)
			continue
		}
		c.See("met", c.source(r), "✓ {id}: {seen}", "id", r.ID, "asks", asks, "seen", seen)
	}
}

// tellUnmet says what was asked, what the kernel has shown, and what to do. It returns about how
// many characters that took.
func (c *checker) tellUnmet(r requirement.Result, left int) int {
	asks, seen, hint := c.word(r.Asks), c.word(r.Seen), c.word(r.Hint)
	c.Warn("unmet", "✗ {id}: {asks}", "id", r.ID, "asks", asks, "times", r.Times, "runs", r.Runs)
	if r.Times < r.Runs {
		c.See("unmet.sometimes", c.source(r), "In {times} of {runs} runs: {seen}", "id", r.ID,
			"seen", seen, "times", r.Times, "runs", r.Runs)
	} else {
		c.See("unmet.seen", c.source(r), "{seen}", "id", r.ID, "seen", seen)
	}
	length := utf8.RuneCountInString(asks.Text+seen.Text) + 60
	if more := utf8.RuneCountInString(hint.Text); length+more < left {
		c.Say("hint", "{hint}", "id", r.ID, "hint", hint)
		length += more
	}
	return length
}

// why is why a requirement is not judged.
func (c *checker) why(r requirement.Result) string {
	if r.Lacks == "" {
		return c.text(r.Seen)
	}
	return c.Narrator().Text("lacks", "it needs {id}.", "id", r.Lacks)
}

// source is where it was seen: if in no single fact, then by ptrace.
func (c *checker) source(r requirement.Result) kernel.Source {
	return cmp.Or(r.From, kernel.Source("ptrace"))
}

// place is a line of the source, in parentheses; "" if none is known.
func (c *checker) place(of fmt.Stringer) string {
	stack, is := of.(backtrace.Stack)
	if !is || len(stack) == 0 || stack[0].Line == 0 {
		return ""
	}
	return c.Line(stack[:1]).Text
}
