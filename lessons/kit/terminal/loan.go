package terminal

import (
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Loan is a terminal that a program may change, and gives back as it was.
type Loan struct {
	in, out *os.File
	before  *term.State
	editor  bool // an editor has it

	mu    sync.Mutex
	away  bool // it was given back for as long as this process is in the background
	ended bool // it was given back
}

// Borrow remembers how a terminal is; nil if there is none.
func Borrow(in, out *os.File) *Loan {
	if !Interactive(in) {
		return nil
	}
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return nil
	}
	return &Loan{in: in, out: out, before: before}
}

// A terminal that is asked to announces a paste, and tells when it gets the focus and loses it.
const (
	tellAll     = "\033[?2004h\033[?1004h"
	tellNone    = tellNoPaste + tellNoFocus
	tellNoPaste = "\033[?2004l"
	tellNoFocus = "\033[?1004l"
)

// Edit has the terminal hand over each key as it is typed, Ctrl-C too.
func (l *Loan) Edit() error {
	l.editor = true
	_, err := term.MakeRaw(int(l.in.Fd()))
	return err
}

// TellAll has the terminal tell of pastes, and of its focus.
func (l *Loan) TellAll() { _, _ = io.WriteString(l.out, tellAll) }

// EditedElsewhere says that another process has an editor there.
func (l *Loan) EditedElsewhere() {
	if l != nil {
		l.editor = true
	}
}

// slow is how long a terminal may take nothing before what it has not shown yet is dropped.
const slow = 200 * time.Millisecond

// GiveBack leaves the terminal as it was, also if this process is in its background by now, because
// the one that had it was killed. What a shell has changed there since then stays. A terminal that
// takes nothing is not waited for.
func (l *Loan) GiveBack() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.giveBack()
}

func (l *Loan) giveBack() {
	mayChange()
	editor, text := l.editor, tellNone
	switch raw := isRaw(l.in); {
	case raw || !background(l.in):
		editor = editor || raw
		_ = term.Restore(int(l.in.Fd()), l.before)
	default:
		text = tellNoFocus // which the shell there would take for something typed
	}
	if !editor || !Interactive(l.out) {
		return
	}
	if !takes(l.out, slow) {
		DropOutput(l.out)
	}
	Post(l.out, text)
}

// lookEvery is how often to look whose the terminal is, of which nothing tells.
const lookEvery = 250 * time.Millisecond

// Keep keeps an editor's terminal as the editor needs it, until done is closed: it is given back
// for as long as this process is in the background, and taken again after this process was stopped
// and somebody else has given it back.
func (l *Loan) Keep(done <-chan struct{}, redraw func()) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-done:
			return
		case <-look.C:
		}
		if l.keep() {
			l.TellAll()
			redraw()
		}
	}
}

// keep reports whether the terminal was taken again.
func (l *Loan) keep() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch behind := background(l.in); {
	case l.ended:
		return false
	case behind && !l.away:
		l.away = true
		l.giveBack()
		return false
	case behind || !l.away && isRaw(l.in):
		return false
	}
	l.away = false
	_, err := term.MakeRaw(int(l.in.Fd()))
	return err == nil
}

// Post writes a short text to an output that takes it, and waits for none that does not.
func Post(out *os.File, text string) {
	if !takes(out, 0) {
		return
	}
	written := make(chan struct{})
	go func() {
		_, _ = io.WriteString(out, text)
		close(written)
	}()
	select {
	case <-written:
	case <-time.After(slow):
	}
}

// Stuck reports whether an output takes nothing, and goes on so for a while.
func Stuck(out *os.File) bool { return !takes(out, 700*time.Millisecond) }

// AwaitStuck waits until one of the outputs has taken nothing for so long: a pipe that nobody
// reads, or a terminal that was stopped. It returns false when done is closed before.
func AwaitStuck(done <-chan struct{}, patience time.Duration, outputs ...*os.File) bool {
	look := time.NewTicker(patience / 20)
	defer look.Stop()
	since := make([]time.Time, len(outputs))
	for {
		for i, out := range outputs {
			switch {
			case takes(out, 0):
				since[i] = time.Time{}
			case since[i].IsZero():
				since[i] = time.Now()
			case time.Since(since[i]) >= patience:
				return true
			}
		}
		select {
		case <-look.C:
		case <-done:
			return false
		}
	}
}
