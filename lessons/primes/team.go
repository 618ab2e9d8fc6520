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

	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
	"mtp/lessons/primes/total"
)

// team is a number of processes that do a plan.
type team struct {
	plan
	workers []*process.Process
	hand    *os.File // the end of the pipe from which the workers take their units
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

// do starts the workers, hands the units out, adds up what they report, and joins them.
func (t *team) do(ctx context.Context, say *narrate.Narrator, leash *process.Leash, procs int) error {
	parent, err := process.NewParent("primes", Roles(), leash)
	if err != nil {
		return err
	}
	queue, hand, err := os.Pipe()
	if err != nil {
		return err
	}
	defer queue.Close()
	defer hand.Close()
	reportsFrom, reports, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reportsFrom.Close()
	defer reports.Close()
	t.hand = hand
	t.ledger = ledger{missing: map[int]bool{}, units: map[int]int{}}
	for unit := range t.units {
		t.ledger.missing[unit] = true
		if !t.equal {
			if err := t.give(unit); err != nil { // they all fit into the pipe
				return err
			}
		}
	}
	ended := make(chan *process.Process, procs)
	for i := range procs {
		worker := parent.Process("worker")
		worker.Named = map[string]string{"method": t.method, "limit": strconv.FormatUint(t.limit, 10), "units": strconv.Itoa(t.units)}
		if t.equal && i < t.units {
			worker.Named["part"] = fmt.Sprintf("%d/%d", i+1, t.units)
		}
		worker.Files = []*os.File{queue, reports}
		if err := worker.Start(); err != nil {
			return say.StartError(err, i)
		}
		t.workers = append(t.workers, worker)
		go func() {
			_ = worker.Join(ctx)
			ended <- worker
		}()
	}
	queue.Close()
	reports.Close() // what is read ends when the last worker has gone

	stop := say.Progress("primes.working", "Processes at work: {procs}.", float64(t.limit), t.ledger.done, "procs", procs)
	defer stop()
	received := make(chan error, 1)
	go func() { received <- t.receive(reportsFrom) }()
	for living := procs; ; {
		select {
		case err := <-received:
			if err != nil {
				return err
			}
			if len(t.ledger.missing) > 0 {
				return t.allDead(ctx, say)
			}
			hand.Close() // there will be no more units
			for range living {
				<-ended
			}
			return context.Cause(ctx)
		case <-ctx.Done():
			stop()
			say.Last("primes.interrupted", "Interrupted when about {percent} % of this run was done, with {procs} processes.", "percent", int(100*t.ledger.done()), "procs", procs)
			return context.Cause(ctx)
		case worker := <-ended:
			living--
			tell(say, worker)
			if err := t.lose(); err != nil {
				return err
			}
		}
	}
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

// lose has a unit done again that one who has died may have had.
func (t *team) lose() error {
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

// tell says that a worker has died before the work was done.
func tell(say *narrate.Narrator, worker *process.Process) {
	code, _ := worker.ExitCode()
	say.Warn("primes.died", "{name} ({pid}) has died, exit code {code}. Another process does again what it was doing.", "name", worker.Name, "pid", worker.PID(), "code", code)
}

// allDead is the error of having nobody left.
func (t *team) allDead(ctx context.Context, say *narrate.Narrator) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	failure := t.workers[len(t.workers)-1].Join(ctx)
	if errors.Is(failure, syscall.EAGAIN) {
		return say.StartError(failure, len(t.workers)-1)
	}
	return say.Error("primes.alldead", "all processes have died before the work was done; the last: {failure}", "failure", failure)
}
