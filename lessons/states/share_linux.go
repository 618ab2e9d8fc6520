package states

import (
	"math"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/stage"
)

// minShare is how long the three are watched at least: time slices take some milliseconds each.
const minShare = 300 * time.Millisecond

// share lets three children share one processor, the first of which is there already.
func (o Options) share(s *stage.Stage, first, processor int) {
	part := s.AskNumber("share",
		"Two more children are going to compute on processor {processor}. Of the time that the three have it, how many percent will {pid} get? (A third more or less counts as right.)",
		"pid", first, "processor", processor)
	watched := max(s.Scaled(o.Share), minShare)
	s.Step("share",
		"Start two more that compute, on the same processor, and watch the three for {time}.",
		"time", watched)
	second := startSteady(s, "worker", processor)
	third := startSteady(s, "worker", processor)
	pids := []int{first, second.PID, third.PID}
	before := turnsOf(s, pids)
	s.Wait("sharing", "Three children, one processor.")
	s.Pass(watched)
	after := awaitTurns(s, pids, before, processor)

	had := make([]turns, len(pids))
	var whole float64
	for i := range pids {
		had[i] = after[i].since(before[i])
		whole += had[i].Running.Seconds()
	}
	percent := func(t turns) float64 { return math.Round(1000*t.Running.Seconds()/whole) / 10 }
	table := s.Table("shares", "pid", "PID", "running", "running", "ready", "ready",
		"percent", "% ", "slices", "slices", "voluntary", "gave up", "involuntary", "taken")
	for i, t := range had {
		table.Row(pids[i], t.Running, t.Ready, percent(t), t.Slices, t.voluntary, t.involuntary)
	}
	table.Show()
	s.Say("switches",
		"running, ready and slices are from /proc/PID/schedstat; how often a process gave the processor up by itself, or had it taken away, is in /proc/PID/status (voluntary_ctxt_switches, nonvoluntary_ctxt_switches).")
	s.Model("preempt",
		"running → ready: its time slice is over, or another one is due. The scheduler takes the processor away.",
		picture.Preempt)
	s.See("preempted", had[0].status, "That has happened to {pid} {count} times meanwhile.",
		"pid", first, "count", had[0].involuntary)
	part.About(percent(had[0]), 1./3, had[0])
	end(s, second)
	end(s, third)
}

// turns are a process's turns on the processor.
type turns struct {
	kernel.Schedstat
	status                 kernel.Status
	voluntary, involuntary int64 // how they have ended
}

// since are the turns that came after others.
func (t turns) since(before turns) turns {
	t.Running -= before.Running
	t.Ready -= before.Ready
	t.Slices -= before.Slices
	t.voluntary -= before.voluntary
	t.involuntary -= before.involuntary
	return t
}

func turnsOf(s *stage.Stage, pids []int) (list []turns) {
	for _, pid := range pids {
		t := turns{Schedstat: s.Schedstat(pid), status: s.Status(pid)}
		var err error
		t.voluntary, err = t.status.Count("voluntary_ctxt_switches")
		s.Must(err)
		t.involuntary, err = t.status.Count("nonvoluntary_ctxt_switches")
		s.Must(err)
		list = append(list, t)
	}
	return list
}

// awaitTurns returns the processes' turns as soon as each has had one, and was interrupted in it.
func awaitTurns(s *stage.Stage, pids []int, before []turns, processor int) (after []turns) {
	err := kernel.Await(s.Context(), func() (bool, error) {
		after = turnsOf(s, pids)
		for i := range after {
			if after[i].involuntary == before[i].involuntary {
				return false, nil
			}
		}
		return true, nil
	})
	s.Mustf(err, "see three processes share processor %d", processor)
	return after
}
