package ps

import (
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/stage"
)

// tellZombies tells of all zombies, by the parent that owes the wait.
func tellZombies(s *stage.Stage, look snapshot) (zombies []process) {
	var candidates, leaders []process
	for _, p := range look.list {
		switch {
		case p.zombie():
			candidates = append(candidates, p)
		case p.leaderGone():
			leaders = append(leaders, p)
		}
	}
	zombies, leaders = confirm(s, candidates, leaders)
	parents := debtors(look, zombies)
	tellCount(s, look, parents)
	for _, d := range parents {
		d.tell(s, look)
	}
	for _, p := range leaders {
		s.See("leader", p,
			"{pid} ({comm}) is in state Z as well, but only its first thread has ended: {threads} are listed, and no wait frees it before the last one ends.",
			"pid", p.PID, "comm", picture.Visible(p.Comm), "threads", p.Threads)
	}
	if len(parents) > 0 {
		tellSystemLimit(s, look)
	}
	return zombies
}

// Fields are those of the kernel's.
func (p process) Fields() []any {
	return []any{"pid", p.PID, "ppid", p.PPID, "comm", picture.Visible(p.Comm), "state", p.State}
}

// tellCount says how many there are. To programs it tells all of each.
func tellCount(s *stage.Stage, look snapshot, parents []*debtor) {
	zombies := []map[string]any{}
	for _, d := range parents {
		for _, z := range d.dead {
			zombies = append(zombies, z.fields(d))
		}
	}
	if len(zombies) == 0 {
		s.See("none", look.source(),
			"No zombie: of the {processes} processes that are listed, none is dead and not waited for.",
			"processes", len(look.list), "zombies", zombies)
		return
	}
	s.See("zombies", look.source(),
		"Zombies: {count}, of {processes} processes. Parents that have not waited for them: {parents}.",
		"count", len(zombies), "processes", len(look.list), "parents", len(parents),
		"zombies", zombies)
}

// fields are what programs get of a zombie.
func (z dead) fields(d *debtor) map[string]any {
	fields := map[string]any{
		"pid": z.PID, "comm": z.Comm, "parent": z.PPID, "parent_comm": d.Comm, "age_ns": z.age,
		"dead_ns": nil, "exit_status": nil, "signal": nil,
		"tracer": z.tracer, "verdict": d.verdict(),
	}
	if z.rested > 0 {
		fields["dead_ns"] = z.rested
	}
	switch {
	case z.Status.Signaled():
		fields["signal"] = unix.SignalName(z.Status.Signal())
	case z.Readable:
		fields["exit_status"] = z.Status.ExitStatus()
	}
	return fields
}

// maxShown is how many zombies of one parent are told one by one.
const maxShown = 5

// tell tells of a parent: what it owes, what it is like, and what would help.
func (d *debtor) tell(s *stage.Stage, look snapshot) {
	shown := d.dead[:min(len(d.dead), maxShown)]
	switch {
	case d.Elsewhere:
		s.TitleAs("owes.elsewhere", "Parent 0: {count} not waited for", "count", len(d.dead))
	case d.Hidden:
		s.TitleAs("owes.hidden", "Parent {parent}: {count} not waited for",
			"parent", d.PID, "count", len(d.dead))
	default:
		s.TitleAs("owes", "{comm} ({parent}): {count} not waited for",
			"comm", picture.Visible(d.Comm), "parent", d.PID, "count", len(d.dead))
	}
	for _, z := range shown {
		z.tell(s)
	}
	if more := len(d.dead) - len(shown); more > 0 {
		s.Say("more", "… and {more} more, which --json lists.", "more", more)
	}
	if d.listed {
		d.tellDisposition(s)
		d.tellState(s)
		d.tellPlace(s)
		d.tellLimits(s, look)
	}
	d.judge(s)
}

// tell tells of a zombie.
func (z dead) tell(s *stage.Stage) {
	s.See("zombie", z.sources, "{pid} ({comm}): dead for {dead}; started {age} ago; {left}.",
		"pid", z.PID, "comm", picture.Visible(z.Comm), "dead", z.deadFor(s), "dead", z.rested,
		"age", span(z.age), "age", z.age, "left", z.left(s))
	if z.tracer != 0 {
		s.See("tracer", kernel.Source(kernel.Proc(z.PID, "status")),
			"{pid} is still traced, by {tracer} (TracerPid).", "pid", z.PID, "tracer", z.tracer)
	}
}

// span is a time as people read it.
func span(d time.Duration) event.Word {
	return event.Word{Key: d.String(), Text: picture.Span(d)}
}

// deadFor says how long a zombie is dead, as exactly as it can be known.
func (z dead) deadFor(s *stage.Stage) event.Word {
	n := s.Narrator()
	if z.rested > 0 {
		return event.Word{Key: "about", Text: n.Text("dead.about",
			"about {time} (its first thread last ran then)", "time", picture.Span(z.rested))}
	}
	return event.Word{Key: "most", Text: n.Text("dead.most",
		"at most {time}", "time", picture.Span(z.age))}
}

// left is what the zombie has left for its parent.
func (z dead) left(s *stage.Stage) event.Word {
	n := s.Narrator()
	switch {
	case z.Status.Signaled():
		return event.Word{Key: "signal", Text: n.Text("left.signal", "killed by {signal}",
			"signal", unix.SignalName(z.Status.Signal()))}
	case z.Readable:
		return event.Word{Key: "status", Text: n.Text("left.status", "exit status {status}",
			"status", z.Status.ExitStatus())}
	}
	return s.Word("left.hidden", "you may not read its exit status")
}

// tellDisposition says what the parent does about SIGCHLD.
func (d *debtor) tellDisposition(s *stage.Stage) {
	if d.status.Source == "" {
		return
	}
	switch {
	case d.Ignores:
		s.See("ignored", d.status, "{parent} ignores SIGCHLD (SigIgn).", "parent", d.PID)
	case d.HandlesAll:
		s.See("caught.all", d.status,
			"{parent} has a handler for SIGCHLD, and one for nearly every other signal (SigCgt).",
			"parent", d.PID)
	case d.Handles:
		s.See("caught", d.status, "{parent} has a handler for SIGCHLD (SigCgt).", "parent", d.PID)
	default:
		s.See("default", d.status,
			"{parent} leaves SIGCHLD as it is, which does nothing (neither in SigIgn nor in SigCgt).",
			"parent", d.PID)
	}
	if d.Pending {
		s.See("pending", d.status,
			"SIGCHLD is pending there, and its first thread blocks it (ShdPnd, SigBlk).",
			"parent", d.PID)
	}
}

// tellState says what the parent is doing.
func (d *debtor) tellState(s *stage.Stage) {
	function := strings.TrimSpace(d.sleeps.Text)
	switch {
	case function != "" && function != "0" && d.Threads > 1:
		s.See("sleeps.first", d.sleeps,
			"The first of its {threads} threads is in state {state}, in the kernel's {function}{meaning}.",
			"threads", d.Threads, "state", d.State, "function", function,
			"meaning", meaningOf(s, function), "parent", d.PID)
	case function != "" && function != "0":
		s.See("sleeps", d.sleeps, "It is in state {state}, in the kernel's {function}{meaning}.",
			"state", d.State, "function", function, "meaning", meaningOf(s, function),
			"parent", d.PID)
	default:
		s.See("state", d.process, "It is in state {state}.", "state", d.State, "parent", d.PID)
	}
	switch w := d.waitsIn; {
	case w.thread == 0:
	case w.For != 0:
		s.See("waits.for", w.Source, "Its thread {thread} waits for child {child}.",
			"thread", w.thread, "child", w.For, "parent", d.PID)
	case w.thread != d.PID:
		s.See("waits.thread", w.Source, "Its thread {thread} is in wait.",
			"thread", w.thread, "parent", d.PID)
	}
}

// meaningOf is what some well-known functions of the kernel wait for.
func meaningOf(s *stage.Stage, function string) event.Word {
	has := func(part string) bool { return strings.Contains(function, part) }
	switch {
	case function == "do_wait":
		return s.Word("in.wait", " (a wait)")
	case has("nanosleep"):
		return s.Word("in.sleep", " (a sleep)")
	case has("futex"):
		return s.Word("in.futex", " (a lock, or another thread)")
	case has("pipe_read"):
		return s.Word("in.pipe", " (reading from a pipe)")
	case has("n_tty_read"):
		return s.Word("in.terminal", " (reading from a terminal)")
	case has("poll"), has("select"):
		return s.Word("in.poll", " (waiting for files or connections)")
	case has("sigsuspend"), has("sigtimedwait"), has("pause"):
		return s.Word("in.signal", " (waiting for a signal)")
	case has("accept"):
		return s.Word("in.accept", " (waiting for a connection)")
	}
	return event.Word{}
}

// tellPlace says where the parent is: in which PID namespace, and in which container.
func (d *debtor) tellPlace(s *stage.Stage) {
	switch {
	case d.First && d.inner == "":
		s.See("first", d.status, "It is PID 1 of this PID namespace (NSpid): it adopts orphans.",
			"parent", d.PID)
	case d.First:
		s.See("first.inner", d.status,
			"It is PID 1 of a PID namespace of its own (NSpid): it adopts the orphans there.",
			"parent", d.PID)
	case d.inner != "":
		s.See("inner", d.status, "In its own PID namespace it is {inner} (NSpid).",
			"inner", d.inner, "parent", d.PID)
	}
	if d.orphan != 0 && !d.First {
		s.So("adopts",
			"{orphan} is in a session that {parent} has never been in, so another process forked it, and {parent} has adopted it, as a subreaper does.",
			"orphan", d.orphan, "parent", d.PID)
	}
	group, by := mostTelling(parseGroups(d.groups.Text))
	switch {
	case group.Path == "" || group.Path == "/":
	case by.Kind == "":
		s.See("cgroup", d.groups, "Its control group is {cgroup}.",
			"cgroup", picture.Visible(group.Path), "parent", d.PID)
	case by.Kind == unit:
		s.See("unit", d.groups, "Its control group is that of systemd's {unit}.",
			"unit", picture.Visible(by.Name), "cgroup", group.Path, "parent", d.PID)
	default:
		s.See("container", d.groups,
			"Its control group has the name of a container: {runtime}, {container}.",
			"runtime", by.Kind, "container", picture.Visible(by.Name), "cgroup", group.Path,
			"parent", d.PID)
	}
}

// tellLimits says how near the parent's own limits on tasks are.
func (d *debtor) tellLimits(s *stage.Stage, look snapshot) {
	if limit, bounded := tightest(parseGroups(d.groups.Text)); bounded {
		s.See("limit.group", limit, "Its control group may have {max} tasks; it has {used}.",
			"parent", d.PID)
	}
	// The system's root is not bound by it.
	if most, bounded := userLimit(d.limits.Text); bounded && d.user != "0" && d.user != "" {
		used, counted := tasksOf(look, d.user)
		if counted {
			s.See("limit.user", d.limits,
				"Its user {user} may have {max} tasks (RLIMIT_NPROC); {used} are listed here.",
				"user", d.user, "max", most, "used", used, "parent", d.PID)
		}
	}
}

// tasksOf counts the tasks of a user that are listed.
func tasksOf(look snapshot, user string) (tasks int, all bool) {
	for _, p := range look.all {
		if p.Kernel {
			continue
		}
		status, err := kernel.ReadStatus(p.PID)
		if err != nil && !errors.Is(err, kernel.ErrGone) {
			return 0, false
		}
		if uids := strings.Fields(status.Get("Uid")); len(uids) > 0 && uids[0] == user {
			tasks += p.Threads
		}
	}
	return tasks, look.unreadable == 0
}

// tellSystemLimit says how near the limit is that is nearest for all.
func tellSystemLimit(s *stage.Stage, look snapshot) {
	tasks := 0
	for _, p := range look.all {
		tasks += p.Threads
	}
	if limit, known := systemLimit(int64(tasks)); known {
		s.TitleAs("limits", "For all processes together")
		s.See("limit.system", limit, "{limit} is {max} tasks; {used} exist.")
	}
}

// judge says why the zombies stay, and what to do.
func (d *debtor) judge(s *stage.Stage) {
	parent := []any{"parent", d.PID}
	switch d.verdict() {
	case elsewhere:
		s.So("verdict.elsewhere",
			"The parent is outside this PID namespace, so its PID shows as 0. Look where it is listed: on the host, for one.")
	case hidden:
		s.So("verdict.hidden",
			"The parent can't be read here, so why it does not wait can't be told. Run this as its user, or as root.",
			parent...)
	case traced:
		i := slices.IndexFunc(d.dead, dead.heldBack)
		s.So("verdict.traced",
			"The tracer {tracer} comes first: it has to wait, or to end, and only then can the parent wait.",
			"tracer", d.dead[i].tracer, "parent", d.PID)
	case stopped:
		s.So("verdict.stopped",
			"The parent is stopped, so it can't wait. Let it go on: kill -CONT {parent}", parent...)
	case held:
		s.So("verdict.held",
			"A tracer has stopped the parent, so it can't wait until the tracer lets it go on.",
			parent...)
	case stuck:
		s.So("verdict.stuck",
			"The parent is in a sleep that no signal ends. It can wait when that is over.",
			parent...)
	case otherWay:
		s.So("verdict.other-signal",
			"The end of this child does not send SIGCHLD: clone was told so. The parent has to wait with __WALL or __WCLONE, or to end.",
			parent...)
	case ignores:
		s.So("verdict.ignores",
			"The kernel reaps children that end while their parent ignores SIGCHLD; these had ended before. Only the parent's wait, or its end, frees them.",
			parent...)
	case waits:
		s.So("verdict.waits",
			"The parent is waiting, but not for these. A wait for them, or its end, frees them.",
			parent...)
	case pending:
		s.So("verdict.pending",
			"The parent has not taken the news yet: it blocks SIGCHLD. It has to wait, or to end; another signal is no news.",
			parent...)
	case runtimes:
		s.So("verdict.runtime",
			"The parent has a handler, and isn't waiting. It catches nearly all signals, as Go's runtime does, so that need not mean that it knows of its children: its code has to wait (in Go: Cmd.Wait), or it has to end.",
			parent...)
	case handler:
		s.So("verdict.handler",
			"The parent has a handler, and isn't waiting. Signals do not queue, so a handler has to wait until no dead child is left. Call it once more: kill -CHLD {parent}. If that does not help, only the parent's end frees them.",
			parent...)
	case first:
		s.So("verdict.init",
			"The parent is PID 1. It neither ignores nor handles SIGCHLD, and has not waited. PID 1 gets all orphans of its namespace: run the program below an init that waits, such as tini or dumb-init (docker run --init).",
			parent...)
	case subreaper:
		s.So("verdict.subreaper",
			"The parent adopts orphans, but it neither ignores nor handles SIGCHLD, and has not waited. SIGCHLD does not help; its own wait frees them, or its end. With tini -s below it, as the parent of the rest, orphans go there.",
			parent...)
	case never:
		s.So("verdict.never",
			"The parent neither ignores nor handles SIGCHLD, and has not waited. SIGCHLD does not help. Its own wait frees them; so does its end (kill {parent}), after which another process adopts them and may wait.",
			parent...)
	}
}
