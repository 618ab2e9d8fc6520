package commands

import (
	"fmt"
	"slices"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/terminal"

	"github.com/alecthomas/kong"
	"github.com/clipperhouse/displaywidth"
)

// printHelp prints the help of what was selected, in the reader's language. kong's own printer
// breaks lines at spaces only, which Chinese has none of.
func (c command) printHelp(_ kong.HelpOptions, ctx *kong.Context) error {
	mode := "auto"
	if flag := ctx.FlagValue(flagNamed(ctx.Model.Flags, "color")); flag != nil {
		mode = fmt.Sprint(flag)
	}
	h := c.newHelp(mode)
	if node := ctx.Selected(); node == nil {
		h.overview(ctx.Model.Node)
	} else {
		h.details(node, ctx.Model.Flags)
	}
	if err := h.print(); err != nil {
		return unwritten{err}
	}
	return nil
}

// unwritten is an error of the output, which is no mistake on the command line.
type unwritten struct{ error }

func flagNamed(flags []*kong.Flag, name string) *kong.Flag {
	return flags[slices.IndexFunc(flags, func(f *kong.Flag) bool { return f.Name == name })]
}

// help is a help text being written.
type help struct {
	command
	terminal.Stream
	columns int
	text    strings.Builder
}

// newHelp begins a help text. color is what --color says.
func (c command) newHelp(color string) *help {
	out := terminal.NewStream(c.Out, color, c.Getenv)
	h := &help{command: c, Stream: out, columns: min(max(out.Columns(), 40), 100)}
	if out.Terminal == nil {
		h.columns = 80
	}
	return h
}

func (h *help) print() error {
	_, err := fmt.Fprint(h.Out, h.text.String())
	return err
}

// helpApp is what mtp does.
const helpApp = "" +
	"mtp teaches multi-process programming by doing it. Each lesson performs the real act and shows what the kernel says."

// overview is what `mtp --help` prints.
func (h *help) overview(app *kong.Node) {
	h.line(h.translate("help.app", helpApp))
	h.heading("help.usage", "Usage")
	h.line("  mtp " + h.translate("help.pattern", "<lesson> [flags]"))
	h.heading("help.lessons", "Lessons")
	h.columnsOf(func(add func(left, right string)) {
		for _, l := range h.lessons {
			add(l.Name, h.helpOf(l.Name, "help", l.Help))
		}
	})
	h.heading("help.others", "Other commands")
	h.columnsOf(func(add func(left, right string)) {
		for _, l := range append([]stage.Lesson{h.tour}, h.tools...) {
			add(l.Name, h.helpOf(l.Name, "help", l.Help))
		}
		for _, node := range app.Children {
			if _, told := h.lesson(node.Name); !told && !node.Hidden {
				add(node.Name, h.helpOf(node.Name, "help", node.Help))
			}
		}
	})
	h.heading("help.globals", "Flags of every lesson")
	h.flags("", "help", app.Flags)
	h.heading("help.example", "Example")
	h.line("  mtp zombie")
	h.line("  mtp tour")
	h.line("")
	h.line(h.translate("help.more", "See 'mtp <lesson> --help' for a lesson's own flags."))
}

// details is what `mtp LESSON --help` prints.
func (h *help) details(node *kong.Node, globals []*kong.Flag) {
	lesson, key := lessonOf(node), helpKey(node)
	h.line(h.helpOf(lesson, key, node.Help))
	h.heading("help.usage", "Usage")
	if len(node.Children) > 0 {
		h.line("  mtp " + typedAs(node) + " " + h.translate("help.command", "<command> [flags]"))
		h.heading("help.commands", "Commands")
		h.columnsOf(func(add func(left, right string)) {
			for _, child := range node.Children {
				add(typedAs(child), h.helpOf(lesson, helpKey(child), child.Help))
			}
		})
	} else {
		usage := []string{" ", "mtp", typedAs(node)}
		flags := h.translate("help.anyflags", "[flags]")
		for _, argument := range node.Positional {
			if argument.Passthrough { // flags behind it are another program's
				usage = append(usage, flags, "--")
				flags = "…"
			}
			usage = append(usage, "<"+argument.Name+">")
		}
		h.line(strings.Join(append(usage, flags), " "))
	}
	if len(node.Flags) > 0 {
		h.heading("help.flags", "Flags")
		h.flags(lesson, key, node.Flags)
	}
	h.heading("help.globals", "Flags of every lesson")
	h.flags("", "help", globals)
	h.heading("help.example", "Example")
	h.line("  " + h.exampleOf(node))
}

// helpKey is under which name the help of a command stands: help, or help.COMMAND for a lesson's
// command.
func helpKey(node *kong.Node) string {
	_, below, nested := strings.Cut(typedAs(node), " ")
	if !nested {
		return "help"
	}
	return "help." + below
}

func (h *help) flags(lesson, key string, flags []*kong.Flag) {
	h.columnsOf(func(add func(left, right string)) {
		for _, flag := range flags {
			left := "--" + flag.Name
			if flag.Short != 0 {
				left = "-" + string(flag.Short) + ", " + left
			}
			right := h.helpOf(lesson, key+"."+flag.Name, flag.Help)
			if flag.Name == "help" {
				right = h.translate("help.help", "Show this help.")
			}
			if !flag.IsBool() {
				left += " " + flag.FormatPlaceHolder()
				if flag.HasDefault {
					right += h.translate("help.default", " (default {default})", flag.Default)
				}
			}
			add(left, right)
		}
	})
}

// helpOf is the help of a lesson, or of mtp itself, in the reader's language: the English stands in
// the grammar.
func (c command) helpOf(lesson, name, english string) string {
	if l, told := c.lesson(lesson); told {
		return stage.Voice(l, c.language).Text(name, english)
	}
	if name == "help" {
		name = "help." + lesson
	}
	if chinese, ok := zh[name]; ok && c.language == event.Chinese {
		return chinese
	}
	return english
}

func (h *help) heading(name, english string) {
	h.text.WriteString("\n" + h.Draw(h.translate(name, english), event.Bold) + "\n")
}

func (h *help) line(text string) {
	for _, line := range terminal.Wrap(text, h.columns) {
		h.text.WriteString(line + "\n")
	}
}

// columnsOf writes two columns: names, and what they mean.
func (h *help) columnsOf(rows func(add func(left, right string))) {
	var list []row
	width := 0
	rows(func(left, right string) {
		list = append(list, row{left, right})
		width = max(width, displaywidth.String(left))
	})
	for _, row := range list {
		pad := strings.Repeat(" ", width-displaywidth.String(row.left)+2)
		for i, line := range terminal.Wrap(row.right, h.columns-width-4) {
			if i == 0 {
				h.text.WriteString("  " + h.Draw(row.left, event.Blue) + pad + line + "\n")
			} else {
				h.text.WriteString(strings.Repeat(" ", width+4) + line + "\n")
			}
		}
	}
}
