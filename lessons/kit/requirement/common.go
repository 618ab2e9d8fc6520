package requirement

import (
	"time"

	"mtp/lessons/kit/tracer"
)

// Child asks for a child that runs the same program.
func Child() Requirement {
	return Requirement{
		ID: "child", Stays: true,
		Asks: Text("require.child",
			"It makes a child by fork, and the child goes on in the same program."),
		Hint: Text("require.child.hint",
			"Call fork() in C, os.fork() in Python, or start a multiprocessing.Process. subprocess and system() run another program."),
		Judge: func(r *Run) Finding {
			if twins := r.Twins(); len(twins) > 0 {
				p := twins[0]
				return Yes("require.child.yes",
					"{parent} forked {child}.",
					"parent", r.Parent(p).PID, "child", p.PID).By(p.Birth)
			}
			if children := r.Children(); len(children) > 0 {
				p := children[0]
				return No("require.child.execed",
					"{child} executes another program: {command}.",
					"child", p.PID, "command", command(p.Args))
			}
			return No("require.child.no", "{pid} has not called fork.", "pid", r.program())
		},
	}
}

// EndsFirst asks for a child that ends before its parent.
func EndsFirst(hint Sentence) Requirement {
	return Requirement{
		ID: "ends", Needs: []string{"child"}, Stays: true,
		Asks: Text("require.first", "A child ends before its parent."),
		Hint: hint,
		Judge: func(r *Run) Finding {
			for _, p := range r.Twins() {
				parent := r.Parent(p)
				if p.Dead() && (!parent.Dead() || p.End.Time.Before(parent.End.Time)) {
					return Yes("require.first.yes",
						"{child} ended before {parent}.",
						"child", p.PID, "parent", parent.PID).By(p.End)
				}
			}
			p := r.Twins()[0]
			return No("require.first.no",
				"{parent} did not outlive its child {child}{line}.",
				"parent", r.Parent(p).PID, "child", p.PID, "line", p.Forked())
		},
	}
}

// Ends asks for each child to end by itself.
func Ends() Requirement {
	return Requirement{
		ID: "ends", Needs: []string{"child"},
		Asks: Text("require.ends", "Each child ends by itself: it exits."),
		Hint: Text("require.ends.hint",
			"Let the child leave by _exit (in Python os._exit) when its work is done; a signal is how a crash ends."),
		Judge: func(r *Run) Finding {
			for _, p := range r.Twins() {
				line := []any{"child", p.PID, "line", p.Fatal.Stack}
				switch {
				case !p.Dead():
					return No("require.ends.alive", "{child} still runs at the end.", line...)
				case p.End.Kind == tracer.Killed:
					return No("require.ends.killed",
						"{child} was killed by signal {signal}{line}.",
						append(line, "signal", int(p.End.Signal))...).By(p.End)
				}
			}
			p := r.Twins()[0]
			return Yes("require.ends.yes",
				"{child} exited with status {status}.",
				"child", p.PID, "status", p.End.Status).By(p.End)
		},
	}
}

// Waited asks for each child to be waited for by its parent.
func Waited(id string) Requirement {
	return Requirement{
		ID: id, Needs: []string{"child"},
		Asks: Text("require.waited", "The parent waits for each of its children."),
		Hint: Text("require.waited.hint",
			"Call wait or waitpid once for each child; in Python os.wait(), os.waitpid(pid, 0), or join() of a Process."),
		Judge: func(r *Run) Finding {
			all := r.Children()
			for _, p := range all {
				if f := r.unwaited(p); f.Outcome != Met {
					return f
				}
			}
			last := all[len(all)-1]
			return Yes("require.waited.yes",
				"All children were waited for: {count}.",
				"count", len(all)).By(last.Wait)
		},
	}
}

// unwaited is why a process was not waited for by the parent that it was born of.
func (r *Run) unwaited(p *tracer.Process) Finding {
	parent := r.Parent(p)
	fields := []any{"child", p.PID, "parent", parent.PID, "line", p.Forked()}
	switch {
	case p.Wait.Kind != "" && p.Wait.PID == parent.PID:
		return Finding{Outcome: Met}
	case !p.Dead() && len(p.Orphaned) > 0, p.Dead() && len(p.Orphaned) > 0 && !p.Orphaned[0].Zombie:
		return No("require.waited.orphan",
			"{parent} ended before its child {child}, which was forked{line}.",
			fields...).By(p.Orphaned[0])
	case !p.Dead():
		return No("require.waited.alive",
			"{child} still runs at the end; it was forked{line}.",
			fields...)
	case parent.SIGCHLD == tracer.Ignored && !p.End.Zombie:
		return No("require.waited.ignored",
			"{parent} ignores SIGCHLD, so the kernel reaped {child}, and no wait got its status.",
			fields...).By(parent.Disposed)
	}
	lasted := r.ZombieFor(p)
	return No("require.waited.no",
		"{parent} never waited for {child}, which was forked{line}, and was a zombie for {lasted}.",
		append(fields, "lasted", lasted)...)
}

// Brief asks for no zombie to last.
func Brief(most time.Duration) Requirement {
	return Requirement{
		ID: "prompt", Needs: []string{"child"},
		Asks: Text("require.prompt", "No child is a zombie for longer than {most}.", "most", most),
		Hint: Text("require.prompt.hint",
			"Wait as soon as a child ends: block in wait, or wait in a handler of SIGCHLD."),
		Judge: func(r *Run) Finding {
			var longest time.Duration
			for _, p := range r.Children() {
				lasted := r.ZombieFor(p)
				longest = max(longest, lasted)
				if lasted > most {
					return No("require.prompt.no",
						"{child} was a zombie for {lasted}; it was forked{line}.",
						"child", p.PID, "lasted", lasted, "line", p.Forked())
				}
			}
			return Yes("require.prompt.yes",
				"The longest zombie lasted {lasted}.",
				"lasted", longest)
		},
	}
}

// Together asks for so many children of one parent at the same time.
func Together(procs int) []Requirement {
	return []Requirement{
		{
			ID: "count", Stays: true,
			Asks: Text("require.count",
				"One parent has at least {procs} children.",
				"procs", procs),
			Hint: Text("require.count.hint",
				"Start all of them in a loop, before you wait for the first."),
			Judge: func(r *Run) Finding {
				team := r.Team()
				if len(team) < procs {
					return No("require.count.no",
						"The largest number of children of one parent is {count}.",
						"count", len(team))
				}
				parent := r.Parent(team[0]).PID
				return Yes("require.count.yes",
					"{parent} has made {count} children.",
					"parent", parent, "count", len(team)).By(team[0].Birth)
			},
		},
		{
			ID: "overlap", Needs: []string{"count"}, Stays: true,
			Asks: Text("require.overlap",
				"At least {procs} of them are alive at the same time.",
				"procs", procs),
			Hint: Text("require.overlap.hint",
				"Do not wait for one before you start the next: first start all, then join all."),
			Judge: func(r *Run) Finding {
				most := r.AtOnce(r.Team())
				if most < procs {
					return No("require.overlap.no",
						"At most {count} were alive at one moment.",
						"count", most)
				}
				return Yes("require.overlap.yes",
					"{count} were alive at one moment.",
					"count", most)
			},
		},
	}
}
