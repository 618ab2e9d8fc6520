package narrate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/briandowns/spinner"
	"github.com/fatih/color"
	"golang.org/x/term"
)

// readingTime is how long a reader gets for a step at pace 1.
const readingTime = 900 * time.Millisecond

// Pause leaves time to read, on a terminal, or waits for Enter; elsewhere nobody is reading yet. After a hold the reader has had it.
func (n *Narrator) Pause() {
	if n.held {
		n.held = false
		return
	}
	if n.Stepwise {
		n.prompt()
		return
	}
	if n.Out.Terminal != nil && !n.JSON {
		n.Rest(readingTime)
	}
}

// turnPage begins a new page for a class that steps through a lesson: what was there scrolls away, and can be scrolled back to.
func (n *Narrator) turnPage() {
	if !n.Stepwise || n.Skip != nil || n.Out.Terminal == nil || n.JSON || n.ctx.Err() != nil || n.keyboard.ended() {
		return
	}
	_, rows, err := term.GetSize(int(n.Out.Terminal.Fd()))
	if err != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.blank = true
	_, _ = io.WriteString(n.Out, strings.Repeat("\n", rows)+"\033[H")
}

// Rest waits for a time that exists for the lesson's sake, scaled by the pace.
func (n *Narrator) Rest(atPaceOne time.Duration) {
	rest, cancel := context.WithTimeout(n.ctx, n.Scaled(atPaceOne))
	defer cancel()
	<-rest.Done()
}

// Scaled is how long something lasts at the pace that was asked for.
func (n *Narrator) Scaled(atPaceOne time.Duration) time.Duration {
	return time.Duration(float64(atPaceOne) * n.Pace)
}

// prompt waits for Enter, or for one of the tour's keys. At the end of the input it does not wait any more.
func (n *Narrator) prompt() {
	for {
		text := n.translate("prompt", "[Enter]")
		if n.Skip != nil {
			text = n.translate("prompt.tour", "[Enter] on · b again · s skip · q leave")
		}
		line, ok := n.typed(text)
		switch line = strings.ToLower(strings.Map(halfWidth, line)); {
		case !ok || line == "" || n.Skip == nil:
			return
		case line == "b" && !n.JSON:
			n.mu.Lock()
			_, _ = io.WriteString(n.Out, n.step.String())
			n.mu.Unlock()
		case line == "s":
			n.Skip()
			return
		case line == "q":
			n.Leave()
			return
		}
	}
}

// typed prompts for a line, and erases both when it has been typed. ok is false at the end of the input, and after an interruption.
func (n *Narrator) typed(prompt string) (line string, ok bool) {
	if n.ctx.Err() != nil {
		return "", false
	}
	n.keyboard.forget()
	if n.Err.Terminal != nil {
		fmt.Fprint(n.Err, "\r  "+n.Err.Paint(prompt, color.Faint)+" ")
		defer fmt.Fprint(n.Err, "\r\033[K")
	}
	select {
	case line := <-n.keyboard.Lines():
		n.eraseEcho()
		return strings.TrimSpace(line), true
	case <-n.keyboard.End():
		if n.Leave != nil && n.keyboard.terminal() { // Ctrl-D
			n.Leave()
		}
	case <-n.ctx.Done():
	}
	return "", false
}

// Hold keeps things as they are until the time is over or Enter is pressed; a spinner counts down.
func (n *Narrator) Hold(duration time.Duration, name, text string, fields ...any) {
	n.say(KindWait, name, text, append(fields, "hold", duration))
	if duration <= 0 {
		return
	}
	n.held = true
	n.keyboard.forget()
	hold, cancel := context.WithTimeout(n.ctx, duration)
	defer cancel()
	end, _ := hold.Deadline()
	stop := n.spin(func() string {
		left := time.Until(end).Round(time.Second)
		if n.keyboard.ended() {
			return fill(n.translate("hold.rest", "{left} left"), map[string]any{"left": left})
		}
		return fill(n.translate("hold.left", "{left} left; Enter goes on"), map[string]any{"left": left})
	})
	select {
	case <-n.keyboard.Lines():
		stop()
		n.eraseEcho()
	case <-hold.Done():
		stop()
	}
}

// eraseEcho takes away the line on which Enter was typed: the terminal's echo has left it for the next one.
func (n *Narrator) eraseEcho() {
	if n.Err.Terminal != nil && n.keyboard.terminal() {
		fmt.Fprint(n.Err, "\033[A\033[K")
	}
}

// Wait shows that the lesson waits, with a spinner, until stop is called.
func (n *Narrator) Wait(name, text string, fields ...any) (stop func()) {
	n.say(KindWait, name, text, fields)
	begun := time.Now()
	return n.spin(func() string { return inText(time.Since(begun).Truncate(100 * time.Millisecond)) })
}

// Progress shows how far something is, from 0 to 1, with the time that is left and a rate, until stop is called. whole is how much there is to do.
func (n *Narrator) Progress(name, text string, whole float64, done func() float64, fields ...any) (stop func()) {
	n.say(KindWait, name, text, fields)
	begun := time.Now()
	return n.spin(func() string {
		part, passed := min(done(), 1), time.Since(begun)
		length := min(max(n.Err.Columns()-56, 6), 24)
		filled := int(part * float64(length))
		line := "[" + strings.Repeat("#", filled) + strings.Repeat("-", length-filled) + "] " + strconv.Itoa(int(part*100)) + "%"
		if part > 0 && passed > time.Second {
			left := time.Duration(float64(passed) * (1 - part) / part).Round(time.Second)
			line += fill(n.translate("progress", "  {left} left, {rate} numbers/s"), map[string]any{"left": left.String(), "rate": inThousands(whole * part / passed.Seconds())})
		}
		return line
	})
}

// inThousands is a large number as people read it: 16.1 G.
func inThousands(x float64) string {
	for _, unit := range []string{"", " k", " M", " G", " T"} {
		if x < 1000 || unit == " T" {
			return strconv.FormatFloat(x, 'g', 3, 64) + unit
		}
		x /= 1000
	}
	return ""
}

// spin animates the last line until stop is called or something is said. The cursor stays visible, for nobody could
// bring it back after a SIGKILL.
func (n *Narrator) spin(suffix func() string) (stop func()) {
	if n.Err.Terminal == nil || n.Out.Terminal == nil || n.JSON { // a pager may be drawing there
		return func() {}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopSpinner()
	s := spinner.New(spinner.CharSets[14], 100*time.Millisecond,
		spinner.WithWriterFile(n.Err.Terminal), spinner.WithHiddenCursor(false))
	color.NoColor = !n.Err.Color // the spinner asks nobody else
	_ = s.Color("cyan")
	s.Prefix = "  "
	s.PreUpdate = func(s *spinner.Spinner) {
		// The spinner counts bytes for columns, and would erase the lines above if the line were "too long".
		s.Suffix = " " + cutBytes(suffix(), n.Err.Columns()-8)
	}
	s.Start()
	n.spinner = s
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.stopSpinner()
	}
}

func (n *Narrator) stopSpinner() {
	if n.spinner != nil {
		n.spinner.Stop()
		n.spinner = nil
	}
}

// cutBytes shortens a text to at most so many bytes, at a character's border.
func cutBytes(text string, most int) string {
	end := 0
	for i, r := range text {
		if i+len(string(r)) > most {
			break
		}
		end = i + len(string(r))
	}
	return text[:end]
}

// keyboard reads lines from the standard input, but only once somebody asks.
type keyboard struct {
	file  *os.File
	start func()
	lines chan string
	end   chan struct{}
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

// Interactive reports whether a person can answer there.
func Interactive(input *os.File) bool { return term.IsTerminal(int(input.Fd())) }

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
			awaitTurn(k.file)
		}
		read, err := k.file.Read(chunk)
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
