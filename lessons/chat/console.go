package chat

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"mtp/lessons/chat/line"
	"mtp/lessons/kit/terminal"
)

// maxTyped is how many bytes a line may have.
const maxTyped = 1000

// console is where a person, or a script, writes lines: a terminal that is edited on, or any other
// input.
type console struct {
	in, out *os.File
	editor  *line.Editor   // nil: nothing is edited
	loan    *terminal.Loan // nil: it is no terminal
	typed   chan line.Typed

	interrupt func() // does what Ctrl-C does while the screen takes nothing
}

// editable reports whether a line can be edited there: a person types, and the terminal obeys
// escape sequences.
func editable(in, out *os.File) bool {
	return terminal.Interactive(in) &&
		terminal.NewStream(out, "never", os.Getenv).Terminal != nil
}

// openConsole takes over the terminal, if in and out are one, and begins to read lines.
// It has the terminal until it is closed, or done is.
func openConsole(
	in, out *os.File, prompt string, interrupt func(), done <-chan struct{},
) (*console, error) {
	c := &console{
		in: in, out: out, typed: make(chan line.Typed), loan: terminal.Borrow(in, out),
		interrupt: interrupt,
	}
	if !editable(in, out) {
		go c.readLines()
		return c, nil
	}
	if err := c.loan.Edit(); err != nil {
		return nil, err
	}
	pressed := make(chan []byte, 1024) // more than is typed while the screen takes nothing
	go c.readKeys(pressed)
	c.loan.TellAll()
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
	go c.edit(pressed)
	go c.loan.Keep(done, c.editor.Redraw)
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
		c.loan.GiveBack()
	}
}

// readKeys reads what is typed. It waits for no screen, so that Ctrl-C is heard at any time.
func (c *console) readKeys(pressed chan<- []byte) {
	defer close(pressed)
	const ctrlC = 0x03
	for chunk := make([]byte, 4096); ; {
		terminal.AwaitTurn(c.in)
		n, err := c.in.Read(chunk)
		if bytes.IndexByte(chunk[:n], ctrlC) >= 0 && terminal.Stuck(c.out) {
			c.interrupt()
		}
		pressed <- bytes.Clone(chunk[:n])
		if err != nil {
			return
		}
	}
}

// edit takes what is typed.
func (c *console) edit(pressed <-chan []byte) {
	for chunk := range pressed {
		for _, t := range c.editor.Feed(chunk) {
			c.typed <- t
		}
	}
	c.typed <- line.Typed{Kind: line.End}
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
