// Package line edits one line of text on a terminal, while other lines arrive above it.
//
// The line always takes one row: of a text that is wider than the terminal the part around the
// cursor is shown. What is written at once is one Write, so nothing tears it. Columns are
// counted as a terminal does: a Chinese character takes two, a combining one none, and both cursor
// and backspace move by what a reader calls a character (UAX #29).
package line

import (
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Editor is a line being edited. Its methods may be called from several goroutines.
type Editor struct {
	mu      sync.Mutex
	out     io.Writer
	size    func() (columns, rows int)
	prompt  string
	newMark string // a word, for the rule above what came while nobody looked
	limit   int    // of bytes in a line

	before, after string // the text, around the cursor
	from          int    // the first byte of it that is shown
	history       []string
	recalled      int    // which line of the history is shown; len(history): the new one
	draft         string // the new one, while another is shown
	pending       []byte // input that is not a whole key yet
	pasting       bool
	spoiled       bool // more came at once than fits: the line is dropped up to its end
	closed        bool

	names      Names
	completion *completion // nil: the last key was not Tab
	printed    []string    // the last lines above, for Ctrl-L
	away       bool        // the terminal has lost the focus
	marked     bool        // what came since then has its rule
}

// New returns an editor that draws on a terminal of that size, and lets a line have so many bytes
// at most.
func New(out io.Writer, size func() (columns, rows int), prompt string, limit int) *Editor {
	e := &Editor{out: out, size: size, prompt: prompt, limit: limit}
	e.write(e.drawn())
	return e
}

// Redirect has it draw on another writer from now on, which leads to the same terminal.
func (e *Editor) Redirect(to io.Writer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.out = to
}

// Feed takes what came from the keyboard, draws the line anew, and returns what that comes to.
func (e *Editor) Feed(input []byte) (all []Typed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending = append(e.pending, input...)
	for {
		key, size := nextKey(e.pending, e.pasting)
		if size == 0 {
			break
		}
		e.pending = e.pending[size:]
		if typed, is := e.press(key); is {
			all = append(all, typed)
		}
	}
	e.write(e.drawn())
	return all
}

// Print writes a text, of one or more lines, above the line being edited. Above the first that
// comes while the terminal has not the focus it draws a rule.
func (e *Editor) Print(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		e.write(strings.ReplaceAll(text, "\n", "\r\n"))
		return
	}
	if e.away && !e.marked && e.newMark != "" {
		text, e.marked = e.rule()+text, true
	}
	e.keep(text)
	e.write("\r\033[K" + strings.ReplaceAll(text, "\n", "\r\n") + e.drawn())
}

// rule is a line across the terminal, with a word in it.
func (e *Editor) rule() string {
	columns, _ := e.size()
	rule := "── " + e.newMark + " "
	return rule + strings.Repeat("─", max(columns-1-Width(rule), 0)) + "\n"
}

// maxKept is how many lines are kept for Ctrl-L, which is more than a terminal has rows, and how
// many that were typed.
const maxKept = 500

func (e *Editor) keep(text string) {
	text = strings.ReplaceAll(text, "\a", "") // it has rung
	e.printed = append(e.printed, strings.Split(strings.TrimSuffix(text, "\n"), "\n")...)
	e.printed = e.printed[max(len(e.printed)-maxKept, 0):]
}

// renewed is the whole terminal: the last lines, as many as fit, and the one being edited.
func (e *Editor) renewed() string {
	columns, left := e.size()
	first := len(e.printed)
	for left--; first > 0; first-- { // the line being edited takes a row
		if left -= rows(e.printed[first-1], columns); left < 0 {
			break
		}
	}
	var screen strings.Builder
	screen.WriteString("\033[H\033[2J")
	for _, line := range e.printed[first:] {
		screen.WriteString(line + "\r\n")
	}
	return screen.String()
}

// Redraw draws the line anew, as after a change of the terminal's size.
func (e *Editor) Redraw() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.write(e.drawn())
}

// SetPrompt changes the prompt.
func (e *Editor) SetPrompt(prompt string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prompt = prompt
	e.write(e.drawn())
}

// SetNewMark sets the word in the rule above what comes while the terminal has not the focus; there
// is no rule without it.
func (e *Editor) SetNewMark(word string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.newMark = word
}

// Learn lets Tab complete a name.
func (e *Editor) Learn(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if valid(name) {
		e.names.Learn(name)
	}
}

// Forget ends that.
func (e *Editor) Forget(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.names.Forget(name)
}

// Close takes the line away. Prints after that go to where it was.
func (e *Editor) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.write("\r\033[K")
	}
	e.closed = true
}

func (e *Editor) write(text string) {
	_, _ = io.WriteString(e.out, text) // a terminal that is gone is noticed by who reads from it
}

// press does what a key says.
func (e *Editor) press(k key) (typed Typed, is bool) {
	if k.name != tab {
		e.completion = nil
	}
	if e.away = k.name == focusOut; e.away {
		e.marked = false
	}
	switch k.name {
	case text:
		if e.spoiled {
			return Typed{}, false
		}
		if len(e.before)+len(k.text)+len(e.after) > e.limit {
			if firstCharacter(k.text) < len(k.text) { // not one key too many, but a paste
				e.before, e.after, e.spoiled = "", "", true
			}
			return Typed{Kind: Refused}, true
		}
		e.before += k.text
	case enter:
		if e.spoiled {
			e.spoiled = false
			return Typed{}, false
		}
		entered := e.before + e.after
		e.before, e.after = "", ""
		if entered == "" {
			return Typed{}, false
		}
		if last := len(e.history) - 1; last < 0 || e.history[last] != entered {
			e.history = append(e.history, entered)
			e.history = e.history[max(len(e.history)-maxKept, 0):]
		}
		e.recalled, e.draft = len(e.history), ""
		return Typed{Kind: Entered, Text: entered}, true
	case interrupt:
		return Typed{Kind: Interrupt}, true
	case endOrDelete:
		if e.before+e.after == "" {
			return Typed{Kind: End}, true
		}
		e.after = e.after[firstCharacter(e.after):]
	case deleteKey:
		e.after = e.after[firstCharacter(e.after):]
	case backspace:
		e.before = e.before[:lastCharacter(e.before)]
	case leftKey:
		i := lastCharacter(e.before)
		e.before, e.after = e.before[:i], e.before[i:]+e.after
	case rightKey:
		i := firstCharacter(e.after)
		e.before, e.after = e.before+e.after[:i], e.after[i:]
	case home:
		e.before, e.after = "", e.before+e.after
	case end:
		e.before, e.after = e.before+e.after, ""
	case killToEnd:
		e.after = ""
	case killToBegin:
		e.before = ""
	case killWord:
		trimmed := strings.TrimRight(e.before, " ")
		e.before = trimmed[:strings.LastIndexByte(trimmed, ' ')+1]
	case up:
		e.recall(e.recalled - 1)
	case down:
		e.recall(e.recalled + 1)
	case pasteBegin:
		e.pasting = true
	case pasteEnd:
		e.pasting, e.spoiled = false, false
	case tab:
		e.complete()
	case renew:
		e.write(e.renewed())
	case invalid:
		return Typed{Kind: Refused}, true
	case focusIn, focusOut, nothing:
	}
	return Typed{}, false
}

// recall shows another line of the history.
func (e *Editor) recall(n int) {
	if n < 0 || n > len(e.history) {
		return
	}
	if e.recalled == len(e.history) {
		e.draft = e.before + e.after
	}
	e.recalled, e.after = n, ""
	if n == len(e.history) {
		e.before = e.draft
	} else {
		e.before = e.history[n]
	}
}

// drawn is the row: the prompt, and the part of the text that fits, with the cursor in it.
func (e *Editor) drawn() string {
	if e.closed {
		return ""
	}
	columns, _ := e.size()
	prompt := displaywidth.TruncateString(e.prompt, max(columns/2, 1), "…")
	// The last column stays empty: a terminal would wrap there.
	room := max(columns-displaywidth.String(prompt)-1, 2)
	if e.from > len(e.before) {
		e.from = len(e.before)
	}
	for displaywidth.String(e.before[e.from:]) > room { // the cursor is to the right of what fits
		e.from += firstCharacter(e.before[e.from:])
	}
	for e.from > 0 { // show as much as fits
		i := lastCharacter(e.before[:e.from])
		if displaywidth.String(e.before[i:]+e.after) > room {
			break
		}
		e.from = i
	}
	shown, behind := e.before[e.from:], ""
	for rest := e.after; rest != ""; {
		i := firstCharacter(rest)
		if displaywidth.String(shown+behind+rest[:i]) > room {
			break
		}
		behind += rest[:i]
		rest = rest[i:]
	}
	row := "\r\033[K" + prompt + shown + behind
	if back := displaywidth.String(shown+behind) - displaywidth.String(shown); back > 0 {
		row += "\033[" + strconv.Itoa(back) + "D"
	}
	return row
}

// firstCharacter is the length of the first character, as a reader sees them.
func firstCharacter(s string) int {
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		return len(g.Value())
	}
	return 0
}

// lastCharacter is where the last character begins.
func lastCharacter(s string) int {
	last := 0
	for g, at := displaywidth.StringGraphemes(s), 0; g.Next(); at += len(g.Value()) {
		last = at
	}
	return last
}

// valid reports whether a text is text: UTF-8 without control characters.
func valid(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
