package event

// Pen is what a picture draws itself with.
type Pen struct {
	Columns int                                   // of the terminal; 0 where there is none
	Rows    int                                   // of the terminal, likewise
	Paint   func(text string, inks ...Ink) string // leaves it as it is where there is no colour
	Wrap    func(text string, columns int) []string
	Word    func(name, text string) string // a word or two in the reader's language
	First   func(word string) bool         // whether it is met for the first time
	Plain   bool                           // in sentences, for a screen reader
}

// Ink is a colour or a style.
type Ink int

// The inks.
const (
	Bold Ink = iota + 1
	Faint
	Underline
	Reverse
	Red
	Green
	Blue
	Magenta
	Violet
)
