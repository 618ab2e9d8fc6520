package requirement

import (
	"context"
	"io"
	"sync"
	"time"
)

// Scene is a run under way, for who plays with the program.
type Scene struct {
	Wants Wants
	Input io.WriteCloser // what is written here the program can read

	ctx context.Context //nolint:containedctx // it lives as long as one run
	mu  sync.Mutex
	run *Run
}

// NewScene returns a scene for a run that has just begun.
func NewScene(ctx context.Context, input io.WriteCloser, run *Run) *Scene {
	return &Scene{Wants: run.Wants, Input: input, ctx: ctx, run: run}
}

// Look looks at what has become known so far, or adds to it.
func (s *Scene) Look(look func(*Run)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run.Until = time.Now()
	look(s.run)
}

// Found keeps what was found in one case.
func (s *Scene) Found(id string, f Finding) {
	s.Look(func(r *Run) {
		if r.Cases == nil {
			r.Cases = map[string]Finding{}
		}
		r.Cases[id] = f
	})
}

// Over reports whether the run is over.
func (s *Scene) Over() bool { return s.ctx.Err() != nil }

// Pass lets a time pass, or less if the run is over.
func (s *Scene) Pass(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.ctx.Done():
	}
}

// Await waits until something has become known, for so long at most, and reports whether it has.
func (s *Scene) Await(most time.Duration, known func(*Run) bool) (is bool) {
	const again = 10 * time.Millisecond
	for deadline := time.Now().Add(most); ; s.Pass(again) {
		s.Look(func(r *Run) { is = known(r) })
		if is || s.Over() || time.Now().After(deadline) {
			return is
		}
	}
}

// Case is a requirement's Judge if it is played as a scene.
func Case(id string) func(*Run) Finding {
	return func(r *Run) Finding {
		if f, was := r.Cases[id]; was {
			return f
		}
		return Unknown("require.unplayed", "The program did not come so far.")
	}
}
