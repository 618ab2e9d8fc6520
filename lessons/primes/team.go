package primes

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
	"mtp/lessons/primes/total"
)

// team is a number of processes that do a plan.
type team struct {
	plan
	workers []*process.Process
	hand    *os.File // the end of the pipe from which the workers take their units
	ended   chan *process.Process
	living  int
	failed  bool // somebody has died, or was stopped
	ledger  ledger
}

// ledger is what has been reported. Reports are booked where they are read, for there may be many in a millisecond.
type ledger struct {
	mu      sync.Mutex
	missing map[int]bool // the units that nobody has reported
	sum     total.Total
	units   map[int]int // by PID: how many units a worker has done
	share   float64     // of the work, that is done
	lost    int         // units that the dead may have had, and that were not given to others since
}

// timed is the course's decorator: it does the work, and says how long that took.
func timed(work func() error) (time.Duration, error) {
	begun := time.Now()
	err := work()
	return time.Since(begun), err
}

// do starts the workers, hands the units out, and adds up what they report.
func (t *team) do(ctx context.Context, say *narrate.Narrator, leash *process.Leash, procs int) error {
	defer func() {
		if ctx.Err() != nil {
			say.Last("primes.interrupted", "Interrupted when about {percent} % of this run was done. Processes: {procs}.", "percent", int(100*t.ledger.done()), "procs", procs)
		}
	}()
	parent, err := process.NewParent("primes", Roles(), leash)
	if err != nil {
		return err
	}
	queue, hand, err := os.Pipe()
	if err != nil {
		return err
	}
	defer queue.Close()
	reportsFrom, reports, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reports.Close()
	t.hand, t.ended = hand, make(chan *process.Process, procs)
	t.ledger.missing, t.ledger.units = map[int]bool{}, map[int]int{}
	for unit := range t.units {
		t.ledger.missing[unit] = true
		if !t.equal {
			if err := t.give(unit); err != nil { // they all fit into the pipe
				return err
			}
		}
	}
	for i := range procs {
		worker := parent.Process("worker")
		worker.Named = map[string]string{"method": t.method, "limit": strconv.FormatUint(t.limit, 10), "units": strconv.Itoa(t.units)}
		if t.equal && i < t.units {
			worker.Named["part"] = strconv.Itoa(i + 1)
		}
		worker.Files = []*os.File{queue, reports}
		if err := worker.Start(); err != nil {
			return say.StartError(err, i)
		}
		t.workers = append(t.workers, worker)
		t.living++
		go func() {
			_ = worker.Join(ctx)
			t.ended <- worker
		}()
	}
	queue.Close()
	reports.Close() // what is read ends when the last worker has gone

	var stop func()
	if t.units == 1 {
		stop = say.Wait("primes.working", "Processes at work: {procs}.", "procs", procs)
	} else {
		stop = say.Progress("primes.working", "Processes at work: {procs}.", float64(t.limit), t.ledger.done, "procs", procs)
	}
	defer stop()
	received := make(chan error, 1)
	go func() {
		received <- t.receive(reportsFrom)
		reportsFrom.Close()
	}()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	stopped := map[int]bool{}
	var lastDead *process.Process
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case err := <-received:
			if err == nil && len(t.ledger.missing) > 0 {
				err = t.allDead(ctx, say, lastDead)
			}
			return err
		case lastDead = <-t.ended:
			t.living--
			code, _ := lastDead.ExitCode()
			say.Warn("primes.died", "{name} ({pid}) has died: exit code {code}.", "name", lastDead.Name, "pid", lastDead.PID(), "code", code)
			if err := t.lose(say); err != nil {
				return err
			}
		case <-look.C:
			for _, worker := range t.workers {
				if st, err := kernel.ReadStat(worker.PID()); err == nil && st.State == kernel.Stopped && !stopped[worker.PID()] {
					stopped[worker.PID()] = true
					say.Warn("primes.stopped", "{name} ({pid}) is stopped: state {state}.", "name", worker.Name, "pid", worker.PID(), "state", st.State)
					if err := t.lose(say); err != nil {
						return err
					}
				}
			}
		}
	}
}

// How often to look for workers that are stopped, and how long one may take to end when all is done.
const (
	lookEvery = 500 * time.Millisecond
	endWithin = 200 * time.Millisecond
)

// dismiss ends the workers. Those who wait for units see that there will be no more; one that is stopped, or does again what another was
// faster with, is killed.
func (t *team) dismiss(ctx context.Context) error {
	t.hand.Close()
	patience := time.AfterFunc(endWithin, func() {
		for _, worker := range t.workers {
			_ = worker.Kill()
		}
	})
	defer patience.Stop()
	for range t.living {
		<-t.ended
	}
	return context.Cause(ctx)
}

// give puts a unit into the pipe. If nobody is left to read it, the end of the reports says so.
func (t *team) give(unit int) error {
	if _, err := t.hand.Write(binary.LittleEndian.AppendUint32(nil, uint32(unit))); err != nil && !errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("hand out a unit: %w", err)
	}
	return nil
}

// receive books reports until the work is finished, or the last worker has gone.
func (t *team) receive(from io.Reader) error {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		r, err := parseReport(lines.Text())
		if err != nil {
			return err
		}
		if finished, err := t.book(r); finished || err != nil {
			return err
		}
	}
	return lines.Err()
}

// book adds a report to what has been done, unless another was faster.
func (t *team) book(r report) (finished bool, err error) {
	l := &t.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.missing[r.unit] {
		delete(l.missing, r.unit)
		l.sum.Add(r.sum)
		l.units[r.pid]++
		l.share += t.share(r.unit)
	}
	return len(l.missing) == 0, t.giveAgain()
}

// lose has done again what a worker may have been doing.
func (t *team) lose(say *narrate.Narrator) error {
	t.failed = true
	if t.living > 0 {
		say.Say("primes.again", "What it may have been doing is done again by another.")
	}
	t.ledger.mu.Lock()
	defer t.ledger.mu.Unlock()
	t.ledger.lost++
	return t.giveAgain()
}

// giveAgain gives what is missing to whoever is free, once that is no more than the dead may have had.
func (t *team) giveAgain() error {
	l := &t.ledger
	if l.lost == 0 || len(l.missing) > l.lost {
		return nil
	}
	l.lost = 0
	for unit := range l.missing {
		if err := t.give(unit); err != nil {
			return err
		}
	}
	return nil
}

// done is which part of the work is done.
func (l *ledger) done() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.share
}

// allDead is the error of having nobody left.
func (t *team) allDead(ctx context.Context, say *narrate.Narrator, last *process.Process) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if last == nil { // its end has not been told yet
		last = <-t.ended
		t.living--
	}
	failure := last.Join(ctx)
	if errors.Is(failure, syscall.EAGAIN) {
		return say.StartError(failure, len(t.workers)-1)
	}
	return say.Error("primes.alldead", "all processes have died before the work was done. One of them: {failure}", "failure", failure)
}
