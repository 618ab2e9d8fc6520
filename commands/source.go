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
	"regexp"
	"runtime"
	"slices"
	"strings"

	"mtp/lessons"
	"mtp/lessons/kit/narrate"

	"github.com/fatih/color"
)

// sourceCommand prints how a lesson is done.
type sourceCommand struct {
	Lesson string `arg:"" help:"Which lesson."`
	All    bool   `help:"All of its files, not only the story."`
}

// sourceLanguages are what --lang may be for it, besides the languages that people speak.
func sourceLanguages() []string { return []string{"go", "c", "python"} }

// Validate is called by kong.
func (s sourceCommand) Validate() error {
	if !slices.ContainsFunc(course(), func(l lesson) bool { return l.name == s.Lesson }) {
		return fmt.Errorf("there is no lesson %q; 'mtp' lists them", s.Lesson)
	}
	return nil
}

// Run prints a lesson's source: in Go as it was built, or the same act in another language (--lang c, --lang python).
func (s sourceCommand) Run(c command, g *grammar) error {
	folder := strings.ReplaceAll(s.Lesson, "-", "")
	files := []string{folder + "/c-and-python/" + s.Lesson + ".c"}
	language := g.Lang
	switch language {
	case "c":
	case "python":
		files[0] = strings.TrimSuffix(files[0], "c") + "py"
	default:
		language = "go"
		var err error
		if files, err = goFiles(folder, s.All); err != nil {
			return err
		}
	}
	out := narrate.NewStream(c.Out, g.Color, c.Getenv)
	show := pager(&out)
	if g.Color == "always" {
		out.Color = true
	}
	var text strings.Builder
	for i, file := range files {
		source, err := lessons.Source.ReadFile(file)
		if err != nil {
			return fmt.Errorf("find the source: %w", err)
		}
		if len(files) > 1 { // else it can be compiled as it is
			if i > 0 {
				text.WriteString("\n")
			}
			text.WriteString(out.Paint("// lessons/"+file, color.Bold) + "\n\n")
		}
		text.WriteString(highlight(out, string(source), language))
	}
	return page(c, show, text.String())
}

// goFiles are the files of a lesson that tell its story on this system, or all that are built here: first the one with its name.
func goFiles(folder string, all bool) ([]string, error) {
	entries, err := fs.ReadDir(lessons.Source, folder)
	if err != nil {
		return nil, fmt.Errorf("find the source: %w", err)
	}
	var story, files []string
	for _, entry := range entries {
		name := entry.Name()
		bare, here := builtHere(strings.TrimSuffix(name, ".go"))
		switch {
		case entry.IsDir() || !here || strings.HasSuffix(bare, "_test") || bare == "zh":
		case bare == folder:
			story = append(story, folder+"/"+name) // zombie.go, zombie_linux.go
		case all:
			files = append(files, folder+"/"+name)
		}
	}
	return append(story, files...), nil
}

// builtHere reports whether a file with this name is built on this system, and cuts the system off.
func builtHere(name string) (bare string, here bool) {
	i := strings.LastIndexByte(name, '_')
	if i < 0 {
		return name, true
	}
	switch system := name[i+1:]; {
	case system == runtime.GOOS, system == "unix" && runtime.GOOS != "windows", system == "other" && runtime.GOOS != "linux":
		return name[:i], true
	case slices.Contains([]string{"linux", "darwin", "windows", "unix", "other"}, system):
		return name[:i], false
	}
	return name, true
}

// highlight colours comments, texts and keywords.
func highlight(out narrate.Stream, source, language string) string {
	if !out.Color {
		return source
	}
	styles := []color.Attribute{color.Faint, color.FgGreen, color.FgCyan}
	pattern := tokens(language)
	return pattern.ReplaceAllStringFunc(source, func(token string) string {
		groups := pattern.FindStringSubmatch(token)
		for i, style := range styles {
			if groups[i+1] == "" {
				continue
			}
			lines := strings.Split(token, "\n") // a pager begins each without colour
			for n, line := range lines {
				lines[n] = out.Paint(line, style)
			}
			return strings.Join(lines, "\n")
		}
		return token
	})
}

// tokens finds what is coloured: a comment, a text, or a keyword.
func tokens(language string) *regexp.Regexp {
	return regexp.MustCompile(map[string]string{
		"go": `(//[^\n]*|(?s:/\*.*?\*/))|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|` + "`[^`]*`" + `)|` +
			`\b(break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map|package|range|return|select|struct|switch|type|var)\b`,
		"c": `(//[^\n]*|(?s:/\*.*?\*/))|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|` +
			`(#\w+|\b(?:break|case|char|const|continue|default|do|double|else|enum|extern|float|for|if|int|long|return|short|signed|sizeof|static|struct|switch|typedef|union|unsigned|void|volatile|while)\b)`,
		"python": `(#[^\n]*)|((?s:""".*?""")|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|` +
			`\b(and|as|assert|break|class|continue|def|del|elif|else|except|False|finally|for|from|global|if|import|in|is|lambda|None|nonlocal|not|or|pass|raise|return|True|try|while|with|yield)\b`,
	}[language])
}

// pager is what to show a text with on a terminal: $PAGER, which may be empty, or less; empty for nothing. Colours go to less, for others may
// show them raw.
func pager(out *narrate.Stream) string {
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
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // Ctrl-C is for the pager; were it ignored here, the pager would ignore it, too
	show := exec.Command("sh", "-c", pager)
	show.Stdin, show.Stdout, show.Stderr = bytes.NewBufferString(text), c.Out, c.Err
	less := "-R " + c.Getenv("LESS") // colours
	if c.Getenv("LESS") == "" {
		less = "-FRX" // besides, no pager for what fits on the screen, and the text stays
	}
	show.Env = append(os.Environ(), "LESS="+less)
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
