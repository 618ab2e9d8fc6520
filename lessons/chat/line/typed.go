package line

import "strings"

// Typed is what somebody has typed. It stays what it is from the keyboard to the room.
type Typed struct {
	Kind Kind
	Text string // of a line
}

// Kind is what was typed, as one letter: so it goes through a pipe.
type Kind byte

// The kinds of what is typed.
const (
	Entered   Kind = 'l' // a line
	Refused   Kind = 'b' // something that is too long, or no text
	Interrupt Kind = 'x' // Ctrl-C
	End       Kind = 'e' // Ctrl-D on an empty line, or the end of the input
)

// Command is the command that a line is: its first word, if that begins with one slash. A line that
// begins with two is none: it is said, with one.
func (t Typed) Command() (word string, is bool) {
	text := t.Text
	if rest, is := strings.CutPrefix(text, "／"); is { // as Chinese input methods type it
		text = "/" + rest
	}
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") {
		return "", false
	}
	word, _, _ = strings.Cut(text, " ")
	return word, true
}

// Said is what a line that is no command says.
func (t Typed) Said() string {
	if strings.HasPrefix(t.Text, "//") {
		return t.Text[1:]
	}
	return t.Text
}
