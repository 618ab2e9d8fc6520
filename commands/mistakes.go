package commands

import (
	"errors"
	"regexp"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"

	"github.com/alecthomas/kong"
)

// mistake says what was wrong with the command line, in the reader's language: a lesson's own
// words, or ours for kong's.
func (c command) mistake(err error) string {
	if m, is := errors.AsType[*event.MistakeError](err); is {
		l, _ := c.lesson(lessonOfError(err))
		voice := stage.Voice(l, c.language)
		voice.Chinese = append(voice.Chinese, zh)
		return voice.Explain(m)
	}
	text := err.Error()
	for _, known := range c.known() {
		if found := known.pattern.FindStringSubmatch(text); found != nil {
			return fillInOrder(known.text, unquoted(found[1:]))
		}
	}
	return text
}

// lessonOfError is the command in which parsing has failed; empty if it came to none.
func lessonOfError(err error) string {
	parse, is := errors.AsType[*kong.ParseError](err)
	if !is || parse.Context.Selected() == nil {
		return ""
	}
	return lessonOf(parse.Context.Selected())
}

// knownMistake is a message of kong's, and what we say instead, with a hole for each of its groups.
type knownMistake struct {
	pattern *regexp.Regexp
	text    string
}

func (c command) known() []knownMistake {
	say := func(pattern, name, english string) knownMistake {
		return knownMistake{regexp.MustCompile(pattern), c.sentence(name, english)}
	}
	const flag = `^(?:.*: )?(--[\w-]+)(?:=\S*)?`
	return []knownMistake{
		say(`^unexpected argument (\S+), did you mean "(\S+)"\?$`,
			"mistake.command.like", `there is no "{word}"; did you mean "{like}"?`),
		say(`^unexpected argument (.+)$`,
			"mistake.command", `there is no "{word}"`),
		say(`^unknown flag (\S+), did you mean "(\S+)"\?$`,
			"mistake.flag.like", "there is no flag {flag}; did you mean {like}?"),
		say(`^unknown flag (\S+)$`,
			"mistake.flag", "there is no flag {flag}"),
		say(flag+`: expected duration but got "(\d+)"`,
			"mistake.unit", "{flag} wants a duration with its unit; did you mean {number}s?"),
		say(flag+`: (?:expected .* value|missing value).*EOL`,
			"mistake.value", "{flag} wants a value"),
		say(flag+`: expected duration.* but got "?([^":]*)"?`,
			"mistake.duration", `{flag} wants a duration, such as 500ms, 3s or 2m, not "{value}"`),
		say(flag+`: expected a valid \d+ bit u?int but got "([^"]*)"`,
			"mistake.whole", `{flag} wants a whole number, not "{value}"`),
		say(flag+`: expected a.* but got "([^"]*)"`,
			"mistake.number", `{flag} wants a number, not "{value}"`),
		say(`^(?:.*: )?(\S+) must be one of (.*) but got "(.*)"$`,
			"mistake.enum", `{name} is one of {values}, not "{value}"`),
		say(`^expected "<(\S+)>"$`,
			"mistake.argument", "say which {argument}"),
		say(`^expected one of (.*)$`,
			"mistake.commands", "say which: {commands}"),
	}
}

// sentence is a sentence in the reader's language, its holes left open.
func (c command) sentence(name, english string) string {
	if chinese, ok := zh[name]; ok && c.language == event.Chinese {
		return chinese
	}
	return english
}

// unquoted are words without the quotes that kong puts around some of them.
func unquoted(words []string) (list []string) {
	comma := regexp.MustCompile(`, *`)
	for _, word := range words {
		list = append(list, comma.ReplaceAllString(strings.ReplaceAll(word, `"`, ""), ", "))
	}
	return list
}

// fillInOrder puts values into a sentence's holes, one after the other.
func fillInOrder(text string, values []string) string {
	for _, value := range values {
		text = strings.Replace(text, hole.FindString(text), value, 1)
	}
	return text
}
