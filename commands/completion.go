package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand prints a script that lets a shell complete what is typed after mtp.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Which shell."`
}

// Run prints the script, made from the same grammar that parses.
func (s completionCommand) Run(c command) error {
	commands, err := c.typed()
	if err != nil {
		return err
	}
	script := map[string]func([]typed) string{"bash": bash, "zsh": zsh, "fish": fish}[s.Shell]
	_, err = fmt.Fprint(c.Out, script(commands))
	return err
}

// typed is a command as it is typed: the first one is mtp itself.
type typed struct {
	path     string // "chat serve"; empty for mtp itself
	name     string // "serve"
	help     string // one sentence, in the reader's language
	commands []typed
	argument string   // what it is called
	values   []string // what it may be
	flags    []typedFlag
}

// typedFlag is one of its flags.
type typedFlag struct {
	name, placeholder string
	help, dflt        string
	values            []string // those it may have, if they are known
	takesValue        bool
	isFile            bool
}

// typed is the grammar as lists: mtp, its commands, and theirs, each with its own flags; the flags
// of all are those of mtp.
func (c command) typed() ([]typed, error) {
	parser, err := c.parser(&grammar{}, new(bool))
	if err != nil {
		return nil, err
	}
	var all []typed
	var add func(node *kong.Node) typed
	add = func(node *kong.Node) typed {
		t := typed{name: "mtp", flags: c.flagsOf("", "help", node.Flags)}
		if node.Type != kong.ApplicationNode {
			lesson, key := lessonOf(node), helpKey(node)
			t = typed{
				path: typedAs(node), name: node.Name,
				help:  c.helpOf(lesson, key, node.Help),
				flags: c.flagsOf(lesson, key, node.Flags),
			}
		}
		for _, argument := range node.Positional {
			t.argument = "<" + argument.Name + ">"
			if argument.Enum != "" {
				t.values = strings.Split(argument.Enum, ",")
			}
		}
		if node.Name == "source" {
			t.values = names(c.lessons)
		}
		at := len(all)
		all = append(all, t)
		children := slices.DeleteFunc(slices.Clone(node.Children),
			func(child *kong.Node) bool { return child.Hidden })
		slices.SortStableFunc(children, func(a, b *kong.Node) int { // the lessons first
			return cmp.Compare(c.place(a), c.place(b))
		})
		for _, child := range children {
			t.commands = append(t.commands, add(child))
		}
		all[at] = t
		return t
	}
	add(parser.Model.Node)
	return all, nil
}

// place is where a command stands among the others.
func (c command) place(node *kong.Node) int {
	told := names(c.told())
	if i := slices.Index(told, lessonOf(node)); i >= 0 {
		return i
	}
	return len(told)
}

func (c command) flagsOf(lesson, key string, flags []*kong.Flag) (list []typedFlag) {
	for _, flag := range flags {
		f := typedFlag{
			name: flag.Name, placeholder: flag.FormatPlaceHolder(),
			help:       c.helpOf(lesson, key+"."+flag.Name, flag.Help),
			takesValue: !flag.IsBool(), isFile: flag.PlaceHolder == "FILE",
		}
		if flag.Name == "help" {
			f.help = c.translate("help.help", "Show this help.")
		}
		if flag.HasDefault && f.takesValue {
			f.dflt = flag.Default
		}
		if flag.Enum != "" {
			isAlias := func(value string) bool {
				return flag.Name == "lang" && slices.Contains(sourceAliases(), value)
			}
			f.values = slices.DeleteFunc(strings.Split(flag.Enum, ","), isAlias)
		}
		list = append(list, f)
	}
	return list
}

// words are what may follow a command.
func (t typed) words(globals []typedFlag) string {
	list := slices.Clone(t.values)
	for _, command := range t.commands {
		list = append(list, command.name)
	}
	flags := t.flags
	if t.path != "" {
		flags = withGlobals(flags, globals)
	}
	for _, flag := range flags {
		list = append(list, "--"+flag.name)
	}
	return strings.Join(list, " ")
}

// withGlobals adds the flags of all to a command's own.
func withGlobals(own, globals []typedFlag) []typedFlag {
	return slices.Concat(own, slices.DeleteFunc(slices.Clone(globals), func(g typedFlag) bool {
		return slices.ContainsFunc(own, func(f typedFlag) bool { return f.name == g.name })
	}))
}

func bash(commands []typed) string {
	var paths, values, words strings.Builder
	globals := commands[0].flags
	for _, t := range slices.Concat(commands[1:], commands[:1]) { // the flags of all come last
		if t.path != "" {
			fmt.Fprintf(&paths, "\t\t%q) path=$path' '$word ;;\n", " "+t.path)
		}
		path := strings.TrimRight(" "+t.path, " ")
		fmt.Fprintf(&words, "\t%q) words=%q ;;\n", path, t.words(globals))
		for _, flag := range t.flags {
			pattern := fmt.Sprintf("%q", strings.TrimRight(" "+t.path, " ")+" --"+flag.name)
			if t.path == "" {
				pattern = "*' --" + flag.name + "'"
			}
			switch {
			case flag.values != nil:
				const words = "\t%s) COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n"
				fmt.Fprintf(&values, words, pattern, strings.Join(flag.values, " "))
			case flag.isFile:
				const files = "\t%s) compopt -o filenames; " +
					"mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n"
				fmt.Fprintf(&values, files, pattern)
			case flag.takesValue:
				fmt.Fprintf(&values, "\t%s) return ;;\n", pattern)
			}
		}
	}
	return `# bash completion for mtp
_mtp() {
	local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= word words
	if [ "$cur" = = ]; then # --flag=, which bash takes apart
		cur=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$path $word" in
` + paths.String() + `		esac
	done
	case "$path $before" in
` + values.String() + `	esac
	case $path in
` + words.String() + `	esac
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _mtp mtp
`
}

func zsh(commands []typed) string {
	quote := func(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
	// These characters mean something to _arguments.
	plain := strings.NewReplacer("[", "(", "]", ")", ":", " –", `\`, "")
	spec := func(flag typedFlag) string {
		help := "[" + plain.Replace(flag.help) + "]"
		value := "=" + help + ":" + flag.placeholder + ":"
		switch {
		case flag.values != nil:
			value += "(" + strings.Join(flag.values, " ") + ")"
		case flag.isFile:
			value += "_files"
		case !flag.takesValue:
			value = help
		}
		return quote("--" + flag.name + value)
	}
	function := func(path string) string {
		return strings.TrimRight("_mtp_"+strings.NewReplacer(" ", "_", "-", "_").Replace(path), "_")
	}
	var b strings.Builder
	b.WriteString("#compdef mtp\n")
	for _, t := range commands {
		b.WriteString("\n" + function(t.path) + "() {\n\tlocal state line\n\t_arguments -C")
		flags := t.flags
		if t.path != "" {
			flags = withGlobals(flags, commands[0].flags)
		}
		for _, flag := range flags {
			b.WriteString(" \\\n\t\t" + spec(flag))
		}
		if len(t.values) > 0 {
			b.WriteString(" \\\n\t\t" + quote("1: :("+strings.Join(t.values, " ")+")"))
		}
		if len(t.commands) == 0 {
			b.WriteString("\n}\n")
			continue
		}
		b.WriteString(" \\\n\t\t'1: :->command' '*:: :->rest'\n\tcase $state in\n\tcommand)\n" +
			"\t\tlocal -a commands=(\n")
		for _, command := range t.commands {
			b.WriteString("\t\t\t" + quote(command.name+":"+command.help) + "\n")
		}
		b.WriteString("\t\t)\n\t\t_describe command commands\n\t\t;;\n\trest)\n" +
			"\t\tcase $line[1] in\n")
		for _, command := range t.commands {
			b.WriteString("\t\t" + command.name + ") " + function(command.path) + " ;;\n")
		}
		b.WriteString("\t\tesac\n\t\t;;\n\tesac\n}\n")
	}
	b.WriteString("\nif [ \"$funcstack[1]\" = _mtp ]; then\n\t_mtp \"$@\"\nelse\n" +
		"\tcompdef _mtp mtp\nfi\n")
	return b.String()
}

func fish(commands []typed) string {
	quote := func(text string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
	}
	var argumentsOfOthers []string
	for _, t := range commands {
		argumentsOfOthers = append(argumentsOfOthers, t.values...)
	}
	var b strings.Builder
	b.WriteString("# fish completion for mtp\ncomplete -c mtp -f\n")
	for _, t := range commands {
		var here []string                               // where this command is the one being typed
		if slices.Contains(argumentsOfOthers, t.path) { // it may be what source shows
			here = append(here, "not __fish_seen_subcommand_from source")
		}
		for name := range strings.FieldsSeq(t.path) {
			here = append(here, "__fish_seen_subcommand_from "+name)
		}
		var names []string
		for _, command := range t.commands {
			names = append(names, command.name)
		}
		below := slices.Clone(here)
		if len(names) > 0 {
			below = append(below, "not __fish_seen_subcommand_from "+strings.Join(names, " "))
		}
		on := func(conditions []string) string {
			if len(conditions) == 0 {
				return ""
			}
			return " -n " + quote(strings.Join(conditions, "; and "))
		}
		for _, command := range t.commands {
			b.WriteString("complete -c mtp" + on(below) + " -a " + command.name +
				" -d " + quote(command.help) + "\n")
		}
		if len(t.values) > 0 {
			values := quote(strings.Join(t.values, " "))
			b.WriteString("complete -c mtp" + on(here) + " -a " + values + "\n")
		}
		for _, flag := range t.flags {
			b.WriteString("complete -c mtp" + on(here) + " -l " + flag.name)
			switch {
			case flag.values != nil:
				b.WriteString(" -x -a " + quote(strings.Join(flag.values, " ")))
			case flag.isFile:
				b.WriteString(" -r -F")
			case flag.takesValue:
				b.WriteString(" -x")
			}
			b.WriteString(" -d " + quote(flag.help) + "\n")
		}
	}
	return b.String()
}
