package commands

import (
	"context"
	"fmt"
	"runtime"
	"strconv"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/terminal"
	"mtp/lessons/tour"

	"github.com/alecthomas/kong"
)

// listCommand lists the lessons, with what was done of them.
type listCommand struct{}

// Run lists them, as text or as events.
func (listCommand) Run(c command, g *grammar, parsed *kong.Context) error {
	kept, err := tour.AllKept(c.Getenv)
	if g.JSON {
		return c.listEvents(g, parsed.Args, kept, err)
	}
	h := c.newHelp(g.Color)
	if err != nil {
		text := c.translate("list.unread", "your progress can't be read: {error}", err.Error())
		c.complain("mtp list: " + text)
	}
	h.lessonsWith(kept)
	return h.print()
}

// lessonsWith lists the lessons, each with what was done of it, and what it shows, or what to
// remember of it.
func (h *help) lessonsWith(kept map[string]tour.Kept) {
	done := 0
	for _, l := range h.lessons {
		if !kept[l.Name].Done.IsZero() {
			done++
		}
	}
	count := strconv.Itoa(len(h.lessons))
	h.line(h.translate("list.head",
		"The lessons, in the course's order; in mtp tour you have done {done} of {count}.",
		strconv.Itoa(done), count))
	h.line("")
	width := 0
	for _, l := range h.lessons {
		width = max(width, len(l.Name))
	}
	for _, l := range h.lessons {
		record, begun := kept[l.Name]
		mark, words := h.standing(record, begun)
		name := h.Draw(fmt.Sprintf("%-*s", width, l.Name), event.Blue)
		h.text.WriteString("  " + mark + " " + name + "  " + words + "\n")
		// The gist would give away what is still to be predicted.
		about := stage.Voice(l, h.language).Text("help", l.Help)
		if !record.Done.IsZero() {
			about = stage.Voice(l, h.language).Text("gist", l.Gist)
		}
		for _, line := range terminal.Wrap(about, h.columns-4) {
			h.text.WriteString("    " + line + "\n")
		}
	}
	h.line("")
	at := tour.GoesOnAt(h.lessons, kept)
	if at < 0 {
		h.line(h.translate("list.all", "You have done them all."))
		return
	}
	next := h.lessons[at].Name
	if len(kept) == 0 {
		h.line(h.translate("list.first",
			"mtp tour begins with {lesson}; mtp {lesson} runs that lesson alone.", next, next))
		return
	}
	h.line(h.translate("list.next",
		"mtp tour goes on with {lesson}; mtp {lesson} runs that lesson alone.", next, next))
}

// standing is how far somebody is with a lesson: a mark, and words.
func (h *help) standing(record tour.Kept, begun bool) (mark, words string) {
	switch {
	case !begun:
		return "·", h.translate("list.notyet", "not yet")
	case record.Done.IsZero():
		return h.Draw("…", event.Blue), h.translate("list.left",
			"begun, left at step {step}", strconv.Itoa(record.Step))
	}
	mark, day := h.Draw("✓", event.Green), record.Done.Local().Format("2006-01-02")
	if record.Made == 0 {
		return mark, h.translate("list.done", "done on {day}", day)
	}
	return mark, h.translate("list.predicted",
		"done on {day}, {right} of {made} predictions right",
		day, strconv.Itoa(record.Right), strconv.Itoa(record.Made))
}

// listEvents lists the lessons for programs, an event each.
func (c command) listEvents(
	g *grammar, args []string, kept map[string]tour.Kept, unread error,
) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	named := stage.Lesson{Name: "list", Chinese: zh}
	list := stage.New(ctx, named, c.setting(*g, cancel)).Narrator()
	list.Begin(c.version(), runtime.GOOS+"/"+runtime.GOARCH, args)
	if unread != nil {
		list.Warn("list.unread", "your progress can't be read: {error}", "error", unread)
	}
	for _, l := range c.lessons {
		record, begun := kept[l.Name]
		standing := event.Word{Key: "not yet", Text: c.translate("list.notyet", "not yet")}
		done, step := any(nil), any(nil)
		switch {
		case !record.Done.IsZero():
			standing = event.Word{Key: "done", Text: c.translate("list.word.done", "done")}
			done = event.Time(record.Done)
		case begun:
			standing = event.Word{Key: "begun", Text: c.translate("list.begun", "begun")}
			step = record.Step
		}
		list.Say("list.lesson", "{lesson}: {standing}", "lesson", l.Name, "standing", standing,
			"done", done, "step", step, "predictions", record.Made, "right", record.Right)
	}
	list.End(outcomes()[exitDone], exitDone)
	return context.Cause(ctx)
}
