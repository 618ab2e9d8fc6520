package primes

import (
	"errors"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// lookEvery is how often to look for workers that are stopped.
const lookEvery = 500 * time.Millisecond

// await returns when all has been received. Meanwhile it gives to others what workers that die, or
// are stopped, may have been doing.
func (t *team) await(s *stage.Stage, received <-chan error) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	stopped := map[int]bool{}
	var dead *process.Process
	for {
		select {
		case <-s.Context().Done():
			s.Check()
		case err := <-received:
			s.Must(err)
			if len(t.missing) > 0 {
				t.failAllDead(s, dead)
			}
			return
		case dead = <-t.ended:
			t.living--
			code, _ := dead.ExitCode()
			s.Warn("died", "{name} ({pid}) has died: exit code {code}.",
				"name", dead.Name, "pid", dead.PID(), "code", code)
			t.lose(s)
		case <-look.C:
			t.lookForStopped(s, stopped)
		}
	}
}

// lookForStopped finds workers that are stopped, and were not before.
func (t *team) lookForStopped(s *stage.Stage, before map[int]bool) {
	for _, worker := range t.workers {
		pid := worker.PID()
		st, err := kernel.ReadStat(pid)
		if err == nil && st.State == kernel.Stopped && !before[pid] {
			before[pid] = true
			s.Warn("stopped", "{name} ({pid}) is stopped: state {state}.",
				"name", worker.Name, "pid", pid, "state", st.State)
			t.lose(s)
		}
	}
}

// lose gives to others what a worker may have been doing.
func (t *team) lose(s *stage.Stage) {
	t.failed = true
	if t.living > 0 {
		s.Say("again", "Another process does again what it may have been doing.")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost++
	s.Must(t.giveAgain())
}

// giveAgain gives what is missing to any worker that is free, once that is no more than the lost
// may have had.
func (t *team) giveAgain() error {
	if t.lost == 0 || len(t.missing) > t.lost {
		return nil
	}
	t.lost = 0
	for unit := range t.missing {
		if err := t.give(unit); err != nil {
			return err
		}
	}
	return nil
}

// failAllDead ends the lesson, for nobody is left. last has died last, as far as that is known.
func (t *team) failAllDead(s *stage.Stage, last *process.Process) {
	if last == nil { // its end has not been told yet
		last = <-t.ended
		t.living--
	}
	failure := last.Join(s.Context())
	if errors.Is(failure, syscall.EAGAIN) { // it says which limit
		s.Must(failure)
	}
	s.Fail("alldead",
		"all processes have died before the work was done. One of them: {failure}",
		"failure", failure)
}
