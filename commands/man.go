package commands

import (
	"cmp"
	_ "embed" // for events
	"fmt"
	"strings"

	"mtp/lessons/kit/event"
)

// manCommand prints the manual page.
type manCommand struct{}

// Run prints the page for man(1), in the reader's language, made from the same grammar that parses.
func (manCommand) Run(c command) error {
	commands, err := c.typed()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.Out, c.man(commands))
	return err
}

// man is the manual page in roff; see man(7).
func (c command) man(commands []typed) string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	section := func(title string) { line(".SH %s", roff(title)) }
	flags := func(list []typedFlag) {
		for _, flag := range list {
			line(".TP")
			value := ""
			if flag.takesValue {
				value = ` \fI` + roff(flag.placeholder) + `\fR`
			}
			line(`\fB%s\fR%s`, roff("--"+flag.name), value)
			help := flag.help
			if flag.dflt != "" {
				help += c.translate("help.default", " (default {default})", flag.dflt)
			}
			line("%s", roff(help))
		}
	}
	line(`'\" -*- coding: utf-8 -*-`)
	line(`.TH MTP 1 "%s" "mtp %s" "mtp"`, c.Date, cmp.Or(c.Version, "(devel)"))
	if c.language == event.Chinese {
		line(".ad l\n.nh") // there are no words to keep whole
	}
	section(c.translate("man.name", "NAME"))
	line(`mtp \- %s`, roff(c.translate("man.what",
		"multi-process programming, taught by doing it")))
	section(c.translate("man.synopsis", "SYNOPSIS"))
	line(`\fBmtp\fR \fI%s\fR`, roff(c.translate("help.pattern", "<lesson> [flags]")))
	section(c.translate("man.description", "DESCRIPTION"))
	line("%s", roff(c.translate("help.app", helpApp)))
	line(".PP")
	line("%s", roff(c.translate("man.evidence",
		"A line behind a bar is evidence; after the arrow stands where the kernel said so, and where you can look yourself.")))
	section(c.translate("man.lessons", "LESSONS AND COMMANDS"))
	for _, t := range commands[1:] {
		arguments := ""
		if t.argument != "" {
			arguments = ` \fI` + roff(t.argument) + `\fR`
		}
		line(".SS mtp %s%s", roff(t.path), arguments)
		line("%s", roff(t.help))
		flags(t.flags)
	}
	section(c.translate("help.globals", "Flags of every lesson"))
	flags(commands[0].flags)
	c.manEvents(line, section)
	section(c.translate("man.exit", "EXIT STATUS"))
	for _, status := range [][2]string{
		{"0", c.translate("man.exit.done", "The lesson was done.")},
		{"1", c.translate("man.exit.failed", "It failed.")},
		{"2", c.translate("man.exit.usage", "A mistake on the command line.")},
		{"3", c.translate("man.exit.unsupported", "It is not possible on this system.")},
		{"130", c.translate("man.exit.interrupted", "It was interrupted.")},
	} {
		line(".TP\n\\fB%s\\fR\n%s", status[0], roff(status[1]))
	}
	section(c.translate("man.environment", "ENVIRONMENT"))
	for _, variable := range [][2]string{
		{"MTP_LANG, LC_ALL, LC_MESSAGES, LANG", c.translate("man.lang",
			"The language: the first of them that is set decides. zh… is Chinese, all else English.")},
		{"NO_COLOR, TERM", c.translate("man.color",
			"No colour if NO_COLOR is set, or TERM is dumb.")},
		{"XDG_STATE_HOME", c.translate("man.state",
			"Where mtp tour keeps your progress, in mtp/tour.json; ~/.local/state if it is not set. mtp keeps no other files.")},
		{"PAGER", c.translate("man.pager",
			"What mtp source shows its text with, on a terminal.")},
	} {
		line(".TP\n\\fB%s\\fR\n%s", roff(variable[0]), roff(variable[1]))
	}
	section(c.translate("help.example", "Example"))
	line(".nf")
	examples := []string{"mtp zombie", "mtp tour"}
	for _, l := range c.lessons {
		examples = append(examples, l.Example)
	}
	for _, example := range examples {
		line("%s", roff(example))
	}
	line(".fi")
	section(c.translate("man.see", "SEE ALSO"))
	line(".BR fork (2),\n.BR wait (2),\n.BR signal (7),\n.BR proc_pid_stat (5),\n.BR ps (1)")
	return b.String()
}

// events are what programs may rely on: each line has a lesson ("*" for any), a kind, a name, and
// the fields. A test holds it against what is said.
//
//go:embed events.txt
var events string

// manEvents is the section for those who read --json.
func (c command) manEvents(line func(format string, values ...any), section func(title string)) {
	section(c.translate("man.events", "EVENTS"))
	for _, text := range []string{
		c.translate("man.events.what",
			"With --json, each line of the standard output is an event: an object with v (the version of this contract, 1), time (RFC 3339, UTC, nine digits behind the point), lesson, kind, name, fields and text. Lesson, kind, name and fields do not depend on the language, and stay; text is for people, and may change."),
		c.translate("man.events.fields",
			"A field whose name ends in _ns is a duration in nanoseconds. source says where the kernel said so; null is what is not known. rows, processes, lanes and values list objects. An event that is added, or a field, does not change v."),
		c.translate("man.events.list",
			"The events by lesson, each as its kind, its name and its fields; * stands for any lesson:"),
	} {
		line("%s\n.PP", roff(text))
	}
	line(".nf")
	for event := range strings.Lines(events) {
		words := strings.Fields(event)
		text := `\fB` + roff(strings.Join(words[:3], " ")) + `\fR`
		if len(words) > 3 {
			text += " " + roff(strings.Join(words[3:], ", "))
		}
		line("%s", text)
	}
	line(".fi")
}

// roff is a text whose characters mean nothing to roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\u00a0", `\ `).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
