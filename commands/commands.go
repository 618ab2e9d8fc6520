// Package commands is mtp's command line: its grammar, the choice of language and format, and how
// errors become exit codes.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/terminal"
	"mtp/lessons/tour"

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
	lessons := Course()
	if len(args) > 1 && args[1] == "role" { // before the grammar is built: a child starts fast
		return process.Play(roles(slices.Concat(lessons, Tools())), args[2:])
	}
	process.Unleash()
	language := event.LanguageFor(langFlag(args[1:]), sys.Getenv)
	return newCommand(lessons, sys, language).run(args[1:])
}

// signalGrace is how long a signal that was sent to several processes may take to reach this one.
const signalGrace = 50 * time.Millisecond

func roles(lessons []stage.Lesson) map[string]process.Roles {
	table := map[string]process.Roles{}
	for _, l := range lessons {
		table[l.Name] = l.Roles
	}
	return table
}

// globals are the flags of every command.
type globals struct {
	Lang    string  `help:"Language: auto, en or zh. auto follows MTP_LANG, LC_ALL, LC_MESSAGES, LANG." enum:"auto,en,zh,go,c,python" default:"auto" placeholder:"LANG"`
	JSON    bool    `help:"Print one JSON object a line, for programs." name:"json"`
	Color   string  `help:"Colour: auto, always or never. auto means on a terminal, unless NO_COLOR is set." enum:"auto,always,never" default:"auto" placeholder:"WHEN"`
	Pace    float64 `help:"How slowly you read: 1 as most do, 2 twice as slowly, 0 without pauses. Enter or space ends a pause." default:"1" placeholder:"FACTOR"`
	Step    bool    `help:"Wait for Enter after each step, and at the end of each full page."`
	Reader  bool    `help:"Write for a screen reader: sentences instead of drawings, and nothing drawn twice. MTP_PLAIN=1 and TERM=dumb do so, too." name:"screen-reader"`
	Predict bool    `help:"Predict what the kernel will say, before it does."`
	Answers string  `help:"What you predict, in order, instead of being asked: --answers=7,y,Z." placeholder:"LIST"`
	Trace   *string `help:"Write what the processes did to a file that ui.perfetto.dev opens." placeholder:"FILE"`
}

// Validate is called by kong.
func (g globals) Validate() error {
	if !(g.Pace >= 0 && g.Pace <= 100) { // NaN too
		return event.Mistake("mistake.pace", "--pace must be from 0 to 100")
	}
	if g.Trace != nil && *g.Trace == "" {
		return event.Mistake("mistake.trace", "--trace must name a file")
	}
	return nil
}

// command is one invocation.
type command struct {
	System
	lessons  []stage.Lesson // the course
	tour     stage.Lesson   // through them, which is told like one
	tools    []stage.Lesson // for the reader's own programs
	language event.Language
}

func newCommand(course []stage.Lesson, sys System, language event.Language) command {
	c := command{System: sys, lessons: course, tools: Tools(), language: language}
	c.tour = tour.Lesson(course, func(l stage.Lesson, s *stage.Stage) { c.performInTour(l, s) })
	return c
}

// told is all that is told on a stage.
func (c command) told() []stage.Lesson {
	return slices.Concat(c.lessons, []stage.Lesson{c.tour}, c.tools)
}

// lesson finds what is told under a name.
func (c command) lesson(name string) (stage.Lesson, bool) {
	told := c.told()
	i := slices.IndexFunc(told, func(l stage.Lesson) bool { return l.Name == name })
	if i < 0 {
		return stage.Lesson{}, false
	}
	return told[i], true
}

// grammar is the whole command line, beside the lessons.
type grammar struct {
	globals

	First      firstCommand      `cmd:"" default:"1" hidden:""`
	List       listCommand       `cmd:"" help:"List the lessons, and which of them you have done."`
	Source     sourceCommand     `cmd:"" help:"Print how a lesson is done: in Go, or the same act in C or Python."`
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
	for _, l := range c.told() {
		options = append(options, kong.DynamicCommand(l.Name, l.Help, "", l.Options))
	}
	return kong.New(g, options...)
}

func (c command) run(args []string) int {
	var g grammar
	var helped bool
	if len(args) == 0 { // it needs no grammar, so it is quick
		err := firstCommand{}.Run(c, &grammar{globals: globals{Color: "auto"}})
		return c.outcome(context.Background(), "mtp", err)
	}
	if l, ok := c.toBeTold(args); ok { // before there are more threads
		if err := stage.OwnRoom(stage.Voice(l, c.language)); err != nil {
			return c.fail("mtp "+l.Name, err)
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
	if err == nil {
		if err := c.check(g, parsed.Selected()); err != nil {
			return c.misused(called(parsed.Selected()), err)
		}
	}
	if err != nil {
		return c.usage(err)
	}
	if l, ok := c.lesson(lessonOf(parsed.Selected())); ok {
		return c.tell(l, parsed.Selected(), g, args)
	}
	parsed.Bind(c, &g)
	return c.outcome(context.Background(), called(parsed.Selected()), parsed.Run(c.System))
}

// toBeTold guesses what a command line is going to tell, before it is parsed.
func (c command) toBeTold(args []string) (stage.Lesson, bool) {
	for _, arg := range args {
		switch l, ok := c.lesson(arg); {
		case ok:
			return l, true
		case arg == "help", arg == "source": // about a lesson
			return stage.Lesson{}, false
		}
	}
	return stage.Lesson{}, false
}

// check holds flags against the command that they go with.
func (c command) check(g grammar, selected *kong.Node) error {
	if slices.Contains(sourceAliases(), g.Lang) && selected.Name != "source" {
		return errors.New(c.translate("lang.source",
			"--lang {lang} is for mtp source; else it is auto, en or zh", g.Lang))
	}
	if err := checkAnswers(g.Answers, selected); err != nil {
		return err
	}
	asks := false
	if l, ok := c.lesson(lessonOf(selected)); ok {
		asks = g.Predict && len(l.Rules) > 0
	}
	if t, is := reflect.TypeAssert[tour.Options](selected.Target); is && t.Asks() &&
		g.Answers == "" && !terminal.Interactive(c.In) {
		return errors.New(c.translate("tour.terminal",
			"the tour needs a terminal; give --answers instead"))
	}
	if asks && g.Answers == "" && !terminal.Interactive(c.In) {
		return errors.New(c.translate("predict.terminal",
			"--predict needs a terminal; give --answers instead"))
	}
	return nil
}

// checkAnswers holds the predictions against the questions that a lesson will ask. One may be left
// out: 7,,Z.
func checkAnswers(list string, selected *kong.Node) error {
	asker, is := reflect.TypeAssert[stage.Questioner](selected.Target)
	if list == "" || !is {
		return nil
	}
	given, asked := answers(list), asker.Questions()
	if len(given) != len(asked) {
		return event.Mistake("mistake.answers",
			"--answers has to have as many answers as the lesson asks questions with these flags, {asked}, but has {given}",
			"given", len(given), "asked", len(asked))
	}
	for i, form := range asked {
		if given[i] == "" || form.Read(given[i]) != "" {
			continue
		}
		switch form {
		case quiz.Number:
			return event.Mistake("mistake.answer.number",
				"answer {which} has to be a number, not {answer}", "which", i+1, "answer", given[i])
		case quiz.YesNo:
			return event.Mistake("mistake.answer.yesno",
				"answer {which} has to be y or n, not {answer}", "which", i+1, "answer", given[i])
		case quiz.Letter:
			return event.Mistake("mistake.answer.letter",
				"answer {which} has to be a state (R, S, D, T or Z, or its name), not {answer}",
				"which", i+1, "answer", given[i])
		}
	}
	return nil
}

// tell tells a lesson, as the command line wants it.
func (c command) tell(l stage.Lesson, selected *kong.Node, g grammar, args []string) int {
	who := "mtp " + l.Name
	if err := kernel.Available(); err != nil {
		return c.fail(who, err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	if host, hosts := reflect.TypeAssert[stage.Host](selected.Target); hosts {
		told, err := c.toldIn(host.ToldIn())
		if err != nil {
			return c.fail(who, err)
		}
		defer told.Close()
		c.Out = told
	}
	var shared atomic.Int32
	setting := c.setting(g, cancel)
	setting.Share = func(times int) { shared.Store(int32(times)) }
	s := stage.New(ctx, l, setting)
	go c.lastResort(ctx, onInterrupt(cancel, &shared), terminal.Borrow(c.In, c.Out))
	s.Narrator().Begin(c.version(), runtime.GOOS+"/"+runtime.GOARCH, args)
	perform := func() error {
		return s.Perform(func(s *stage.Stage) {
			actOf(selected).Run(s)
			c.sayNext(s, l)
		})
	}
	err := error(nil)
	if g.Trace == nil {
		err = perform()
	} else {
		err = c.traced(ctx, *g.Trace, s, perform)
	}
	code := c.outcome(ctx, who, err)
	s.Narrator().End(outcome(code, err), code)
	return code
}

// toldIn is where it is told if the standard output is another program's.
func (c command) toldIn(path string) (*os.File, error) {
	if path == "" {
		return c.Err, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create the output: %w", err)
	}
	return file, nil
}

// sayNext names, to a person, the lesson that comes next, and where this one's source is.
func (c command) sayNext(s *stage.Stage, l stage.Lesson) {
	i := slices.IndexFunc(c.lessons, func(other stage.Lesson) bool { return other.Name == l.Name })
	if !s.Terminal().Watched() || i < 0 || l.Invite != nil {
		return
	}
	s.Beyond(c.lessons[min(i+1, len(c.lessons)-1)])
}

// outcome is what an exit code means to programs. If it is that of the reader's own program, mtp
// has done its work.
func outcome(code int, err error) string {
	if _, is := err.(stage.Exit); is { //nolint:errorlint // it is never wrapped
		return outcomes()[exitDone]
	}
	return outcomes()[code]
}

// outcomes are what exit codes mean to programs.
func outcomes() map[int]string {
	return map[int]string{
		exitDone: "done", exitFailed: "failed", exitUnsupported: "unsupported",
		exitInterrupted: "interrupted",
	}
}

// actOf is what a command does: its options say it.
func actOf(selected *kong.Node) stage.Act {
	act, is := reflect.TypeAssert[stage.Act](selected.Target)
	if !is {
		panic(fmt.Sprintf("%v has nothing to run", selected.Target.Type())) // a mistake in the code
	}
	return act
}

// performInTour performs a lesson as its command line would, with the flags that it has in the
// tour.
func (c command) performInTour(l stage.Lesson, s *stage.Stage) {
	parser, err := c.parser(&grammar{}, new(bool))
	s.Must(err)
	parsed, err := parser.Parse(append([]string{l.Name}, l.Tour...))
	s.Must(err)
	actOf(parsed.Selected()).Run(s)
}

// outcome says what went wrong, if something did, and returns the exit code.
func (c command) outcome(ctx context.Context, who string, err error) int {
	if err != nil {
		// Ctrl-C reaches a lesson's children too, and the news of their end may be here before our
		// own signal.
		select {
		case <-ctx.Done():
		case <-time.After(signalGrace):
		}
	}
	var exit stage.Exit
	farewell := c.farewell(ctx)
	switch cause := context.Cause(ctx); {
	case farewell != "":
		fmt.Fprint(c.Err, farewell)
		return exitInterrupted
	case unread(cause), unread(err):
		return exitDone // whoever read it has seen enough
	case cause != nil:
		return c.fail(who, cause)
	case errors.As(err, &exit):
		return int(exit)
	case err != nil:
		return c.fail(who, err)
	}
	return exitDone
}

// unread reports whether an error says that nobody reads our output any more. A pipe to a child,
// which os.Pipe has made and named, is another matter.
func unread(err error) bool {
	its, is := errors.AsType[*fs.PathError](err)
	return errors.Is(err, syscall.EPIPE) && (!is || its.Path != "|1")
}

// spelledOut turns what newcomers type into what the grammar knows: `mtp help` means --help, and
// --version is a command.
func spelledOut(args []string) []string {
	switch {
	case args[0] == "help":
		return append(args[1:], "--help")
	case len(args) == 1 && args[0] == "--version":
		return []string{"version"}
	}
	return args
}

// setting is how lessons are told, as the global flags want it.
func (c command) setting(g grammar, cancel context.CancelCauseFunc) *stage.Setting {
	out := terminal.NewStream(c.Out, g.Color, c.Getenv)
	out.Plain = out.Plain || g.Reader
	return &stage.Setting{
		Language: c.language,
		Terminal: terminal.New(terminal.Options{
			Language: c.language,
			JSON:     g.JSON,
			Out:      out,
			Err:      terminal.NewStream(c.Err, g.Color, c.Getenv),
			In:       c.In,
		}),
		Pace:      g.Pace,
		Stepwise:  g.Step,
		Predict:   g.Predict || g.Answers != "",
		Answers:   answers(g.Answers),
		Record:    g.Trace != nil,
		Cancel:    cancel,
		Interrupt: func() { cancel(interrupted{os.Interrupt}) },
	}
}

// answers are the parts of a list, also of one that was typed with Chinese commas; nil if there is
// none.
func answers(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(strings.NewReplacer("，", ",", "、", ",").Replace(list), ",")
}

// fail prints an error, once, and chooses the exit code.
func (c command) fail(who string, err error) int {
	c.complain(fmt.Sprintf("%s: %v", who, err))
	if errors.Is(err, errors.ErrUnsupported) {
		return exitUnsupported
	}
	return exitFailed
}

// complain prints lines that fit the terminal, if there is one.
func (c command) complain(texts ...string) {
	columns := terminal.NewStream(c.Err, "never", c.Getenv).Columns()
	for _, text := range texts {
		for _, line := range terminal.Wrap(text, columns) {
			fmt.Fprintln(c.Err, line)
		}
	}
}

// usage prints what was wrong with the command line.
func (c command) usage(err error) int {
	command := "mtp"
	if parse, is := errors.AsType[*kong.ParseError](err); is {
		command = called(parse.Context.Selected())
	}
	return c.misused(command, err)
}

// misused prints what was wrong with how a command was used.
func (c command) misused(command string, err error) int {
	help := c.translate("usage", "See '{command} --help'.", command)
	c.complain(command+": "+c.mistake(err), help)
	return exitUsage
}

// lessonOf is the lesson of a command, which may have commands of its own.
func lessonOf(node *kong.Node) string {
	lesson, _, _ := strings.Cut(typedAs(node), " ")
	return lesson
}

// called is a command as messages call it.
func called(node *kong.Node) string {
	if node == nil || node.Hidden { // mtp alone
		return "mtp"
	}
	return "mtp " + typedAs(node)
}

// typedAs is a command as it is typed after mtp.
func typedAs(node *kong.Node) string {
	if node.Parent == nil || node.Parent.Type == kong.ApplicationNode {
		return node.Name
	}
	return typedAs(node.Parent) + " " + node.Name
}

// langFlag finds --lang before the command line is parsed, because the help that parsing prints is
// in that language.
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
