package line

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
