package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/terminal"
)

// sourceCommand prints how a lesson is done.
type sourceCommand struct {
	Lesson string `arg:"" help:"Which lesson."`
	In     string `help:"In which language: go, as mtp does it, or the same act in c or python." enum:"go,c,python" default:"go" placeholder:"LANGUAGE"`
	All    bool   `help:"All of its files, not only the story."`
}

// sourceAliases are values of --lang that say what --in does: both were one flag once.
func sourceAliases() []string { return []string{"go", "c", "python"} }

// names are the lessons' names.
func names(lessons []stage.Lesson) (list []string) {
	for _, l := range lessons {
		list = append(list, l.Name)
	}
	return list
}

// Validate is called by kong.
func (s sourceCommand) Validate() error {
	if s.Lesson == "" {
		return event.Mistake("mistake.which", "say which lesson: mtp source zombie")
	}
	return stage.FindLesson(s.Lesson, names(Course()))
}

// Run prints a lesson's source: in Go as it was built, or the same act in another language.
func (s sourceCommand) Run(c command, g *grammar) error {
	language := s.In
	if slices.Contains(sourceAliases(), g.Lang) {
		language = g.Lang
	}
	l, _ := c.lesson(s.Lesson)
	var files []string
	switch language {
	case "c":
		files = []string{"c-and-python/" + l.Name + ".c"}
	case "python":
		files = []string{"c-and-python/" + l.Name + ".py"}
	default:
		files = goFiles(l, s.All)
	}
	out := terminal.NewStream(c.Out, g.Color, c.Getenv)
	show := pager(&out)
	if g.Color == "always" {
		out.Color = true
	}
	var text strings.Builder
	if language == "go" {
		text.WriteString(highlight(out, legend, language))
	}
	for i, file := range files {
		source, err := l.Source.ReadFile(file)
		if err != nil {
			return fmt.Errorf("find the source: %w", err)
		}
		if len(files) > 1 { // else it can be compiled as it is
			if i > 0 {
				text.WriteString("\n")
			}
			text.WriteString(out.Draw("// "+path.Join(folder(l), file), event.Bold) + "\n\n")
		}
		text.WriteString(highlight(out, string(source), language))
	}
	return page(c, show, text.String())
}

// legend stands before a lesson's story, for who has never seen one.
const legend = `// How to read a lesson: s is the stage that it is performed on.
//
//	s.Step, s.Say, s.Try     say what is done, explain it, invite you to type something
//	s.See(name, fact, text)  shows evidence: the fact says where it was read, and fills holes such
//	                         as {pid}; the name is for programs, and finds the Chinese sentence
//	s.So, s.Tree, s.Lanes    draw a conclusion; the processes as a tree; the processes over time
//	s.AskLetter(…), x.Is(…)  let you predict, and compare that with what came
//	s.Child, s.Start         a child: mtp once more, in a role; x.LetExit ends its input, x.Hear
//	                         reads what it prints
//	s.AwaitExit(pid)         watches a process until it has ended; it does not reap it
//	s.Meanwhile, s.Hold      show that time passes; neither waits for a child
//	s.Must, s.Mustf, s.Room  end the lesson with an error, if there is one, or no room

`

// folder is where a lesson's files lie.
func folder(l stage.Lesson) string { return "lessons/" + strings.ReplaceAll(l.Name, "-", "") }

// goFiles are the files that tell a lesson's story on this system, in reading order, and after
// them, if so wished, all others that are built here.
func goFiles(l stage.Lesson, all bool) (files []string) {
	for _, file := range l.Story {
		if builtHere(file) {
			files = append(files, file)
		}
	}
	if !all {
		return files
	}
	_ = fs.WalkDir(l.Source, ".", func(file string, _ fs.DirEntry, _ error) error {
		if path.Ext(file) == ".go" && builtHere(file) && !slices.Contains(files, file) {
			files = append(files, file)
		}
		return nil
	})
	return files
}

// builtHere reports whether a file with this name is built on this system.
func builtHere(file string) bool {
	_, system, named := strings.Cut(strings.TrimSuffix(path.Base(file), ".go"), "_")
	if !named {
		return true
	}
	switch system[strings.LastIndexByte(system, '_')+1:] {
	case "linux", "darwin", "windows":
		return strings.HasSuffix(system, runtime.GOOS)
	case "unix":
		return runtime.GOOS != "windows"
	case "other":
		return runtime.GOOS != "linux"
	}
	return true
}

// highlight colours comments, texts and keywords.
func highlight(out terminal.Stream, source, language string) string {
	if !out.Color {
		return source
	}
	styles := []event.Ink{event.Faint, event.Green, event.Blue}
	pattern := tokens(language)
	return pattern.ReplaceAllStringFunc(source, func(token string) string {
		groups := pattern.FindStringSubmatch(token)
		for i, style := range styles {
			if groups[i+1] == "" {
				continue
			}
			lines := strings.Split(token, "\n") // a pager begins each without colour
			for n, line := range lines {
				lines[n] = out.Draw(line, style)
			}
			return strings.Join(lines, "\n")
		}
		return token
	})
}

// keywords are those of Go, C and Python.
func keywords(language string) string {
	switch language {
	case "c":
		return "break case char const continue default do double else enum extern float for if " +
			"int long return short signed sizeof static struct switch typedef union unsigned " +
			"void volatile while"
	case "python":
		return "and as assert break class continue def del elif else except False finally for " +
			"from global if import in is lambda None nonlocal not or pass raise return True " +
			"try while with yield"
	}
	return "break case chan const continue default defer else fallthrough for func go goto if " +
		"import interface map package range return select struct switch type var"
}

// tokens finds what is coloured: a comment, a text, or a keyword.
func tokens(language string) *regexp.Regexp {
	const quoted = `"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'`
	keyword := `\b(?:` + strings.ReplaceAll(keywords(language), " ", "|") + `)\b`
	comment, text := `//[^\n]*|(?s:/\*.*?\*/)`, quoted
	switch language {
	case "go":
		text += "|`[^`]*`"
	case "c":
		keyword = `#\w+|` + keyword
	case "python":
		comment, text = `#[^\n]*`, `(?s:""".*?""")|`+quoted
	}
	return regexp.MustCompile("(" + comment + ")|(" + text + ")|(" + keyword + ")")
}

// pager is what to show a text with on a terminal: $PAGER, which may be empty, or less; empty for
// nothing. Colours go to less, for others may show them raw.
func pager(out *terminal.Stream) string {
	pager, set := os.LookupEnv("PAGER")
	if _, err := exec.LookPath("less"); !set && err == nil {
		pager = "less"
	}
	if out.Terminal == nil {
		return ""
	}
	out.Color = out.Color && (pager == "" || strings.HasPrefix(pager, "less"))
	return pager
}

// page shows a text.
func page(c command, pager, text string) error {
	if pager == "" {
		_, err := io.WriteString(c.Out, text)
		return err
	}
	// Ctrl-C is for the pager; were it ignored here, the pager would ignore it, too.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	show := exec.Command("sh", "-c", pager)
	show.Stdin, show.Stdout, show.Stderr = bytes.NewBufferString(text), c.Out, c.Err
	less := "-R " + c.Getenv("LESS") // colours
	if c.Getenv("LESS") == "" {
		less = "-FRX" // besides, no pager for what fits on the screen, and the text stays
	}
	show.Env = append(os.Environ(), "LESS="+less)
	defer c.endWithPager()()
	err := show.Run()
	const cannotRun, notFound = 126, 127 // as sh has it
	var quit *exec.ExitError
	if errors.As(err, &quit) && quit.ExitCode() != cannotRun && quit.ExitCode() != notFound {
		return nil // that was the reader's wish
	}
	if err != nil {
		_, err = io.WriteString(c.Out, text)
	}
	return err
}

// endWithPager has the pager end when this program is asked to, until the function that it returns
// is called. A shell may be between them.
func (c command) endWithPager() (stop func()) {
	asked := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(asked, s)
		}
	}
	loan := terminal.Borrow(c.In, c.Out)
	unasked := make(chan struct{})
	go func() {
		asks, is := <-asked
		if !is {
			close(unasked)
			return
		}
		family, _ := kernel.Descendants(os.Getpid())
		var below []*os.Process
		for _, p := range family[min(1, len(family)):] {
			if pager, err := os.FindProcess(p.PID); err == nil {
				below = append(below, pager)
				_ = pager.Signal(syscall.SIGTERM)
			}
		}
		time.Sleep(2 * signalGrace) // they leave the terminal as it was
		for _, pager := range below {
			_ = pager.Kill() // one may be stuck
		}
		loan.GiveBack()
		terminal.Post(c.Err, c.farewellTo(interrupted{asks}))
		os.Exit(exitInterrupted)
	}()
	return func() {
		signal.Stop(asked)
		close(asked)
		<-unasked // else this program is about to exit
	}
}
