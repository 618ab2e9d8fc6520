package terminal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mtp/lessons/kit/event"
)

// Typed is how a wait for a line came to its end.
type Typed int

// The ends.
const (
	Line        Typed = iota // a line was typed
	EndOfInput               // nobody will type one
	Interrupted              // the context has ended
)

// ReadLine prompts for a line, and erases both when it has been typed. What was typed before the
// prompt is dropped.
func (t *Terminal) ReadLine(ctx context.Context, prompt string) (string, Typed) {
	if ctx.Err() != nil {
		return "", Interrupted
	}
	t.Still()
	t.keyboard.forget()
	if t.Err.Terminal != nil {
		fmt.Fprint(t.Err, "\r  "+t.Err.Draw(prompt, event.Faint)+" ")
		defer fmt.Fprint(t.Err, "\r\033[K")
	}
	select {
	case line := <-t.keyboard.Lines():
		t.eraseEcho()
		return strings.TrimSpace(line), Line
	case <-t.keyboard.End():
		return "", EndOfInput
	case <-ctx.Done():
		return "", Interrupted
	}
}

// Typing reports whether it is a person at a terminal who types.
func (t *Terminal) Typing() bool { return t.keyboard.terminal() }

// Read leaves a reader time, and reports whether Enter or space has ended it.
func (t *Terminal) Read(ctx context.Context, duration time.Duration) bool {
	if duration <= 0 {
		return false
	}
	over := time.NewTimer(duration)
	defer over.Stop()
	keys := (<-chan string)(nil)
	if t.Typing() {
		defer t.keyboard.anyKey()()
		t.keyboard.forget()
		keys = t.keyboard.Lines()
		if t.Err.Terminal != nil && !t.Out.Plain {
			more := t.voice.Text("more", "… Enter goes on")
			fmt.Fprint(t.Err, "\r  "+t.Err.Draw(more, event.Faint))
			defer fmt.Fprint(t.Err, "\r\033[K")
		}
	}
	select {
	case <-keys:
		return true
	case <-over.C:
	case <-ctx.Done():
	}
	return false
}

// Hold waits until the time is over or Enter is pressed, which it reports; a spinner counts down.
func (t *Terminal) Hold(ctx context.Context, duration time.Duration) bool {
	if t.Typing() {
		defer t.keyboard.anyKey()()
	}
	t.keyboard.forget()
	hold, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	end, _ := hold.Deadline()
	countdown := func() string {
		left := time.Until(end).Round(time.Second)
		if t.keyboard.ended() {
			return t.voice.Text("hold.rest", "{left} left", "left", left)
		}
		return t.voice.Text("hold.left", "{left} left; Enter goes on", "left", left)
	}
	if t.Out.Plain && t.Watched() && t.Typing() {
		fmt.Fprintln(t.Err, countdown()) // once
	} else {
		t.spin(countdown)
	}
	select {
	case <-t.keyboard.Lines():
		t.Still()
		return true
	case <-hold.Done():
		t.Still()
	}
	return false
}

// eraseEcho takes away the line on which Enter was typed: the terminal's echo has left it for the
// next one.
func (t *Terminal) eraseEcho() {
	if t.Err.Terminal != nil && t.Typing() {
		fmt.Fprint(t.Err, "\033[A\033[K")
	}
}

// keyboard reads lines from the standard input, but only once somebody asks.
type keyboard struct {
	file  *os.File
	start func()
	lines chan string
	end   chan struct{}
	keys  atomic.Bool // Enter and space count as lines, at once, and all else is dropped
}

func newKeyboard(file *os.File) *keyboard {
	k := &keyboard{file: file, lines: make(chan string), end: make(chan struct{})}
	k.start = sync.OnceFunc(func() { go k.read() })
	return k
}

// Lines receives what is typed, line by line.
func (k *keyboard) Lines() <-chan string { k.start(); return k.lines }

// End is closed at the end of the input.
func (k *keyboard) End() <-chan struct{} { k.start(); return k.end }

func (k *keyboard) terminal() bool { return k.file != nil && Interactive(k.file) }

// forget drops what was typed at a terminal before anybody asked for it.
func (k *keyboard) forget() {
	if !k.terminal() || !foreground(k.file) {
		return
	}
	flush(k.file)
	select {
	case <-k.lines:
	default:
	}
}

// anyKey has the terminal hand over each key as it is typed, without echo, until the function that
// it returns is called. Ctrl-C stays a signal.
func (k *keyboard) anyKey() (restore func()) {
	if !foreground(k.file) {
		return func() {}
	}
	buffered := unbuffer(k.file)
	k.keys.Store(true)
	return func() {
		k.keys.Store(false)
		buffered()
	}
}

// ended reports whether the input has come to its end.
func (k *keyboard) ended() bool {
	select {
	case <-k.end:
		return true
	default:
		return false
	}
}

func (k *keyboard) read() {
	defer close(k.end)
	if k.file == nil {
		return
	}
	var begun []byte // a line that has not ended yet
	for chunk := make([]byte, 1024); ; {
		if k.terminal() {
			AwaitTurn(k.file)
		}
		read, err := k.file.Read(chunk)
		if k.keys.Load() {
			if bytes.ContainsAny(chunk[:read], " \r\n") {
				k.lines <- ""
			}
			read, begun = 0, nil
		}
		begun = append(begun, chunk[:read]...)
		for {
			line, rest, whole := bytes.Cut(begun, []byte("\n"))
			if !whole {
				break
			}
			k.lines <- string(line)
			begun = rest
		}
		if err != nil {
			return
		}
	}
}
