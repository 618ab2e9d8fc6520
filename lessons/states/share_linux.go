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
		"Two more children are going to compute on processor {processor}. Of the time that the three have it, what percentage will {pid} get? (Within a third of it counts as right.)",
		"pid", first, "processor", processor)
	watched := max(o.Share, minShare)
	s.Step("share",
		"Start two more that compute, on the same processor, and watch the three for {time}.",
		"time", watched)
	second := startSteady(s, "worker", processor)
	third := startSteady(s, "worker", processor)
	pids := []int{first, second.PID, third.PID}
	before := turnsOf(s, pids)
	s.Meanwhile("sharing", "Three children, one processor.")
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
	table.From(had[0].Source + ", and " + had[0].status.Source + " …")
	table.Show()
	s.Say("switches",
		"When the processor passes from one process to another, that is a context switch. It is voluntary if a process gave the processor up, to wait for something (\"gave up\"), and involuntary if the scheduler took it away (\"taken\"). In status these are voluntary_ctxt_switches and nonvoluntary_ctxt_switches.")
	s.Model("preempt",
		"running → ready: its time slice is over, or another process is due. The scheduler takes the processor away.",
		picture.Preempt)
	s.See("preempted", had[0].status,
		"How many times {pid} has lost it that way meanwhile: {count}.",
		"pid", first, "count", had[0].involuntary)
	if share := percent(had[0]); share < 25 || share > 42 {
		part.Because("uneven",
			"The three should get a third each, in the long run. Within {time} it was not so.",
			"time", watched)
	}
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

// awaitTurns returns the processes' turns as soon as each has lost the processor once.
func awaitTurns(s *stage.Stage, pids []int, before []turns, processor int) (after []turns) {
	err := kernel.Await(s.Context(), func() (bool, error) {
		after = turnsOf(s, pids)
		for i := range after {
			if after[i].involuntary == before[i].involuntary {
				return false, nil
			}
		}
		return true, nil
	}, pids...)
	s.Mustf(err, "see three processes share processor %d", processor)
	return after
}
