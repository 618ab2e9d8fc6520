package check

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

const (
	lookEvery = 20 * time.Millisecond // how often to look at states
	stillFor  = time.Second           // how long nothing happens before a run that is settled ends
	enters    = 8                     // how often Enter is pressed before the input ends
	maxOutput = 1 << 16               // how much of the output is kept
)

// perform runs the program once, or once for each scene. The run 0 has lines of the source; the
// second one and all later ones are held up here and there.
func (c *checker) perform(n int, deadline time.Time) *requirement.Run {
	if len(c.Scenes) == 0 {
		return c.launch(n, deadline, nil)
	}
	var whole *requirement.Run
	for _, play := range c.Scenes {
		r := c.launch(n, deadline, play)
		if whole == nil {
			whole = r
			continue
		}
		whole.Cut = whole.Cut || r.Cut
		if whole.Cases == nil {
			whole.Cases = r.Cases
		}
		maps.Copy(whole.Cases, r.Cases)
	}
	return whole
}

// launched is the program, running.
type launched struct {
	*requirement.Scene
	c     *checker
	run   *requirement.Run
	still time.Time // since when nothing has happened

	played chan struct{} // closed when the scene is over; nil: there is none

	pipe    uint64 // its standard input; 0: no pipe
	reading time.Time
	entered int
}

func (c *checker) launch(
	n int, deadline time.Time, play func(*requirement.Scene),
) *requirement.Run {
	reports, pen, err := os.Pipe()
	c.Mustf(err, "make a pipe")
	defer reports.Close()
	args := []any{"--lesson=check", "--lines=" + strconv.FormatBool(n == 0)}
	if n > 1 {
		args = append(args, "--jitter="+strconv.Itoa(n))
	}
	args = append(args, "--")
	for _, word := range c.program() {
		args = append(args, word)
	}
	child := c.Child("tracer", args...)
	input, hand := c.input(play != nil)
	child.Cmd.Stdin = input
	out, err := newHeard()
	c.Mustf(err, "make a pipe")
	errors, err := newHeard()
	c.Mustf(err, "make a pipe")
	child.Cmd.Stdout, child.Cmd.Stderr = out.pen, errors.pen
	child.Give(pen)
	child.Start()
	for _, file := range []*os.File{pen, input, out.pen, errors.pen} {
		file.Close()
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	run := &requirement.Run{Program: c.program(), Wants: c.wanted}
	l := &launched{c: c, run: run, still: time.Now(), Scene: requirement.NewScene(ctx, hand, run)}
	if hand != nil {
		l.pipe = kernel.PipeOf(os.Getpid(), int(hand.Fd()))
	}
	facts := tracer.Facts(reports)
	l.play(play)
	over := l.follow(facts, deadline)
	cancel()
	if l.played != nil {
		<-l.played
	}
	end := time.AfterFunc(time.Second, func() { _ = child.Cmd.Process.Kill() })
	if !over {
		_ = child.Cmd.Process.Kill() // and with it goes all that it traces
	}
	err = child.Cmd.Wait()
	if killed := !child.Cmd.ProcessState.Exited(); end.Stop() && over && killed {
		c.Mustf(err, "trace the program")
	}
	hand.Close()
	go func() {
		for range facts { // what nobody needs any more
		}
	}()
	run.Output = out.all()
	c.complain(run, errors.all())
	return run
}

// input is what the program reads, and, if that is a pipe, our end of it.
func (c *checker) input(played bool) (input, hand *os.File) {
	var err error
	switch {
	case c.Stdin != "":
		input, err = os.Open(c.Stdin)
	case c.Enter == 0 && !played:
		input, err = os.Open(os.DevNull)
	default:
		input, hand, err = os.Pipe()
	}
	c.Mustf(err, "open the program's input")
	return input, hand
}

// play has the scene played beside the program.
func (l *launched) play(play func(*requirement.Scene)) {
	if play == nil {
		return
	}
	l.played = make(chan struct{})
	go func() {
		defer close(l.played)
		play(l.Scene)
	}()
}

// follow takes in what happens, until the program is over, which it reports, or all is settled, or
// the time is up.
func (l *launched) follow(facts <-chan []tracer.Fact, deadline time.Time) (ended bool) {
	over := time.After(time.Until(deadline))
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case some, more := <-facts:
			if !more {
				l.Look(func(*requirement.Run) {})
				return true
			}
			for _, f := range some {
				l.happened(f)
			}
		case <-look.C:
			if l.looked(time.Now()) && l.played == nil {
				return false
			}
		case <-l.played:
			return false
		case <-over:
			l.Look(func(r *requirement.Run) { r.Cut = true })
			return false
		case <-l.c.Context().Done():
			l.c.Stage.Check()
		}
	}
}

// happened takes a fact in.
func (l *launched) happened(f tracer.Fact) {
	switch {
	case f.Kind == tracer.Refused:
		l.c.refused(f)
	case f.Kind == tracer.Unfiltered:
		return
	case f.Kind == tracer.Failed && f.Signal != 0 && l.run.First() == nil:
		const text = "%d was killed before it could execute %s: %v"
		l.c.Must(fmt.Errorf(text, f.PID, l.c.program()[0], f.Signal))
	case f.Kind == tracer.Failed && l.run.First() == nil:
		l.c.Unsupported("unstartable",
			"{program} could not be executed: {errno}",
			"program", l.c.program()[0], "errno", f.Errno)
	}
	l.Look(func(r *requirement.Run) { r.Add(f) })
	l.still = time.Now()
}

// refused ends the check: it is the machine that does not want it.
func (c *checker) refused(f tracer.Fact) {
	c.Unsupported("refused",
		"the kernel does not let mtp trace {pid} ({errno}), so nothing can be judged here, which is not the program's fault: see ptrace(2) and /proc/sys/kernel/yama/ptrace_scope; in a container, docker run --cap-add SYS_PTRACE allows it",
		"pid", f.PID, "errno", unix.ErrnoName(f.Errno))
}

// looked looks at states, and presses Enter for a program that waits for it. It reports whether the
// run may end: all is settled, and nothing happens any more.
func (l *launched) looked(now time.Time) (settled bool) {
	reads := false
	l.Look(func(r *requirement.Run) {
		var found []requirement.State
		for _, p := range r.All {
			if !p.Listed() {
				continue
			}
			st, err := kernel.ReadStat(p.PID)
			if err != nil {
				continue
			}
			time, _ := kernel.ReadSchedstat(p.PID)
			found = append(found, requirement.State{
				Time: now, PID: p.PID, State: st.State, Running: time.Running, Ready: time.Ready,
			})
			reads = reads || st.State == kernel.Sleeping && l.reads(p.PID)
		}
		r.Listed(now, found)
		r.Reading = reads
		settled = now.Sub(l.still) >= stillFor && requirement.Settled(l.c.asked, r)
	})
	switch {
	case !reads:
		l.reading = time.Time{}
	case l.reading.IsZero():
		l.reading = now
	case l.c.Enter > 0 && now.Sub(l.reading) >= l.c.Enter && len(l.c.Scenes) == 0:
		l.reading = time.Time{}
		if l.entered++; l.entered > enters {
			l.Input.Close()
			l.pipe = 0
			break
		}
		_, _ = l.Input.Write([]byte("\n"))
	}
	return settled
}

// reads reports whether a process waits for input.
func (l *launched) reads(pid int) bool {
	if l.pipe == 0 {
		return false
	}
	a, err := kernel.ReadAsleep(pid)
	return err == nil && a.Number == unix.SYS_READ && kernel.PipeOf(pid, int(a.First)) == l.pipe
}

// complain keeps the last line of the program's errors, if it has ended by one.
func (c *checker) complain(r *requirement.Run, errors []byte) {
	first := r.First()
	if first == nil || first.Dead() && first.End.Kind == tracer.Exited && first.End.Status == 0 {
		return
	}
	const most = 200
	lines := strings.Split(strings.TrimSpace(string(errors)), "\n")
	c.said = strings.ToValidUTF8(lines[len(lines)-1], "?")
	c.said = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, c.said)
	if letters := []rune(c.said); len(letters) > most {
		c.said = string(letters[:most]) + "…"
	}
}

// heard is what is written to a pipe.
type heard struct {
	pen  *os.File
	done chan struct{}

	mu   sync.Mutex
	text bytes.Buffer
}

func newHeard() (*heard, error) {
	from, pen, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	h := &heard{pen: pen, done: make(chan struct{})}
	go func() {
		defer close(h.done)
		defer from.Close()
		_, _ = io.Copy(h, from)
	}()
	return h, nil
}

// Write keeps the beginning.
func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Write(p[:min(len(p), max(maxOutput-h.text.Len(), 0))])
	return len(p), nil
}

// all is all of it, once nobody can write any more.
func (h *heard) all() []byte {
	select {
	case <-h.done:
	case <-time.After(time.Second):
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.text.Bytes())
}
