package workers

import (
	"context"
	"errors"
	"strings"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// poll asks for each process whether it lives, without waiting for it. One that was joined is not
// asked for: its PID may be another's by now.
func poll(s *stage.Stage, workers []*worker) {
	t := s.Table("poll", "name", "name", "pid", "PID", "state", "state", "alive", "alive",
		"daemon", "daemon", "exit_code", "exit code")
	var stats, statuses []string
	for _, w := range workers {
		st, err := kernel.Stat{}, kernel.ErrGone
		if w.Alive() {
			st, err = kernel.ReadStat(w.PID())
		}
		if errors.Is(err, kernel.ErrGone) {
			_ = w.Join(s.Context()) // which returns at once
			code, _ := w.ExitCode()
			t.Row(w.called, w.PID(), nil, false, w.Daemon(), code)
			statuses = append(statuses, process.StatusSource(w.PID()).From())
			continue
		}
		s.Must(err)
		t.Row(w.called, w.PID(), st.State, st.State != kernel.Zombie, w.Daemon(), nil)
		stats = append(stats, st.From())
	}
	t.From(firstOf(stats, statuses))
	t.Show()
}

// firstOf names the first source of each list, with a mark if there are others like it.
func firstOf(lists ...[]string) kernel.Source {
	var first []string
	more := ""
	for _, sources := range lists {
		first = append(first, sources[:min(len(sources), 1)]...)
		if len(sources) > 1 {
			more = " …"
		}
	}
	return kernel.Source(strings.Join(first, ", and ") + more)
}

// joinWithTimeout waits, but not for ever.
func joinWithTimeout(s *stage.Stage, w *worker, timeout time.Duration) {
	s.Say("join", "Join {name}, with a time-out of {timeout}.",
		"name", w.called, "timeout", timeout)
	waiting, cancel := context.WithTimeout(s.Context(), timeout)
	defer cancel()
	begun := time.Now()
	err := w.Join(waiting)
	waited := time.Since(begun)

	// It may have ended as the time was up: what the kernel lists decides.
	st, gone := kernel.ReadStat(w.PID())
	if errors.Is(err, context.DeadlineExceeded) && gone == nil && st.State != kernel.Zombie {
		s.See("expired", st,
			"join returned after {waited}, and {pid} is still there, in state {state}: a time-out ends the wait, not the process.",
			"waited", waited)
		return
	}
	_ = w.Join(s.Context()) // which returns at once
	s.See("intime", process.StatusSource(w.PID()),
		"join returned after {waited}: {name} has ended.",
		"waited", waited, "name", w.called)
}

// joinAll waits for each process, and tells of them in the order in which they ended.
func joinAll(s *stage.Stage, workers []*worker, begun time.Time) {
	s.Say("joinall", "Join all of them, without a time-out.")
	s.Meanwhile("wait", "The parent waits.")
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
			"{name} ended {after} after the beginning; exit code {code}.",
			"name", w.called, "code", code, "after", w.Ended().Sub(begun))
		switch {
		case code < 0:
			s.Warn("killed", "{name} was killed by signal {signal}.",
				"name", w.called, "signal", -code)
		case code > 0:
			s.Warn("failed", "{name} has failed.", "name", w.called)
		}
	}
}

// compareWithSum compares what the jobs took side by side with what they would take one after the
// other, and with what they needed a processor for.
func compareWithSum(
	s *stage.Stage, workers []*worker, jobs []Job, begun time.Time, sideBySide *stage.Prediction,
) {
	var wall, longest, sum, processor time.Duration
	var statuses []string
	for i, w := range workers {
		if code, _ := w.ExitCode(); code != 0 {
			return // its job is not done
		}
		lasts := jobs[i].Lasts
		wall, longest, sum = max(wall, w.Ended().Sub(begun)), max(longest, lasts), sum+lasts
		usage, _ := w.Usage()
		processor += usage.CPU
		statuses = append(statuses, process.StatusSource(w.PID()).From())
	}
	clock := kernel.Call("clock_gettime", "CLOCK_MONOTONIC")
	s.See("took", clock, "From the beginning to the last end: {wall}.", "wall", wall)
	if wall > longest*5/4 {
		sideBySide.Because("late",
			"The longest job takes {longest}. To begin, to wake up and to end takes time as well, and more of it on a busy machine: {rest} beyond that here.",
			"longest", longest, "rest", wall-longest)
	}
	sideBySide.About(wall.Seconds(), 0.25, clock)
	s.So("sums",
		"The longest job alone takes {longest}; one after the other they would take at least {sum}.",
		"longest", longest, "sum", sum)
	s.See("processor", firstOf(statuses),
		"The processes of the jobs were on a processor for {processor} altogether, their start included.",
		"processor", processor)
	s.So("waiting",
		"A process that waits needs no processor. So more processes than processors are worth it when they wait.")
}
