package primes

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
	"mtp/lessons/primes/plan"
	"mtp/lessons/primes/total"
)

// team is a number of processes that do a plan.
type team struct {
	plan.Plan
	workers []*process.Process
	hand    *os.File // the end of the pipe from which the workers take their units

	ended  chan *process.Process
	living int
	failed bool // a worker has died, or was stopped

	// What has been reported is booked where it is read, for there may be many reports in a
	// millisecond.
	mu      sync.Mutex
	missing map[int]bool // the units that no worker has reported
	sum     total.Total
	done    map[int]int // by PID: how many units a worker has done
	share   float64     // of the work, that is done
	lost    int         // units that the dead may have had, and that were not given to others since
}

func newTeam(p plan.Plan) *team {
	t := &team{Plan: p, missing: map[int]bool{}, done: map[int]int{}}
	for unit := range p.Units {
		t.missing[unit] = true
	}
	return t
}

// work adds up the primes with so many processes, which are gone afterwards.
func (t *team) work(s *stage.Stage, procs int) {
	defer t.dismiss()
	t.addUp(s, procs)
}

// addUp starts the workers, hands the units out, and adds up what is reported.
func (t *team) addUp(s *stage.Stage, procs int) {
	defer t.sayIfInterrupted(s, procs)
	parent := s.Parent()
	queue, hand := s.Pipe()    // from here to whichever worker is free
	inbox, reports := s.Pipe() // from all workers to here
	t.hand = hand
	if !t.Static {
		for unit := range t.Units {
			s.Must(t.give(unit)) // they all fit into the pipe
		}
	}
	t.ended = make(chan *process.Process, procs)
	for i := range procs {
		worker := parent.Process("worker")
		worker.Named = map[string]string{
			"method": t.Method,
			"limit":  strconv.FormatUint(t.Limit, 10),
			"units":  strconv.Itoa(t.Units),
		}
		if t.Static && i < t.Units {
			worker.Named["part"] = strconv.Itoa(i + 1)
		}
		worker.Files = []*os.File{queue, reports}
		s.Must(worker.Start())
		t.workers = append(t.workers, worker)
		t.living++
		go func() {
			_ = worker.Join(s.Context())
			t.ended <- worker
		}()
	}
	queue.Close()
	reports.Close() // what is read ends when the last worker has gone

	if t.Units == 1 {
		s.Meanwhile("working", "Processes at work: {procs}.", "procs", procs)
	} else {
		s.Progress("working", "Processes at work: {procs}.", float64(t.Limit), t.progress,
			"procs", procs)
	}
	received := make(chan error, 1)
	go func() { received <- t.receive(inbox) }()
	t.await(s, received)
}

// give puts a unit into the pipe. If nobody is left to read it, the end of the reports says so.
func (t *team) give(unit int) error {
	_, err := t.hand.Write(binary.LittleEndian.AppendUint32(nil, uint32(unit)))
	if err != nil && !errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("hand out a unit: %w", err)
	}
	return nil
}

// receive books reports until the work is finished, or the last worker has gone.
func (t *team) receive(inbox io.ReadCloser) error {
	defer inbox.Close()
	lines := bufio.NewScanner(inbox)
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
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.missing[r.unit] {
		delete(t.missing, r.unit)
		t.sum.Add(r.sum)
		t.done[r.pid]++
		t.share += t.Share(r.unit)
	}
	return len(t.missing) == 0, t.giveAgain()
}

// reports are the pipes through which the sum came, from those workers that have reported.
func (t *team) reports() kernel.Source {
	reported := func(w *process.Process) bool { return t.done[w.PID()] > 0 }
	first := t.workers[slices.IndexFunc(t.workers, reported)]
	return andOthers(fmt.Sprintf("a pipe from %d", first.PID()), len(t.done))
}

// progress is which part of the work is done.
func (t *team) progress() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.share
}

// endWithin is how long a worker may take to end when all is done.
const endWithin = 200 * time.Millisecond

// dismiss ends the workers. Those that wait for units see that there will be no more; one that is
// stopped, or does again what another was faster with, is killed.
func (t *team) dismiss() {
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
}

// sayIfInterrupted says how far it came.
func (t *team) sayIfInterrupted(s *stage.Stage, procs int) {
	if s.Context().Err() != nil {
		s.Narrator().Last("interrupted",
			"Interrupted when about {percent} % of this run was done. Processes: {procs}.",
			"percent", int(100*t.progress()), "procs", procs)
	}
}
