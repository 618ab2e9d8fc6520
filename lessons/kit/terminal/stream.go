package terminal

import (
	"io"
	"os"

	"github.com/fatih/color"
	"golang.org/x/term"
)

// Stream is an output and how it may be used. Colour and width are decided once, for each stream by
// itself.
type Stream struct {
	io.Writer
	Terminal *os.File // nil if it is none, or one that can't be animated
	Color    bool
	Plain    bool // for a screen reader: no bars, boxes or drawings, and nothing is drawn twice
}

// NewStream decides how a stream may be used. mode is --color: "always", "never", or "auto": colour
// on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb forbids it. MTP_PLAIN and TERM=dumb
// ask for a plain one.
func NewStream(file *os.File, mode string, getenv func(string) string) Stream {
	s := Stream{Writer: file}
	dumb := getenv("TERM") == "dumb"
	s.Plain = dumb || getenv("MTP_PLAIN") != ""
	if term.IsTerminal(int(file.Fd())) && !dumb && obeysEscapes(file) {
		s.Terminal = file
	}
	switch mode {
	case "always":
		s.Color = true
	case "never":
	default:
		s.Color = s.Terminal != nil && getenv("NO_COLOR") == ""
	}
	return s
}

// Interactive reports whether a person can answer there.
func Interactive(input *os.File) bool { return term.IsTerminal(int(input.Fd())) }

// Columns is the terminal's width, or 0 if there is none: then lines are not broken.
func (s Stream) Columns() int {
	if s.Terminal == nil {
		return 0
	}
	columns, _, err := term.GetSize(int(s.Terminal.Fd()))
	if err != nil {
		return 80
	}
	return columns
}

// Rows is the terminal's height, or 0 if that is not known.
func (s Stream) Rows() int {
	if s.Terminal == nil {
		return 0
	}
	_, rows, err := term.GetSize(int(s.Terminal.Fd()))
	if err != nil {
		return 0
	}
	return rows
}

// paint colours a text, if the stream is to be coloured.
func (s Stream) paint(text string, attributes ...color.Attribute) string {
	if !s.Color || len(attributes) == 0 {
		return text
	}
	c := color.New(attributes...)
	c.EnableColor() // whatever the package thinks of its own standard output
	return c.Sprint(text)
}
