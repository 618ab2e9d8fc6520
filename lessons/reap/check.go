package reap

import (
	"time"

	"mtp/lessons/kit/requirement"
	"mtp/lessons/kit/tracer"
)

// tolerated is for how long a zombie may wait for its parent.
const tolerated = 100 * time.Millisecond

// checks are what is asked of the reader's own program.
func checks() []requirement.Check {
	return []requirement.Check{{
		Name: "reap",
		Task: requirement.Text("check.task",
			"Write a program that reaps all its children as soon as they end, in the way that --method names."),
		Flags:   []string{"method"},
		Methods: []string{"any", "wait", "nohang", "sigchld", "double-fork"},
		Requirements: func(w requirement.Wants) []requirement.Requirement {
			all := []requirement.Requirement{
				requirement.Child(), reaped(w.Method == "double-fork"),
				requirement.Brief(tolerated),
			}
			switch w.Method {
			case "wait":
				all = append(all, blocks())
			case "nohang":
				all = append(all, asks())
			case "sigchld":
				all = append(all, handles(), loops())
			case "double-fork":
				all = append(all, handsOver())
			}
			return all
		},
	}}
}

// reaped asks for as many reaped as forked. After a double fork the adopter reaps the grandchild.
func reaped(adopted bool) requirement.Requirement {
	r := requirement.Waited("all")
	if !adopted {
		return r
	}
	r.Asks = requirement.Text("check.all.orphans",
		"The first process waits for its child; a grandchild is left to its adopter.")
	whole := r.Judge
	r.Judge = func(run *requirement.Run) requirement.Finding {
		f := whole(run)
		for _, p := range run.Children() {
			if len(p.Orphaned) == 0 && (p.Wait.Kind == "" || p.Wait.PID != run.Parent(p).PID) {
				return f
			}
		}
		return requirement.Yes("check.all.orphans.yes", "Each child was waited for, or adopted.")
	}
	return r
}

// blocks asks for a wait that returns a child, and may block.
func blocks() requirement.Requirement {
	return requirement.Requirement{
		ID: "method", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.wait",
			"The parent calls wait or waitpid without WNOHANG, and it returns a child."),
		Hint: requirement.Text("check.wait.hint",
			"waitpid(pid, &status, 0) blocks until the child has ended; in Python os.waitpid(pid, 0)."),
		Judge: func(r *requirement.Run) requirement.Finding {
			return anyWait(r, func(f tracer.Fact) bool { return !f.NoHang })
		},
	}
}

// asks wants a wait that never blocks.
func asks() requirement.Requirement {
	return requirement.Requirement{
		ID: "method", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.nohang",
			"The parent calls waitpid with WNOHANG, again and again, until it returns a child."),
		Hint: requirement.Text("check.nohang.hint",
			"waitpid(-1, &status, WNOHANG) returns 0 as long as no child has ended; in Python os.waitpid(-1, os.WNOHANG)."),
		Judge: func(r *requirement.Run) requirement.Finding {
			return anyWait(r, func(f tracer.Fact) bool { return f.NoHang })
		},
	}
}

// anyWait finds a wait of this sort that has returned a child.
func anyWait(r *requirement.Run, is func(tracer.Fact) bool) requirement.Finding {
	var other tracer.Fact
	for _, f := range r.Facts {
		if f.Kind != tracer.Waited || f.Child <= 0 || f.Peek {
			continue
		}
		if is(f) {
			return requirement.Yes("check.method.yes",
				"{parent} reaped {child} so.",
				"parent", f.PID, "child", f.Child).By(f)
		}
		other = f
	}
	if other.Kind == "" {
		return requirement.No("check.method.none", "No wait has returned a child.")
	}
	return requirement.No("check.method.other",
		"{parent} reaped {child} otherwise{line}.",
		"parent", other.PID, "child", other.Child, "line", other.Stack).By(other)
}

// handler is the process that has a handler for SIGCHLD, and where it was set.
func handler(r *requirement.Run) (p *tracer.Process, set tracer.Fact) {
	for _, f := range r.Facts {
		handled := f.Kind == tracer.Disposed && f.Disposition == tracer.Handled
		if p := r.Get(f.PID); handled && p != nil && len(p.Children) > 0 {
			return p, f
		}
	}
	return nil, set
}

// handles asks for a handler in which is waited.
func handles() requirement.Requirement {
	return requirement.Requirement{
		ID: "method", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.sigchld",
			"The parent has a handler for SIGCHLD, and reaps when the signal has come, without blocking."),
		Hint: requirement.Text("check.sigchld.hint",
			"signal(SIGCHLD, handler), and waitpid(-1, …, WNOHANG) in the handler; in Python signal.signal(signal.SIGCHLD, handler)."),
		Judge: func(r *requirement.Run) requirement.Finding {
			p, set := handler(r)
			if p == nil {
				return requirement.No("check.sigchld.none",
					"No process with children has a handler for SIGCHLD.")
			}
			came := false
			for _, f := range r.Facts {
				if f.PID != p.PID {
					continue
				}
				if f.Kind == tracer.Signalled && f.Signal == childSignal {
					came = true
				}
				if f.Kind == tracer.Waited && f.Child > 0 && f.NoHang && came {
					return requirement.Yes("check.sigchld.yes",
						"SIGCHLD reached {parent}, and then it reaped {child}.",
						"parent", p.PID, "child", f.Child).By(f)
				}
			}
			return requirement.No("check.sigchld.no",
				"{parent} has a handler{line}, but has reaped no child with WNOHANG after a SIGCHLD.",
				"parent", p.PID, "line", set.Stack).By(set)
		},
	}
}

// childSignal is its number on Linux.
const childSignal = 17

// loops asks for a handler that waits until nobody is left: signals do not queue.
func loops() requirement.Requirement {
	return requirement.Requirement{
		ID: "loop", Needs: []string{"method"},
		Asks: requirement.Text("check.loop",
			"The handler loops: it waits until none of the children is dead any more."),
		Hint: requirement.Text("check.loop.hint",
			"Signals of one kind do not queue, so one SIGCHLD may stand for several children: while (waitpid(-1, …, WNOHANG) > 0)."),
		Judge: func(r *requirement.Run) requirement.Finding {
			p, set := handler(r)
			var last tracer.Fact
			for _, f := range p.Waits {
				if f.NoHang {
					last = f
				}
			}
			if last.Child > 0 {
				return requirement.No("check.loop.no",
					"The last wait of the handler returned {child}; it did not ask whether there is another one{line}.",
					"child", last.Child, "line", set.Stack).By(last)
			}
			return requirement.Yes("check.loop.yes",
				"{parent} asked until there was none.",
				"parent", p.PID).By(last)
		},
	}
}

// handsOver asks for a grandchild whose parent ends at once.
func handsOver() requirement.Requirement {
	return requirement.Requirement{
		ID: "method", Needs: []string{"child"}, Stays: true,
		Asks: requirement.Text("check.double",
			"The child forks once more and ends at once; the grandchild is adopted, and the first process waits for the child."),
		Hint: requirement.Text("check.double.hint",
			"In the child: fork; if that returned a PID, _exit(0). In the first process: waitpid for the child."),
		Judge: func(r *requirement.Run) requirement.Finding {
			for _, p := range r.Twins() {
				middle := r.Parent(p)
				if len(p.Orphaned) == 0 || p.Orphaned[0].Zombie || middle == r.First() {
					continue
				}
				if middle.Wait.Kind != "" {
					return requirement.Yes("check.double.yes",
						"{child} forked {grandchild} and ended; {adopter} adopted it.",
						"child", middle.PID, "grandchild", p.PID, "adopter",
						p.Orphaned[0].Parent).By(p.Orphaned[0])
				}
				return requirement.No("check.double.unwaited",
					"{grandchild} was adopted, but nobody waited for {child} in the middle.",
					"child", middle.PID, "grandchild", p.PID).By(p.Orphaned[0])
			}
			return requirement.No("check.double.no",
				"No grandchild has outlived the process in the middle.")
		},
	}
}
