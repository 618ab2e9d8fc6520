// Package commands is mtp's command line: its grammar, the choice of language and format, and how errors become exit codes.
package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnsupported = 3
	exitInterrupted = 130
)

// System is what a command line needs of the system around it.
type System struct {
	In       *os.File
	Out, Err *os.File
	Getenv   func(string) string
	Version  string // empty if it was not built as a release
	Commit   string // that it was built from
	Date     string // of that commit
}

// Main runs a command line and returns its exit code.
func Main(args []string, sys System) int {
	course := course()
	if len(args) > 1 && args[1] == "role" { // before the grammar is built: a child starts fast
		return process.Play(roles(course), args[2:])
	}
	process.Unleash()
	c := command{System: sys, lessons: course, others: others(), language: narrate.LanguageFor(langFlag(args[1:]), sys.Getenv)}
	return c.run(args[1:])
}

// signalGrace is how long a signal that was sent to several processes may take to reach this one.
const signalGrace = 50 * time.Millisecond

// lesson is one of the things that mtp teaches.
type lesson struct {
	name    string
	help    string // one sentence
	command any    // its options, with a Run method
	chinese narrate.Sentences
	roles   process.Roles
	example string
	tour    []string // its flags in the tour; nil: it can't be told there
}

func roles(lessons []lesson) map[string]process.Roles {
	table := map[string]process.Roles{}
	for _, l := range lessons {
		table[l.name] = l.roles
	}
	return table
}

// globals are the flags of every command.
type globals struct {
	Lang    string  `help:"Language: auto, en or zh. auto follows MTP_LANG, LC_ALL, LC_MESSAGES, LANG." enum:"auto,en,zh,go,c,python" default:"auto" placeholder:"LANG"`
	JSON    bool    `help:"Print one JSON object a line, for programs." name:"json"`
	Color   string  `help:"Colour: auto, always or never. auto means on a terminal, unless NO_COLOR is set." enum:"auto,always,never" default:"auto" placeholder:"WHEN"`
	Pace    float64 `help:"How slow to go: 1 as in the course, 0 without pauses." default:"1" placeholder:"FACTOR"`
	Step    bool    `help:"Wait for Enter between the steps."`
	Predict bool    `help:"Predict what the kernel will say, before it does."`
	Answers string  `help:"What you predict, in order, instead of being asked: --answers=7,y,Z." placeholder:"LIST"`
	Trace   string  `help:"Write what the processes did to a file that ui.perfetto.dev opens." placeholder:"FILE"`
}

// Validate is called by kong.
func (g globals) Validate() error {
	if !(g.Pace >= 0 && g.Pace <= 100) { // NaN too
		return errors.New("--pace must be from 0 to 100")
	}
	return nil
}

// command is one invocation.
type command struct {
	System
	lessons  []lesson
	others   []lesson // what is told like one, but is none
	language narrate.Language
}

// grammar is the whole command line, beside the lessons.
type grammar struct {
	globals

	Source     sourceCommand     `cmd:"" help:"Print a lesson's source in Go; with --lang c or --lang python, the same act there."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	Man        manCommand        `cmd:"" help:"Print the manual page: mtp man | man -l -"`
	Completion completionCommand `cmd:"" help:"Print a script that lets bash, zsh or fish complete what you type."`
}

func (c command) parser(g *grammar, helped *bool) (*kong.Kong, error) {
	options := []kong.Option{
		kong.Name("mtp"),
		kong.Writers(c.Out, c.Err),
		kong.Help(c.printHelp),
		kong.Exit(func(int) { *helped = true }), // only help exits; what kong says after it is void
	}
	for _, l := range slices.Concat(c.lessons, c.others) {
		options = append(options, kong.DynamicCommand(l.name, l.help, "", l.command))
	}
	return kong.New(g, options...)
}

func (c command) run(args []string) int {
	var g grammar
	var helped bool
	if len(args) > 0 && c.sentences(args[0]) != nil {
		if err := c.narrator(context.Background(), args[0], g).Room(narrate.Threads); err != nil { // before there are more threads
			return c.fail("mtp "+args[0], err)
		}
	}
	parser, err := c.parser(&g, &helped)
	if err != nil {
		return c.fail("mtp", err)
	}
	parsed, err := parser.Parse(spelledOut(args))
	var output unwritten
	switch {
	case errors.As(err, &output):
		return c.fail("mtp", fmt.Errorf("write the output: %w", output.error))
	case helped:
		return exitDone
	}
	if err == nil && slices.Contains(sourceLanguages(), g.Lang) && lessonOf(parsed.Selected()) != "source" {
		err = errors.New(c.translate("lang.source", "--lang {lang} is for mtp source; else it is auto, en or zh", g.Lang))
	}
	if err == nil && (g.Predict && c.predicts(parsed.Selected()) || asks(parsed.Selected())) && g.Answers == "" && !narrate.Interactive(c.In) {
		err = errors.New(c.translate("predict.terminal", "predictions are asked for at a terminal, and this is none: give --answers"))
	}
	if err != nil {
		return c.usage(err)
	}

	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	name := lessonOf(parsed.Selected())
	say := c.narrator(ctx, name, g)
	say.Closed = cancel
	say.Interrupt = func() { cancel(interrupted{os.Interrupt}) }
	defer say.Watch.Stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(c, &g)
	err = func() error {
		if c.sentences(name) == nil {
			return parsed.Run(c.System)
		}
		if err := kernel.Available(); err != nil {
			return err
		}
		onInterrupt(cancel)
		if g.Trace == "" {
			return parsed.Run(say)
		}
		return traced(g.Trace, say, func() error { return parsed.Run(say) })
	}()
	if err != nil {
		// Ctrl-C reaches a lesson's children too, and the news of their end may be here before our own signal.
		select {
		case <-ctx.Done():
		case <-time.After(signalGrace):
		}
	}
	var interrupt interrupted
	switch cause := context.Cause(ctx); {
	case errors.As(cause, &interrupt):
		if say.Err.Terminal != nil {
			fmt.Fprintln(c.Err) // the terminal has echoed ^C
		}
		fmt.Fprintln(c.Err, "mtp: "+c.translate("interrupted", "interrupted by {signal}", interrupt.name()))
		return exitInterrupted
	case errors.Is(cause, syscall.EPIPE), errors.Is(err, syscall.EPIPE):
		return exitDone // whoever read it has seen enough
	case cause != nil:
		return c.fail("mtp "+name, cause)
	case err != nil:
		return c.fail("mtp "+name, err)
	}
	return exitDone
}

// traced runs a lesson and writes its trace, on every orderly way out.
func traced(path string, say *narrate.Narrator, run func() error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666) // before the lesson, so that it isn't told in vain
	if err != nil {
		return fmt.Errorf("create the trace: %w", err)
	}
	defer file.Close()
	if err := run(); errors.Is(err, errors.ErrUnsupported) { // there was no lesson
		return err
	} else if err != nil {
		return errors.Join(err, writeTrace(file, say))
	}
	return writeTrace(file, say)
}

func writeTrace(file *os.File, say *narrate.Narrator) error {
	if err := file.Truncate(0); err != nil && !errors.Is(err, syscall.EINVAL) { // EINVAL: a pipe, or a device
		return fmt.Errorf("write the trace: %w", err)
	}
	return say.WriteTrace(file)
}

// spelledOut turns what newcomers type into what the grammar knows: `mtp` alone, with global flags only, and `mtp help` mean
// --help, and --version is a command.
func spelledOut(args []string) []string {
	switch {
	case len(args) > 0 && args[0] == "help":
		return append(args[1:], "--help")
	case len(args) == 1 && args[0] == "--version":
		return []string{"version"}
	}
	for i, arg := range args {
		isValue := i > 0 && slices.Contains([]string{"--lang", "--color", "--pace", "--trace", "--answers"}, args[i-1])
		if !isValue && !strings.HasPrefix(arg, "-") {
			return args
		}
	}
	return append(args, "--help")
}

// narrator tells the lesson with this name, as the global flags want it.
func (c command) narrator(ctx context.Context, name string, g grammar) *narrate.Narrator {
	return narrate.New(ctx, narrate.Options{
		Lesson:   name,
		Language: c.language,
		Chinese:  c.sentences(name),
		JSON:     g.JSON,
		Pace:     g.Pace,
		Stepwise: g.Step,
		Predict:  g.Predict || g.Answers != "",
		Answers:  answers(g.Answers),
		Trace:    g.Trace != "",
		Out:      narrate.NewStream(c.Out, g.Color, c.Getenv),
		Err:      narrate.NewStream(c.Err, g.Color, c.Getenv),
		In:       c.In,
	})
}

// answers are the parts of a list, also of one that was typed with a Chinese comma; nil if there is none.
func answers(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(list, "，", ","), ",")
}

// predicts reports whether a command is a lesson with something to predict.
func (c command) predicts(selected *kong.Node) bool {
	return slices.ContainsFunc(c.lessons, func(l lesson) bool { return l.name == lessonOf(selected) && l.tour != nil })
}

// fail prints an error, once, and chooses the exit code.
func (c command) fail(who string, err error) int {
	fmt.Fprintf(c.Err, "%s: %v\n", who, err)
	if errors.Is(err, errors.ErrUnsupported) {
		return exitUnsupported
	}
	return exitFailed
}

// usage prints what was wrong with the command line.
func (c command) usage(err error) int {
	command := "mtp"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Selected() != nil {
		command += " " + path(parse.Context.Selected())
	}
	fmt.Fprintf(c.Err, "mtp: %v\n%s\n", err, c.translate("usage", "See '{command} --help'.", command))
	return exitUsage
}

// lessonOf is the lesson of a command, which may have commands of its own.
func lessonOf(node *kong.Node) string {
	lesson, _, _ := strings.Cut(path(node), " ")
	return lesson
}

// path is a command as it is typed after mtp.
func path(node *kong.Node) string {
	if node.Parent == nil || node.Parent.Type == kong.ApplicationNode {
		return node.Name
	}
	return path(node.Parent) + " " + node.Name
}

func (c command) sentences(name string) narrate.Sentences {
	for _, l := range slices.Concat(c.lessons, c.others) {
		if l.name == name {
			return l.chinese
		}
	}
	return nil
}

// langFlag finds --lang before the command line is parsed, because the help that parsing prints is in that language.
func langFlag(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return value
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
