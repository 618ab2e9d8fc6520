package commands

import (
	"regexp"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/terminal"

	"github.com/clipperhouse/displaywidth"
)

// firstCommand is `mtp` alone: what mtp is, on one screen. All the rest is in `mtp --help`.
type firstCommand struct{}

// Run prints the screen.
func (firstCommand) Run(c command, g *grammar) error {
	h := c.newHelp(g.Color)
	h.first()
	return h.print()
}

func (h *help) first() {
	const tour = "mtp tour"
	h.line(h.translate("first.what", "mtp teaches multi-process programming by really doing it."))
	h.line("")
	start := strings.Join(terminal.Wrap(h.translate("first.start",
		"Start here: {command} (all lessons, one after the other)", tour), h.columns), "\n")
	h.text.WriteString(strings.Replace(start, tour, h.Draw(tour, event.Blue), 1) + "\n")
	lessons, tools := h.firstRows()
	width := 0
	for _, row := range append(tools, lessons...) {
		width = max(width, displaywidth.String(row.left))
	}
	write := func(rows []row) {
		for _, row := range rows {
			pad := strings.Repeat(" ", width-displaywidth.String(row.left)+2)
			right := clauses(row.right, h.columns-width-4)
			h.text.WriteString("  " + h.Draw(row.left, event.Blue) + pad + right + "\n")
		}
	}
	h.heading("first.lessons", "Lessons, each run by its name: mtp zombie")
	write(lessons)
	h.heading("first.tools", "Tools")
	write(tools)
	h.line(h.translate("first.more", "More: mtp --help, mtp man; of a lesson: mtp zombie --help"))
}

// row is a line of two columns: a name, and what it means.
type row struct{ left, right string }

func (h *help) firstRows() (lessons, tools []row) {
	for i, l := range h.told() {
		named := row{l.Name, h.helpOf(l.Name, "help", l.Help)}
		switch {
		case i < len(h.lessons):
			lessons = append(lessons, named)
		case l.Name != h.tour.Name: // with which one starts
			tools = append(tools, named)
		}
	}
	return lessons, append(tools, row{"list, source", h.translate("first.list",
		"What you have done; how a lesson is done, in Go, C or Python")})
}

// clauses are as many of a sentence's clauses as fit into so many columns. A list behind a colon
// goes as a whole.
func clauses(sentence string, columns int) string {
	text := strings.TrimRight(sentence, ".。")
	if displaywidth.String(text) <= columns {
		return text
	}
	for _, end := range []string{`: |：`, `[,;] |[，；]`, ` and `} {
		places := regexp.MustCompile(end).FindAllStringIndex(text, -1)
		if len(places) > 0 {
			return clauses(text[:places[len(places)-1][0]], columns)
		}
	}
	return displaywidth.TruncateString(text, columns, "…")
}
