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
	in, out *os.File
	editor  *line.Editor // nil if it is no terminal
	before  *term.State  // how the terminal was
	typed   chan line.Typed
}

// A terminal that is asked to announces a paste, and tells when it gets the focus and loses it.
const (
	announcePastes, leavePastes = "\033[?2004h", "\033[?2004l"
	tellFocus, leaveFocus       = "\033[?1004h", "\033[?1004l"
)

// openConsole takes over the terminal, if in and out are one, and begins to read lines.
func openConsole(in, out *os.File, prompt string) (*console, error) {
	c := &console{in: in, out: out, typed: make(chan line.Typed)}
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		go c.readLines()
		return c, nil
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	c.before = before
	_, _ = io.WriteString(out, announcePastes+tellFocus)
	c.editor = line.New(out, func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(out.Fd()))
		if err != nil || columns == 0 { // some terminals don't know
			return 80, 24
		}
		return columns, rows
	}, prompt, maxTyped)
	for _, command := range []string{cmdHelp, cmdQuit, cmdWho} {
		c.editor.Learn(command)
	}
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
		_, _ = io.WriteString(c.out, leavePastes)
		restore(c.in, c.out, c.before)
	}
}

// restore leaves a terminal as it was. Whoever had it may have been killed, which makes this a
// background process: the kernel lets it do so while SIGTTOU is ignored.
func restore(in, out *os.File, before *term.State) {
	if before != nil {
		ignoreTTOU()
		_, _ = io.WriteString(out, leaveFocus) // a shell would take it for something typed
		_ = term.Restore(int(in.Fd()), before)
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
