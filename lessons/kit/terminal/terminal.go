// Package terminal shows events to people, as text, or to programs, as JSON, and hears what is
// typed. It is the only owner of the terminal: narration, spinner and prompt never write at the
// same time.
package terminal

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"sync"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/picture"

	"github.com/briandowns/spinner"
)

// Options say how to show.
type Options struct {
	Language event.Language
	JSON     bool
	Out      Stream // narration and results
	Err      Stream // progress
	In       *os.File
}

// Terminal shows events and hears what is typed. Its methods may be called from several goroutines.
type Terminal struct {
	Options
	voice    event.Voice
	keyboard *keyboard

	mu      sync.Mutex // one writer at a time
	spinner *spinner.Spinner
	blank   bool            // the last line was empty
	met     map[string]bool // the words that were explained since the last title
	page    *strings.Builder
}

// New returns a terminal, or what stands for one.
func New(o Options) *Terminal {
	sentences := []event.Sentences{chinese, picture.Chinese}
	return &Terminal{
		Options:  o,
		voice:    event.Voice{Language: o.Language, Chinese: sentences},
		keyboard: newKeyboard(o.In),
		met:      map[string]bool{},
	}
}

// Watched reports whether a person reads along.
func (t *Terminal) Watched() bool { return t.Out.Terminal != nil && !t.JSON }

// Show shows an event, in one write.
func (t *Terminal) Show(e event.Event) error {
	if (e.Kind == event.Begin || e.Kind == event.End) && !t.JSON {
		return nil // people see that it begins, and that it ends
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopSpinner()
	text := t.render(e)
	if t.page != nil {
		if e.Kind == event.Step {
			t.page.Reset()
		}
		t.page.WriteString(text)
	}
	if _, err := io.WriteString(t.Out, text); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// Pieces is what Show would write, cut at the event's blanks.
func (t *Terminal) Pieces(e event.Event) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopSpinner()
	return event.Pieces(t.render(e))
}

func (t *Terminal) render(e event.Event) string {
	if t.JSON {
		return e.JSON()
	}
	if e.Kind == event.Title {
		clear(t.met)
	}
	e.Source = t.source(e.Source)
	text := ""
	if t.Out.Plain {
		text = t.Out.plain(e, t.voice.Text("so", "Conclusion: "))
	} else {
		text = t.Out.text(e)
	}
	if e.Picture != nil {
		text += e.Picture.Draw(t.pen())
		if e.Source != "" {
			source := t.Out.block("  ", "← "+e.Source, event.Faint)
			text = strings.TrimRight(text, "\n") + "\n" + source + "\n"
		}
	}
	if t.blank { // one empty line is enough
		text = strings.TrimPrefix(text, "\n")
	}
	t.blank = strings.HasSuffix(text, "\n\n")
	return text
}

// Rows is how many rows an event would take on the screen.
func (t *Terminal) Rows(e event.Event) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	blank, met := t.blank, maps.Clone(t.met)
	rows := strings.Count(t.render(e), "\n")
	t.blank, t.met = blank, met
	return rows
}

// Height is how many rows the screen has at the moment.
func (t *Terminal) Height() int {
	const usual = 24
	return cmp.Or(t.Out.Rows(), usual)
}

func (t *Terminal) pen() event.Pen {
	return event.Pen{
		Columns: t.Out.Columns(),
		Rows:    t.Out.Rows(),
		Paint:   t.Out.Draw,
		Plain:   t.Out.Plain,
		Wrap:    Wrap,
		Word:    func(name, text string) string { return t.voice.Text(name, text) },
		First: func(word string) bool {
			before := t.met[word]
			t.met[word] = true
			return !before
		},
	}
}

// Redirect has what is shown written to another writer from now on: an editor that draws its line
// below.
func (t *Terminal) Redirect(to io.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Out.Writer = to
}

// RememberPage has what is shown since the last step remembered, for ShowPageAgain.
func (t *Terminal) RememberPage() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.page = new(strings.Builder)
}

// ShowPageAgain shows the last step again. Programs, which have it, are shown nothing.
func (t *Terminal) ShowPageAgain() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.page != nil && !t.JSON {
		_, _ = io.WriteString(t.Out, t.page.String())
	}
}

// TurnPage begins a new page for a class that steps through a lesson: what was there scrolls away,
// and can be scrolled back to.
func (t *Terminal) TurnPage() {
	if !t.Watched() || t.keyboard.ended() {
		return
	}
	rows := t.Height()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.blank = true
	if t.Out.Plain { // nothing is drawn over what was read
		return
	}
	_, _ = io.WriteString(t.Out, strings.Repeat("\n", rows)+"\033[H")
}
