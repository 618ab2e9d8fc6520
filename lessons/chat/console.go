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

// maxTyped is how many bytes a line may have.
const maxTyped = 1000

// console is where a person, or a script, writes lines: a terminal that is edited on, or any other
// input.
type console struct {
	in     *os.File
	editor *line.Editor // nil if it is no terminal
	before *term.State  // how the terminal was
	typed  chan line.Typed
}

// openConsole takes over the terminal, if in and out are one, and begins to read lines.
func openConsole(in, out *os.File, prompt string) (*console, error) {
	c := &console{in: in, typed: make(chan line.Typed)}
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
	}, prompt, maxTyped)
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

// restore leaves a terminal as it was. Whoever had it may have been killed, which makes this a
// background process: the kernel lets it do so while SIGTTOU is ignored.
func restore(terminal int, before *term.State) {
	if before != nil {
		ignoreTTOU()
		_ = term.Restore(terminal, before)
	}
}

func (c *console) readKeys() {
	for chunk := make([]byte, 4096); ; {
		n, err := c.in.Read(chunk)
		for _, t := range c.editor.Feed(chunk[:n]) {
			c.typed <- t
		}
		if err != nil {
			c.typed <- line.Typed{Kind: line.End}
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
			c.typed <- line.Typed{Kind: line.Refused}
		case text != "":
			c.typed <- line.Typed{Kind: line.Entered, Text: text}
		}
		if err != nil {
			c.typed <- line.Typed{Kind: line.End}
			return
		}
	}
}

// readLine reads a line, of which it keeps no more than may be said.
func readLine(reader *bufio.Reader) (text string, tooLong bool, err error) {
	var b strings.Builder
	for {
		part, err := reader.ReadSlice('\n')
		if b.Len() <= maxTyped+1 {
			b.Write(part[:min(len(part), maxTyped+2)])
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			text = strings.TrimRight(b.String(), "\r\n")
			return text, len(text) > maxTyped, err
		}
	}
}
