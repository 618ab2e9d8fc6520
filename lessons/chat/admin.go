package chat

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"mtp/lessons/chat/line"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/kit/terminal"
)

// administrator is the room's other process, as the room knows it.
type administrator struct {
	pid    int
	typed  <-chan frame
	show   *os.File // to its screen
	screen *screen
	tty    *terminal.Loan // nil if it is none

	typedPipe, shownPipe string // their names among the open files
}

// startAdmin starts the administrator's process. It gets the console, and a pipe each way; the
// socket it does not get.
func startAdmin(s *stage.Stage) *administrator {
	a := new(administrator)
	edited := editable(os.Stdin, os.Stdout)
	if edited {
		a.tty = terminal.Borrow(os.Stdin, os.Stdout)
		a.tty.EditedElsewhere()
		s.Cleanup(a.tty.GiveBack) // when the leash has ended it
	}
	admin := s.Leash().Command("chat", "admin")
	admin.Stdin, admin.Stdout = os.Stdin, os.Stdout
	fromAdmin, toRoom := s.Pipe()
	toShow, show := s.Pipe()
	process.Give(admin, toRoom, toShow)
	a.typed = startPartner(s, "the administrator's process", admin, fromAdmin, toRoom, toShow)
	a.pid, a.show = admin.Process.Pid, show
	a.typedPipe, a.shownPipe = nameOf(fromAdmin), nameOf(show)
	go watchOver(a.pid, a.tty, s.Context().Done())
	a.screen = &screen{alone: s.Terminal().Out.Writer}
	if edited {
		a.screen.partner = show
		s.Terminal().Redirect(a.screen)
		a.screen.tell(framePrompt, s.Text("admin.name", "admin")+"> ")
	}
	return a
}

// awaitReaped waits until the kernel does not list the process any more: it has ended, and its
// status was collected.
func (a *administrator) awaitReaped(ctx context.Context) error {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		if _, err := kernel.ReadStat(a.pid); errors.Is(err, kernel.ErrGone) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

// end lets the process show what it still has, and end.
func (a *administrator) end() {
	a.show.Close()
	for over := time.After(2 * lastShown); ; {
		select {
		case _, open := <-a.typed:
			if !open {
				return
			}
		case <-over: // it is stopped; the leash ends it
			return
		}
	}
}

// screen hands what is to be shown to the process that edits a line there; when that has gone, or
// there is no line to edit, it writes itself. A screen that takes nothing for a while, because it
// is stopped, is given up: the room goes on.
type screen struct {
	mu      sync.Mutex
	partner *os.File
	alone   io.Writer
}

// patience is how long a screen may take nothing.
const patience = 2 * time.Second

// Write shows lines.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hand(frameShown, p) {
		return len(p), nil
	}
	return s.alone.Write(p)
}

// tell tells the process that edits a line something else.
func (s *screen) tell(kind frameKind, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hand(kind, []byte(text))
}

func (s *screen) hand(kind frameKind, data []byte) (taken bool) {
	if s.partner == nil {
		return false
	}
	_ = s.partner.SetWriteDeadline(time.Now().Add(patience))
	err := writeFrame(s.partner, kind, data)
	if err == nil {
		return true
	}
	s.partner = nil
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.alone = io.Discard
	}
	return false
}

// admin reads what the administrator types, hands it to the room, and shows what that says.
func admin([]string) error {
	toRoom, toShow := process.File(0), process.File(1)
	if toRoom == nil || toShow == nil {
		return errors.New("this role needs the pipes of a room")
	}
	leaveSignals()
	room := os.Getppid()
	console, err := openConsole(os.Stdin, os.Stdout, "", func() {
		if os.Getppid() == room { // and not whoever has adopted this process
			interrupt(room)
		}
	}, process.Released())
	if err != nil {
		return err
	}
	defer console.close()
	go func() {
		<-process.Released()
		time.Sleep(lastShown + 100*time.Millisecond)
		console.loan.GiveBack() // the screen takes nothing
		os.Exit(1)
	}()
	if err := writeFrame(toRoom, frameReady, nil); err != nil {
		return err
	}
	shown, ended := make(chan frame), make(chan struct{})
	go readFrames(toShow, shown)
	go func() { // apart: the room can always show something, also when it can't take more yet
		handOn(console, toRoom)
		close(ended)
	}()
	released, last := process.Released(), (<-chan time.Time)(nil)
	for {
		select {
		case f, ok := <-shown:
			if !ok {
				return nil
			}
			if console.editor != nil {
				console.take(f)
			}
		case <-ended:
			return nil
		case <-released: // the room has something to say yet
			released, last = nil, time.After(lastShown)
		case <-last:
			return nil
		}
	}
}

// lastShown is how long the administrator's process waits for the last of the room.
const lastShown = 500 * time.Millisecond

// take does what the room has to say to the screen.
func (c *console) take(f frame) {
	switch text := string(f.data); f.kind {
	case framePrompt:
		c.editor.SetPrompt(text)
	case frameNewMark:
		c.editor.SetNewMark(text)
	case frameEntered:
		c.editor.Learn(text)
	case frameLeft:
		c.editor.Forget(text)
	default:
		c.editor.Print(text)
	}
}

// handOn hands what is typed to the room, until either ends. Input that is no terminal may come to
// its end while the room goes on; Ctrl-D at a terminal is for the room.
func handOn(console *console, toRoom *os.File) {
	for t := range console.typed {
		over := t.Kind == line.End && console.loan == nil
		if over || writeTyped(toRoom, t) != nil {
			return
		}
	}
}
