package chat

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"mtp/lessons/kit/terminal"
)

// backlog is what was written and not taken by the screen yet. Nobody who writes waits for the
// screen, which may be stopped, or a pipe that nobody reads: a member goes on hearing the room,
// acknowledges, and can leave. It is bounded, because those who write much ask first whether it is
// full.
type backlog struct {
	file  *os.File
	most  int           // it is full from so many bytes on
	lower chan struct{} // hears that it is not full any more

	mu      sync.Mutex
	filled  sync.Cond
	waiting []byte
	writing bool
	wasFull bool
	closed  bool
	givenUp bool // the screen takes nothing
	err     error
	broken  chan struct{} // closed when there is an error
	ended   chan struct{} // closed when nothing is written any more
}

// How many bytes may wait: for a terminal no more than it draws in a moment, or one would not see
// what one types; for a program some lines more than are on their way on the mtp wire at once.
const (
	mostForTerminal = 64 << 10
	mostForProgram  = 1 << 20
)

// maxOver is how many bytes more there may be of what does not ask first: what a person types, and
// what comes of that.
const maxOver = 1 << 20

// newBacklog returns the backlog of a screen. The file is its own.
func newBacklog(file *os.File) *backlog {
	b := &backlog{
		file: unblocked(file), most: mostForProgram, lower: make(chan struct{}, 1),
		broken: make(chan struct{}), ended: make(chan struct{}),
	}
	if term.IsTerminal(int(file.Fd())) {
		b.most = mostForTerminal
	}
	b.filled.L = &b.mu
	go b.run()
	return b
}

// Write keeps what is to be written.
func (b *backlog) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.err != nil:
		return 0, b.err
	case b.closed && !b.givenUp:
		return len(p), b.writeLast(p)
	case b.givenUp, len(b.waiting)+len(p) > b.most+maxOver:
		return len(p), nil
	}
	b.waiting = append(b.waiting, p...)
	b.filled.Signal()
	return len(p), nil
}

// full reports whether no more should be written for now.
func (b *backlog) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	full := len(b.waiting) >= b.most
	b.wasFull = b.wasFull || full
	return full
}

// run writes what waits, in pieces that a terminal takes at once.
func (b *backlog) run() {
	defer close(b.ended)
	const piece = 4096
	buffer := make([]byte, piece)
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		for len(b.waiting) == 0 && !b.closed {
			b.filled.Wait()
		}
		if len(b.waiting) == 0 || b.givenUp {
			return
		}
		n := copy(buffer, b.waiting)
		b.writing = true
		b.mu.Unlock()
		n, err := b.file.Write(buffer[:n])
		b.mu.Lock()
		b.writing = false
		b.waiting = b.waiting[:copy(b.waiting, b.waiting[n:])]
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				b.err, b.waiting = err, nil
				close(b.broken)
			}
			return
		}
		if b.wasFull && len(b.waiting) < b.most/2 {
			b.wasFull = false
			select {
			case b.lower <- struct{}{}:
			default: // it is told already
			}
		}
	}
}

// lastPatience is how long the last may take to be written.
const lastPatience = 300 * time.Millisecond

// settle waits until all that was written is on the screen, for a moment at most.
func (b *backlog) settle() {
	const look = time.Millisecond
	for over := time.Now().Add(lastPatience); time.Now().Before(over); time.Sleep(look) {
		b.mu.Lock()
		settled := len(b.waiting) == 0 && !b.writing
		b.mu.Unlock()
		if settled {
			return
		}
	}
}

// close waits until all is written: as long as a program that reads it takes, but on a terminal,
// which may be stopped, for a moment at most. What is written after that is written at once.
func (b *backlog) close() {
	b.mu.Lock()
	b.closed = true
	b.filled.Signal()
	b.mu.Unlock()
	if b.most == mostForProgram {
		<-b.ended
		return
	}
	_ = b.file.SetWriteDeadline(time.Now().Add(lastPatience))
	select {
	case <-b.ended:
	case <-time.After(2 * lastPatience): // here a write can't be given up
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) > 0 {
		b.giveUp()
	}
}

// giveUp makes room on a terminal that takes nothing, to restore it.
func (b *backlog) giveUp() {
	b.givenUp = true
	terminal.DropOutput(b.file)
}

// writeLast writes something at the very end, if the screen still takes it.
func (b *backlog) writeLast(p []byte) error {
	_ = b.file.SetWriteDeadline(time.Now().Add(lastPatience))
	wrote := make(chan error, 1)
	go func() {
		_, err := b.file.Write(p)
		wrote <- err
	}()
	select {
	case err := <-wrote:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	case <-time.After(2 * lastPatience):
	}
	b.giveUp()
	return nil
}
