package workers

import (
	"context"
	"errors"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// poll asks each process whether it lives, without waiting for it.
func poll(s *stage.Stage, workers []*worker) {
	t := s.Table("poll", "name", "name", "pid", "PID", "alive", "alive", "daemon", "daemon",
		"exit_code", "exit code")
	for _, w := range workers {
		var exit any // none yet
		if code, ended := w.ExitCode(); ended {
			exit = code
		}
		t.Row(w.Name, w.PID(), w.Alive(), w.Daemon(), exit)
	}
	t.Show()
}

// joinWithTimeout waits, but not for ever.
func joinWithTimeout(s *stage.Stage, w *worker, timeout time.Duration) {
	s.Say("join", "join {name}, with a time-out of {timeout}.", "name", w.Name, "timeout", timeout)
	waiting, cancel := context.WithTimeout(s.Context(), timeout)
	defer cancel()
	begun := time.Now()
	err := w.Join(waiting)
	waited := time.Since(begun)

	// It may have ended as the time was up: what the kernel lists decides.
	st, gone := kernel.ReadStat(w.PID())
	if errors.Is(err, context.DeadlineExceeded) && gone == nil && st.State != kernel.Zombie {
		s.See("expired", st,
			"join has returned after {waited}, and {pid} is still there, in state {state}: a time-out ends the wait, not the process.",
			"waited", waited)
	} else {
		s.Say("intime", "join has returned after {waited}: {name} has ended.",
			"waited", waited, "name", w.Name)
	}
}

// joinAll waits for each process, and tells of them in the order in which they ended.
func joinAll(s *stage.Stage, workers []*worker, begun time.Time) {
	s.Say("joinall", "join all of them, without a time-out.")
	s.Wait("wait", "The parent waits.")
	ctx := s.Context()
	ended := make(chan *worker, len(workers)) // so nobody blocks, should the lesson be interrupted
	for _, w := range workers {
		go func() {
			_ = w.Join(ctx) // whether it failed, its exit code says
			ended <- w
		}()
	}
	for range workers {
		w := <-ended
		code, _ := w.ExitCode()
		s.See("ended", process.StatusSource(w.PID()),
			"{name} has ended, {after} after the first start; exit code {code}.",
			"name", w.Name, "code", code, "after", w.Ended().Sub(begun))
		switch {
		case code < 0:
			s.Warn("killed", "{name} was killed by signal {signal}. The others go on.",
				"name", w.Name, "signal", -code)
		case code > 0:
			s.Warn("failed", "{name} has failed. The others go on.", "name", w.Name)
		}
	}
}

// compare compares what the jobs took side by side with what they would take one after the other.
func compare(
	s *stage.Stage, workers []*worker, jobs []Job, begun time.Time, sideBySide *stage.Prediction,
) {
	var wall, longest, sum time.Duration
	for i, w := range workers {
		if code, _ := w.ExitCode(); code != 0 {
			return // its job is not done
		}
		lasts := paced(s, jobs[i].Lasts)
		wall, longest, sum = max(wall, w.Ended().Sub(begun)), max(longest, lasts), sum+lasts
	}
	clock := kernel.Call("clock_gettime", "CLOCK_MONOTONIC")
	s.See("took", clock,
		"From the first start to the last end: {wall}. The longest job alone takes {longest}; one after the other they would take {sum}.",
		"wall", wall, "longest", longest, "sum", sum)
	sideBySide.About(wall.Seconds(), 0.25, clock)
}
