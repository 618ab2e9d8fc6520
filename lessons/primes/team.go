package primes

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
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
	units   map[int]int // by PID: how many units it did
	sum     total.Total
}

// report is what a worker says of a unit.
type report struct {
	pid, unit int
	sum       total.Total
	err       error
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
	missing := map[int]bool{}
	for unit := range t.plan.units {
		missing[unit] = true
		if !t.equal {
			if err := give(hand, unit); err != nil { // they all fit into the pipe
				return err
			}
		}
	}
	ended := make(chan *process.Process, procs)
	for i := range procs {
		worker := parent.Process("worker")
		worker.Named = map[string]string{"method": t.method, "limit": strconv.FormatUint(t.limit, 10), "units": strconv.Itoa(t.plan.units)}
		if t.equal && i < t.plan.units {
			worker.Named["part"] = fmt.Sprintf("%d/%d", i+1, t.plan.units)
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

	var done atomic.Uint64 // in millionths
	stop := say.Progress("primes.working", "{procs} processes at work.", float64(t.limit), func() float64 { return float64(done.Load()) / 1e6 }, "procs", procs)
	defer stop()
	incoming, over := make(chan report), make(chan struct{})
	defer close(over)
	go receive(reportsFrom, incoming, over)
	share, lost := 0.0, 0
	for len(missing) > 0 {
		select {
		case <-ctx.Done():
			stop()
			say.Last("primes.interrupted", "Interrupted when about {percent} % of this run was done, with {procs} processes.", "percent", int(100*share), "procs", procs)
			return context.Cause(ctx)
		case worker := <-ended:
			lost++
			procs--
			tell(say, worker)
		case r, more := <-incoming:
			switch {
			case !more:
				return t.allDead(ctx, say)
			case r.err != nil:
				return r.err
			case !missing[r.unit]:
				continue // two have done it
			}
			delete(missing, r.unit)
			t.sum.Add(r.sum)
			t.units[r.pid]++
			share += t.share(r.unit)
			done.Store(uint64(share * 1e6))
		}
		if lost > 0 && len(missing) <= lost { // what the dead had taken must be among these
			for unit := range missing {
				if err := give(hand, unit); err != nil {
					return err
				}
			}
			lost = 0
		}
	}
	hand.Close() // there will be no more
	for range procs {
		<-ended
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// give puts a unit into the pipe. If nobody is left to read it, the end of the reports says so.
func give(hand *os.File, unit int) error {
	if _, err := hand.Write(binary.LittleEndian.AppendUint32(nil, uint32(unit))); err != nil && !errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("hand out a unit: %w", err)
	}
	return nil
}

// receive reads reports until the last worker has gone.
func receive(from *os.File, to chan<- report, over <-chan struct{}) {
	defer close(to)
	for lines := bufio.NewScanner(from); lines.Scan(); {
		var r report
		r.pid, r.unit, r.sum, r.err = parseReport(lines.Text())
		select {
		case to <- r:
		case <-over:
			return
		}
	}
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
