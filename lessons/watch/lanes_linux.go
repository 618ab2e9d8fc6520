package watch

import (
	"path"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/sampler"
	"mtp/lessons/kit/tracer"
)

// lanes are the processes over time, as the trace has them: alive, stopped, zombie.
func lanes(h *tracer.History, now time.Time) (all []sampler.Lane) {
	for _, p := range h.All {
		all = append(all, lane(p, now))
	}
	return all
}

func lane(p *tracer.Process, now time.Time) sampler.Lane {
	l := sampler.Lane{PID: p.PID, PPID: bornOf(p), Gone: !p.Listed()}
	if len(p.Args) > 0 {
		l.Name = path.Base(p.Args[0])
	}
	state, since := kernel.Alive, p.Born
	next := func(other kernel.State, at time.Time) {
		if at.After(since) || other == kernel.Zombie {
			l.Spans = append(l.Spans, sampler.Span{State: state, Begin: since, End: at})
			state, since = other, at
		}
	}
	for _, stop := range p.Stops {
		if stop.Kind == tracer.Stopped {
			next(kernel.Stopped, stop.Time)
		} else {
			next(kernel.Alive, stop.Time)
		}
	}
	end := now
	if p.Dead() {
		end = p.End.Time
		if lasted := p.Zombie(now); lasted >= brief {
			next(kernel.Zombie, p.End.Time)
			end = p.End.Time.Add(lasted)
		}
	}
	l.Spans = append(l.Spans, sampler.Span{State: state, Begin: since, End: end})
	for _, orphaned := range p.Orphaned {
		l.Adopted = append(l.Adopted, sampler.Adoption{By: orphaned.Parent, Seen: orphaned.Time})
	}
	return l
}
