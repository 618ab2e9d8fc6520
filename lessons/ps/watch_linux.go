package ps

import (
	"os"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/stage"
)

// change is what has become of a process between two looks.
type change struct {
	what
	process
	before   process       // unless it is new
	lastSeen time.Duration // when it is gone
}

// what has become of it.
type what int

const (
	begun     what = iota
	renamed        // it has executed another program
	adopted        // it has got another parent
	stoppedBy      // by a signal or a tracer
	goesOn
	died   // it is a zombie
	reaped // it was one
	gone   // it was none when it was last seen
)

// changes are what differs between two looks. What only sleeps and runs, does not.
func changes(before, after snapshot) (list []change) {
	for _, p := range before.list {
		if now, listed := find(after.all, p.PID); !listed || !now.is(p) {
			c := change{what: gone, process: p, before: p, lastSeen: before.at}
			if p.zombie() {
				c.what = reaped
			}
			list = append(list, c)
		} else if _, below := find(after.list, p.PID); !below { // it has left the subtree
			list = append(list, change{what: adopted, process: now, before: p})
		}
	}
	for _, p := range after.list {
		was, listed := find(before.all, p.PID)
		if !listed || !was.is(p) {
			list = append(list, change{what: begun, process: p})
			if p.zombie() {
				list = append(list, change{what: died, process: p})
			}
			continue
		}
		add := func(w what, has bool) {
			if has {
				list = append(list, change{what: w, process: p, before: was})
			}
		}
		add(renamed, p.Comm != was.Comm)
		add(adopted, p.PPID != was.PPID)
		add(died, p.zombie() && !was.zombie())
		add(stoppedBy, isStopped(p) && !isStopped(was))
		add(goesOn, isStopped(was) && !isStopped(p) && !p.zombie())
	}
	return list
}

func isStopped(p process) bool { return p.State == kernel.Stopped || p.State == "t" }

// watch tells what changes.
func (o Options) watch(s *stage.Stage, before snapshot, zombies []process) {
	s.Say("watch", "From here on, what changes; a look every {interval}. Ctrl-C ends it.",
		"interval", o.Interval)
	dead := map[int]time.Duration{} // the zombies that were told, and when each was first seen
	for _, p := range zombies {
		dead[p.PID] = before.at
	}
	for {
		s.Pass(o.Interval)
		after := o.look(s)
		for _, c := range changes(before, after) {
			o.tellChange(s, c, after, dead)
		}
		if _, listed := find(after.list, o.PID); o.PID != 0 && !listed {
			s.Say("watch.over", "{pid} is gone, so there is nothing more to watch.", "pid", o.PID)
			return
		}
		before = after
	}
}

// tellChange tells one change. dead is when zombies were first seen.
func (o Options) tellChange(
	s *stage.Stage, c change, after snapshot, dead map[int]time.Duration,
) {
	seen, told := dead[c.PID]
	if c.what == reaped && !told {
		c.what = gone
	}
	ofZombies := c.what == died || c.what == reaped || c.what == adopted && c.zombie()
	if c.PID == os.Getpid() || o.Zombies && !ofZombies {
		return
	}
	fields := []any{
		"at", time.Now().Format(time.TimeOnly), "pid", c.PID, "comm", picture.Visible(c.Comm),
		"parent", c.PPID,
	}
	switch c.what {
	case begun:
		fields = append(fields, "args", picture.Visible(arguments(c.PID)))
		s.See("begun", c.process, "{at}  {pid} ({comm}) has come, a child of {parent}: {args}",
			fields...)
	case renamed:
		fields = append(fields, "before", picture.Visible(c.before.Comm))
		s.See("renamed", c.process, "{at}  {pid} is {comm} now; it was {before}.", fields...)
	case adopted:
		fields = append(fields, "before", c.before.PPID)
		s.See("adopted", c.process,
			"{at}  {pid} ({comm}) has a new parent, {parent}; it was {before}.", fields...)
	case stoppedBy:
		s.See("stopped", c.process, "{at}  {pid} ({comm}) is stopped, in state {state}.",
			append(fields, "state", c.State)...)
	case goesOn:
		s.See("continued", c.process, "{at}  {pid} ({comm}) goes on.", fields...)
	case died:
		if o.tellDeath(s, c.process, after, fields) {
			dead[c.PID] = after.at
		}
	case reaped:
		delete(dead, c.PID)
		lasted := max(c.lastSeen-seen, instant) // it has been confirmed
		s.See("reaped", c.process,
			"{at}  Zombie {pid} ({comm}), child of {parent}, is gone. It was dead for at least {lasted}.",
			append(fields, "lasted", span(lasted), "lasted", lasted)...)
	case gone:
		s.See("gone", c.process, "{at}  {pid} ({comm}), child of {parent}, is gone.", fields...)
	}
}

// tellDeath tells of a new zombie, unless it is reaped already.
func (o Options) tellDeath(s *stage.Stage, p process, after snapshot, fields []any) (told bool) {
	zombies, _ := confirm(s, []process{p}, nil)
	if len(zombies) == 0 {
		return false
	}
	s.See("died", p, "{at}  {pid} ({comm}) is dead, a zombie: {parent} has not waited for it.",
		fields...)
	if o.Zombies {
		for _, d := range debtors(after, zombies) {
			d.judge(s)
		}
	}
	return true
}
