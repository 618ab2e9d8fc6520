package chat

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"mtp/lessons/chat/line"
)

// mostTyped is how many bytes a line may have.
const mostTyped = 1000

// console is where a person, or a script, writes lines: a terminal that is edited on, or any other input.
type console struct {
	in     *os.File
	editor *line.Editor // nil if it is no terminal
	before *term.State  // how the terminal was
	lines  chan typed
}

// typed is a line; or what ended the lines.
type typed struct {
	text    string
	refused bool // it was too long, or no text
	end     bool
	leave   bool // Ctrl-C
}

// openConsole takes the terminal, if in and out are one, and begins to read lines.
func openConsole(in, out *os.File, prompt string) (*console, error) {
	c := &console{in: in, lines: make(chan typed)}
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		go c.readLines()
		return c, nil
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	c.before = before
	_, _ = io.WriteString(out, "\033[?2004h") // a paste is announced
	c.editor = line.New(out, func() int {
		columns, _, err := term.GetSize(int(out.Fd()))
		if err != nil || columns == 0 { // some terminals don't know
			return 80
		}
		return columns
	}, prompt, mostTyped)
	resized := make(chan os.Signal, 1)
	notifyResize(resized)
	go func() {
		for range resized {
			c.editor.Redraw()
		}
	}()
	go c.readKeys()
	return c, nil
}

// Write shows lines above the one that is being edited.
func (c *console) Write(p []byte) (int, error) {
	c.editor.Print(string(p))
	return len(p), nil
}

// close gives the terminal back.
func (c *console) close() {
	if c.editor != nil {
		c.editor.Close()
		_, _ = io.WriteString(os.Stdout, "\033[?2004l")
		restore(int(c.in.Fd()), c.before)
	}
}

// restore leaves a terminal as it was. Whoever had it may have been killed, so that this is a background process by now: the kernel
// lets it do so while SIGTTOU is ignored.
func restore(terminal int, before *term.State) {
	if before != nil {
		ignoreTTOU()
		_ = term.Restore(terminal, before)
	}
}

func (c *console) readKeys() {
	for chunk := make([]byte, 4096); ; {
		n, err := c.in.Read(chunk)
		for _, event := range c.editor.Feed(chunk[:n]) {
			switch event.Kind {
			case line.Entered:
				c.lines <- typed{text: event.Text}
			case line.Refused:
				c.lines <- typed{refused: true}
			case line.Interrupt:
				c.lines <- typed{leave: true}
			case line.End:
				c.lines <- typed{end: true}
			}
		}
		if err != nil {
			c.lines <- typed{end: true}
			return
		}
	}
}

// readLines reads lines of any length, and refuses those that are too long.
func (c *console) readLines() {
	for reader := bufio.NewReader(c.in); ; {
		text, tooLong, err := readLine(reader)
		switch {
		case tooLong, !utf8.ValidString(text):
			c.lines <- typed{refused: true}
		case text != "":
			c.lines <- typed{text: text}
		}
		if err != nil {
			c.lines <- typed{end: true}
			return
		}
	}
}

// readLine reads a line, of which it keeps no more than may be said.
func readLine(reader *bufio.Reader) (text string, tooLong bool, err error) {
	var b strings.Builder
	for {
		part, err := reader.ReadSlice('\n')
		if b.Len() <= mostTyped+1 {
			b.Write(part[:min(len(part), mostTyped+2)])
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			text = strings.TrimRight(b.String(), "\r\n")
			return text, len(text) > mostTyped, err
		}
	}
}
