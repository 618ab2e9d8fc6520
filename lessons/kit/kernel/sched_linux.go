package kernel

import (
	"context"
	"fmt"
	"time"
)

// Schedstat is what the scheduler has counted for a process's first thread: /proc/PID/schedstat
// (sched-stats in the kernel's documentation).
type Schedstat struct {
	Source
	Running time.Duration // on a processor
	Ready   time.Duration // waiting for one
	Slices  uint64        // how often it was given one
}

// Fields are its numbers.
func (s Schedstat) Fields() []any {
	return []any{"running", s.Running, "ready", s.Ready, "slices", s.Slices}
}

// ReadSchedstat reads /proc/PID/schedstat. It returns ErrGone if there is no such process.
func ReadSchedstat(pid int) (Schedstat, error) {
	file, err := ReadFile(pid, "schedstat")
	s := Schedstat{Source: file.Source}
	if err != nil {
		return s, err
	}
	if _, err := fmt.Sscan(file.Text, &s.Running, &s.Ready, &s.Slices); err != nil {
		return s, fmt.Errorf("read %s: %w", s.Source, err)
	}
	return s, nil
}

// awaitFor is how long AwaitState and Await wait at most: a loaded machine takes its time.
const awaitFor = 10 * time.Second

// ErrInVain says that something has not come about.
var ErrInVain = fmt.Errorf("in vain, for %v", awaitFor)

// AwaitState blocks until the process is found in this state. It looks again and again, for nothing
// tells of a change.
func AwaitState(ctx context.Context, pid int, state State) (st Stat, err error) {
	lives := []int{pid}
	if state == Zombie {
		lives = nil
	}
	err = Await(ctx, func() (bool, error) {
		st, err = ReadStat(pid)
		return st.State == state, err
	}, lives...)
	if err != nil {
		return st, fmt.Errorf("wait for %d to be in state %s: %w", pid, state, err)
	}
	return st, nil
}

// Await looks again and again whether something has come about. It does not wait any longer for
// what takes processes that live, if one of them has ended.
func Await(ctx context.Context, come func() (bool, error), lives ...int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, awaitFor, ErrInVain)
	defer cancel()
	for {
		if yes, err := come(); yes || err != nil {
			return err
		}
		for _, pid := range lives {
			if st, err := ReadStat(pid); err != nil {
				return err
			} else if st.Dead() {
				return fmt.Errorf("%d has ended too early", pid)
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Millisecond):
		}
	}
}
