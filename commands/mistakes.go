package commands

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"

	"github.com/alecthomas/kong"
)

// mistake says what was wrong with the command line, in the reader's language: a lesson's own
// words, or ours for kong's.
func (c command) mistake(err error) string {
	m := mistaken{command: c}
	if parse, is := errors.AsType[*kong.ParseError](err); is && parse.Context != nil {
		m.args, m.flags = parse.Context.Args, parse.Context.Flags()
		m.node = cmp.Or(parse.Context.Selected(), parse.Context.Model.Node)
	}
	text := err.Error()
	own, isOwn := errors.AsType[*event.MistakeError](err)
	if isOwn {
		text = own.Error()
	}
	for _, known := range m.known() {
		if found := known.pattern.FindStringSubmatch(text); found != nil {
			if said := known.say(found[1:]); said != "" {
				return said
			}
		}
	}
	if isOwn {
		l, _ := c.lesson(lessonOfError(err))
		voice := stage.Voice(l, c.language)
		voice.Chinese = append(voice.Chinese, zh)
		return voice.Explain(own)
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

// mistaken is a command line that was not understood, as far as it was.
type mistaken struct {
	command
	node  *kong.Node   // the command
	flags []*kong.Flag // those that it may have
	args  []string
}

// knownMistake is a message in English, kong's mostly, and what we say instead.
type knownMistake struct {
	pattern *regexp.Regexp
	say     func(found []string) string // empty: it has nothing better to say
}

func (m mistaken) known() []knownMistake {
	// say is a sentence with a hole for each of the pattern's groups.
	say := func(pattern, name, english string) knownMistake {
		return knownMistake{regexp.MustCompile(pattern), func(found []string) string {
			return m.translate(name, english, found...)
		}}
	}
	tell := func(pattern string, say func(found []string) string) knownMistake {
		return knownMistake{regexp.MustCompile(pattern), say}
	}
	const flag = `^(?:.*: )?(--[\w-]+)(?:=\S*)?`
	return []knownMistake{
		tell(`(?s)^unexpected (?:argument|flag argument) (.*?)(?:, did you mean .*)?$`, m.word),
		tell(`(?s)^unknown flag (.*?)(?:, did you mean .*)?$`, m.flag),
		tell(`(?s)^there is no lesson "(.*?)";`, m.lessonNamed),
		tell(`^expected one of`, m.which),
		tell(`^expected "?<(\S+)>`, m.argument),
		tell(flag+`: .*; perhaps try \S+="(-[.\d].*)"\?$`, m.negative),
		tell(flag+`: (?:expected .* value|missing value)`, m.value),
		say(flag+`: expected duration but got "(\d+)"`,
			"mistake.unit", "{flag} wants a duration with its unit; did you mean {number}s?"),
		say(flag+`: expected duration.* but got "?([^":]*)"?`,
			"mistake.duration", `{flag} wants a duration, such as 500ms, 3s or 2m, not "{value}"`),
		say(flag+`: expected a valid \d+ bit u?int but got "(\d+)"`,
			"mistake.large", "{flag} can't be as large as {value}"),
		say(flag+`: expected a valid \d+ bit u?int but got "([^"]*)"`,
			"mistake.whole", `{flag} wants a whole number, such as 3, not "{value}"`),
		say(flag+`: expected a.* but got "([^"]*)"`,
			"mistake.number", `{flag} wants a number, such as 0.5 or 2, not "{value}"`),
		say(flag+`: bool value must be .* but got "(.*)"$`,
			"mistake.bool", `{flag} takes no value; leave out "={value}"`),
		tell(`(?s)^(?:.*: )?(\S+) must be one of .* but got "(.*)"$`, m.enum),
	}
}

// word is for a word that is no command, or that nothing waits for.
func (m mistaken) word(found []string) string {
	word := strings.Trim(found[0], `"`)
	names := m.names(m.node)
	switch {
	case len(names) == 0:
		return m.translate("mistake.excess",
			`"{word}" is one word too many; an example: {example}`, word, m.example())
	case word == "":
		return m.translate("mistake.empty", "an empty word is no command; mtp alone shows them")
	}
	like := nearest(word, names)
	if like == nil && m.node.Parent == nil { // perhaps a command of one of them
		for _, child := range m.node.Children {
			for _, name := range nearest(word, m.names(child)) {
				like = append(like, child.Name+" "+name)
			}
		}
	}
	switch {
	case like != nil:
		return m.translate("mistake.command.like",
			`there is no "{word}"; did you mean {like}?`, word, m.either(like))
	case m.node.Parent == nil:
		return m.translate("mistake.command",
			`there is no "{word}"; mtp alone shows what there is, such as mtp zombie`, word)
	}
	return m.translate("mistake.command.other",
		`there is no "{word}"; say {commands}, as in {example}`,
		word, m.either(names), m.example())
}

// names are the names of a command's commands.
func (m mistaken) names(node *kong.Node) (list []string) {
	for _, child := range node.Children {
		if !child.Hidden {
			list = append(list, child.Name)
		}
	}
	return list
}

// flag is for a flag that there is not.
func (m mistaken) flag(found []string) string {
	flag := found[0]
	if i := slices.IndexFunc(m.args, func(arg string) bool { // kong takes -count for -c
		return !strings.HasPrefix(flag, "--") && strings.HasPrefix(arg, flag)
	}); i >= 0 {
		flag, _, _ = strings.Cut(m.args[i], "=")
	}
	var names []string
	for _, f := range m.flags {
		names = append(names, f.Name)
	}
	like := nearest(strings.TrimLeft(flag, "-"), names)
	if like == nil {
		return m.translate("mistake.flag", "there is no flag {flag}", flag)
	}
	for i := range like {
		like[i] = "--" + like[i]
	}
	return m.translate("mistake.flag.like",
		"there is no flag {flag}; did you mean {like}?", flag, m.either(like))
}

// lessonNamed is for a lesson that there is not; empty if no other is like it.
func (m mistaken) lessonNamed(found []string) string {
	like := nearest(found[0], names(m.lessons))
	if like == nil {
		return ""
	}
	return m.translate("mistake.lesson.like",
		`there is no lesson "{lesson}"; did you mean {like}?`, found[0], m.either(like))
}

// which is for a command of which only the first word was given.
func (m mistaken) which([]string) string {
	return m.translate("mistake.commands",
		"say which, {commands}, as in {example}", m.either(m.names(m.node)), m.example())
}

// argument is for one that is missing.
func (m mistaken) argument(found []string) string {
	for _, argument := range m.node.Positional {
		if argument.Name == found[0] && argument.Enum != "" {
			return m.translate("mistake.argument.values",
				"say which {argument}, {values}, as in {example}",
				found[0], m.either(argument.EnumSlice()), m.example())
		}
	}
	return m.translate("mistake.argument",
		"say which {argument}, as in {example}", found[0], m.example())
}

// value is for one that is missing.
func (m mistaken) value(found []string) string {
	flag, example := found[0], "VALUE"
	if f := m.flagNamed(flag); f != nil {
		values := f.EnumSlice()
		switch {
		case f.Enum != "":
			return m.translate("mistake.value.enum",
				"{flag} wants a value: {values}", flag, m.either(m.offered(flag, values)))
		case f.HasDefault && f.Default != "":
			example = f.Default
		default:
			example = exampleFor(f.PlaceHolder)
		}
	}
	return m.translate("mistake.value",
		"{flag} wants a value, as in {example}", flag, flag+" "+example)
}

// exampleFor is a value in the place of what stands for it.
func exampleFor(placeholder string) string {
	switch placeholder {
	case "FILE":
		return "trace.json"
	case "LESSON":
		return "zombie"
	case "LIST":
		return "7,y,Z"
	case "N":
		return "3"
	case "NAME":
		return "ann"
	case "NAME=SECONDS":
		return "eat=3"
	}
	return placeholder
}

// negative is for a value that looks like a flag.
func (m mistaken) negative(found []string) string {
	return m.translate("mistake.negative",
		"a value that begins with a hyphen is written with =, as in {example}",
		found[0]+"="+found[1])
}

// enum is for a value that is none of those that there are.
func (m mistaken) enum(found []string) string {
	name, value := found[0], found[1]
	var values []string
	if f := m.flagNamed(name); f != nil {
		values = f.EnumSlice()
	}
	for _, argument := range m.node.Positional {
		if "<"+argument.Name+">" == name {
			name, values = argument.Name, argument.EnumSlice()
		}
	}
	return m.translate("mistake.enum",
		`{name} must be {values}, not "{value}"`, name, m.either(m.offered(name, values)), value)
}

// offered are a flag's values without those that it has for old times' sake.
func (m mistaken) offered(flag string, values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool {
		return flag == "--lang" && slices.Contains(sourceAliases(), value)
	})
}

func (m mistaken) flagNamed(flag string) *kong.Flag {
	i := slices.IndexFunc(m.flags, func(f *kong.Flag) bool { return "--"+f.Name == flag })
	if i < 0 {
		return nil
	}
	return m.flags[i]
}

// either joins names: a, b or c.
func (m mistaken) either(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	between, or := m.translate("mistake.comma", ", "), m.translate("mistake.or", " or ")
	return strings.Join(names[:last], between) + or + names[last]
}

// example is a command line that is right.
func (m mistaken) example() string { return m.exampleOf(m.node) }

// exampleOf is a command line with a command.
func (c command) exampleOf(node *kong.Node) string {
	if l, ok := c.lesson(node.Name); ok {
		return l.Example
	}
	example := []string{"mtp", typedAs(node)}
	for _, argument := range node.Positional {
		switch {
		case argument.Enum != "":
			example = append(example, argument.EnumSlice()[0])
		case argument.Name == "lesson":
			example = append(example, "zombie")
		}
	}
	return strings.Join(example, " ")
}

// sentence is a sentence in the reader's language, its holes left open.
func (c command) sentence(name, english string) string {
	if chinese, ok := zh[name]; ok && c.language == event.Chinese {
		return chinese
	}
	return english
}

// fillInOrder puts values into a sentence's holes, one after the other.
func fillInOrder(text string, values []string) string {
	return hole.ReplaceAllStringFunc(text, func(open string) string {
		if len(values) == 0 {
			return open
		}
		value := values[0]
		values = values[1:]
		return value
	})
}
