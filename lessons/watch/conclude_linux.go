package watch

import (
	"fmt"
	"path"
	"strconv"
	"syscall"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/tracer"
)

// conclude says at the end what went wrong.
func (w *watcher) conclude() {
	if w.First() == nil {
		return
	}
	now := time.Now()
	found := findings(&w.History, now)
	for i, f := range found {
		if f.kind == neverWaited && w.isStuck(f.parent.PID) {
			found[i].kind = interrupted
		}
	}
	w.Sampler().Tell(lanes(&w.History, now))
	if !w.Quiet {
		w.LanesNow()
	}
	zombies, orphaned, unreaped := 0, 0, 0
	for _, p := range w.All {
		if p.Zombie(now) >= brief {
			zombies++
		}
		if p.Unreaped() && p.Zombie(now) >= brief {
			unreaped++
		}
		if len(p.Orphaned) > 0 && !p.Orphaned[0].Zombie {
			orphaned++
		}
	}
	wrong := len(w.stuck)
	for _, f := range found {
		if f.wrong() {
			wrong++
		}
	}
	fields := []any{
		"processes", len(w.All), "zombies", zombies, "unreaped", unreaped, "orphans", orphaned,
		"stuck", len(w.stuck), "wrong", wrong,
	}
	switch {
	case wrong > 0:
		w.TitleAs("verdict",
			"Verdict: mistakes found: {wrong}. Processes: {processes}.",
			fields...)
	case len(found) > 0:
		w.TitleAs("verdict.notes",
			"Verdict: no mistake found. Processes: {processes}. Worth a look:",
			fields...)
	default:
		w.TitleAs("verdict.clean",
			"Verdict: no mistake found. Processes: {processes}.",
			fields...)
	}
	for _, s := range w.stuck {
		w.tellStuck(s)
	}
	wrongs, notes := []finding(nil), []finding(nil)
	for _, f := range found {
		if f.wrong() {
			wrongs = append(wrongs, f)
		} else {
			notes = append(notes, f)
		}
	}
	for _, f := range wrongs {
		w.tellFinding(f)
	}
	if wrong > 0 && len(notes) > 0 {
		w.Say("notes", "Worth a look:")
	}
	for _, f := range notes {
		w.tellFinding(f)
	}
}

// tellFinding says what went wrong, and what to do.
func (w *watcher) tellFinding(f finding) {
	pids := make([]int, len(f.who))
	for i, p := range f.who {
		pids[i] = p.PID
	}
	fields := []any{"pids", pids, "list", w.list(pids), "count", len(pids), "line", w.Line(f.stack)}
	switch {
	case len(f.parents) > 1:
		fields = append(fields, "parent", w.list(f.parents))
	case f.parent != nil:
		fields = append(fields, "parent", f.parent.PID)
	}
	switch f.kind {
	case neverWaited:
		w.tellNeverWaited(f, pids, append(fields, "lasted", f.lasted))
	case interrupted:
		w.Say("interrupted",
			"Not waited for: {list}, forked by {parent}{line}, which did not come to wait.",
			append(fields, "lasted", f.lasted)...)
	case late:
		w.Say("late",
			"Waited for late: {list}, a zombie for up to {lasted}, forked by {parent}{line}.",
			append(fields, "lasted", f.lasted)...)
	case orphans:
		fields = append(fields, "to", w.named(f.fact.Parent))
		if len(pids) == 1 {
			w.Say("orphan",
				"Orphan: {list}, forked by {parent}{line}. {parent} ended before it, and {to} adopted it. A daemon is made so on purpose; else have {parent} wait for it.",
				fields...)
			break
		}
		w.Say("orphans",
			"Orphans: {count} ({list}), forked by {parent}{line}. {parent} ended before them, and {to} adopted them. Daemons are made so on purpose; else have {parent} wait for each.",
			fields...)
	case killed:
		by := w.KilledBy(f.who[0])
		fields = append(fields, "signal", signalName(f.fact.Signal), "by", by)
		switch by {
		case 0:
			w.Warn("wrong.killed.kernel", "Killed by {signal}: {list}{line}.", fields...)
		case f.who[0].PID:
			w.Warn("wrong.killed.self",
				"Killed by {signal}, which it sent to itself: {list}{line}.",
				fields...)
		default:
			w.Warn("wrong.killed", "Killed by {signal}, which {by} sent: {list}{line}.", fields...)
		}
	case ended:
		fields = append(fields, "signal", signalName(f.fact.Signal))
		if f.fact.Signal == syscall.SIGPIPE {
			w.Say("ended.pipe",
				"Ended by {signal}: {list}{line} wrote to a pipe that nobody reads any more.",
				fields...)
			break
		}
		w.Say("ended", "Ended by {signal}: {list}.", fields...)
	case noExec:
		w.Warn("noexec",
			"exec of {program} failed in {list}{line}: {errno}. What stands behind the call was executed instead.",
			append(fields, "program", sought(f.who[0], f.fact),
				"errno", errnoName(f.fact.Errno))...)
	case cut:
		w.Warn("wrong.cut",
			"{list} exits with {asked}{line}, but a parent gets only 8 bits of that: {status}. Use 0 to 255.",
			append(fields, "asked", f.fact.Status, "status", f.fact.Status&0xff)...)
	case unlooped:
		w.Warn("unlooped",
			"{parent} got SIGCHLD {signals} times, and left zombies: {list}. Signals of one kind do not queue, so one may stand for several children: in the handler, call waitpid(-1, …, WNOHANG) again and again, until it returns no child{line}.",
			append(fields, "signals", f.count)...)
	case noChild:
		if f.fact.Target > 0 {
			w.Warn("wrong.nochild",
				"{parent} waits{line} for {target}, which is not its child, or not any more (ECHILD). Only a parent can wait, and once for each child.",
				append(fields, "target", f.fact.Target)...)
			break
		}
		w.Warn("wrong.nochild.any", "{parent} waits{line}, but has no child (ECHILD).", fields...)
	case reapedByKernel:
		w.Say("nochild.ignored",
			"{parent} ignores SIGCHLD, so the kernel reaps its children, and a wait{line} ends with ECHILD when the last of them has ended.",
			fields...)
	case noFork:
		w.Warn("wrong.fork",
			"{call} of {parent} failed{line}: {errno}. Was the result checked? In C it is -1 then, and kill(-1, …) means everybody.",
			append(fields, "call", f.fact.Call, "errno", errnoName(f.fact.Errno))...)
	case doubled:
		w.Warn("doubled",
			"Written {times} times: {text}. It was still in a buffer when {parent} forked{line}, so each child had a copy of it: {list}. Call fflush (in Python flush=True) before a fork, or leave the child by _exit.",
			append(fields, "text", quoted(f.text), "times", f.count)...)
	case perhaps:
		w.Say("doubled.perhaps",
			"Written by both {parent} and its child {list}: {text}. If it was printed before the fork{line}, it was still in a buffer then; print it with flush=True.",
			append(fields, "text", quoted(f.text))...)
	}
}

// tellNeverWaited says of zombies who should have waited, and what that one did instead.
func (w *watcher) tellNeverWaited(f finding, pids []int, fields []any) {
	s, known := w.doing[f.parent.PID]
	one := len(pids) == 1
	if one {
		fields = append(fields, "end", w.endOf(f.who[0]), "nth", w.nthOf(f.who[0], f.parent))
	}
	switch {
	case f.parent.End.Kind == tracer.Killed && one:
		w.Warn("neverwaited.killed",
			"Zombie: {list} ({end}), for {lasted}. {parent} forked it{line}{nth}, and was killed by {signal} before it waited.",
			append(fields, "signal", signalName(f.parent.End.Signal))...)
	case f.parent.End.Kind == tracer.Killed:
		w.Warn("neverwaited.many.killed",
			"Zombies: {count} ({list}), for up to {lasted}. {parent} forked them{line}, and was killed by {signal} before it waited.",
			append(fields, "signal", signalName(f.parent.End.Signal))...)
	case known && one:
		w.Warn("neverwaited.doing",
			"Zombie: {list} ({end}), for {lasted}. {parent} forked it{line}{nth}, and never waited for it, but slept in {call}{there}. Have {parent} call wait.",
			append(fields, "call", w.called(s.call), "there", s.line)...)
	case one:
		w.Warn("neverwaited",
			"Zombie: {list} ({end}), for {lasted}. {parent} forked it{line}{nth}, and never waited for it. Have {parent} call wait.",
			fields...)
	default:
		w.Warn("neverwaited.many",
			"Zombies: {count} ({list}), for up to {lasted}. {parent} forked them{line}, and never waited for them. Have {parent} call wait once for each.",
			fields...)
	}
}

// endOf is how a process has ended.
func (w *watcher) endOf(p *tracer.Process) event.Word {
	if p.End.Kind == tracer.Killed {
		name := signalName(p.End.Signal)
		text := w.Narrator().Text("end.killed", "killed by {signal}", "signal", name)
		return event.Word{Key: name, Text: text}
	}
	status := strconv.Itoa(p.End.Status)
	text := w.Narrator().Text("end.exited", "status {status}", "status", status)
	return event.Word{Key: status, Text: text}
}

// nthOf is which of several children it is that were forked at the same line; nothing if there is
// one only, or if no line is known.
func (w *watcher) nthOf(p, parent *tracer.Process) event.Word {
	place := p.Forked().String()
	nth, all := 0, 0
	for _, child := range parent.Children {
		if place == "" || child.Forked().String() != place {
			continue
		}
		if all++; child == p {
			nth = all
		}
	}
	if nth == 0 || all == 1 {
		return event.Word{}
	}
	return event.Word{
		Key:  fmt.Sprintf("%d/%d", nth, all),
		Text: w.Narrator().Text("nth", " as number {n} of {all}", "n", nth, "all", all),
	}
}

// sought is the program of an exec that has failed: by its name, if it was looked for in the PATH.
func sought(p *tracer.Process, failed tracer.Fact) string {
	if len(p.Failed) > 1 {
		return path.Base(failed.Path)
	}
	return failed.Path
}

// quoted is a text as a string of C, cut.
func quoted(text string) string {
	const enough = 40
	if len(text) > enough {
		text = text[:enough] + "…"
	}
	return strconv.Quote(text)
}
