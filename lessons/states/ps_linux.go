package states

import (
	"fmt"
	"slices"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// listed is a process as ps lists it.
type listed struct {
	pid        int
	stat, comm string
}

// listing is what listAll runs.
const listing kernel.Source = "ps -eo pid,stat,comm"

// listAll has ps list all processes; none if there is no ps.
func listAll(s *stage.Stage) (list []listed) {
	command := strings.Fields(string(listing))
	ps := s.Program(command[0], command[1:]...)
	if ps.Cmd.Err != nil { // it was not found
		return nil
	}
	ps.Listen()
	ps.Start()
	for line := range strings.Lines(ps.HearAll()) {
		var p listed
		if n, _ := fmt.Sscan(line, &p.pid, &p.stat); n == 2 {
			_, p.comm, _ = strings.Cut(line, p.stat)
			p.comm = strings.TrimSpace(p.comm) // it may have spaces
			list = append(list, p)
		}
	}
	_ = ps.Cmd.Wait() // what it has listed is enough
	return list
}

// seeSuffixes explains what ps adds to the letter, each by the first process that has it. Those
// with the given PIDs come first.
func seeSuffixes(s *stage.Stage, all []listed, pids ...int) {
	given := func(p listed) bool { return slices.Contains(pids, p.pid) }
	slices.SortStableFunc(all, func(a, b listed) int {
		switch {
		case given(a) == given(b):
			return 0
		case given(a):
			return -1
		}
		return 1
	})
	for _, suffix := range []struct {
		letter  string
		meaning event.Word
	}{
		{"l", s.Word("l", "it has several threads")},
		{"N", s.Word("N", "it has low priority, so it is nice to others")},
		{"<", s.Word("high", "it has high priority")},
		{"s", s.Word("s", "it leads a session, as the shell in a terminal does")},
		{"+", s.Word("plus", "it is in its terminal's foreground, so Ctrl-C signals it")},
	} {
		i := slices.IndexFunc(all, func(p listed) bool {
			return len(p.stat) > 1 && strings.Contains(p.stat[1:], suffix.letter)
		})
		if i < 0 {
			continue
		}
		p := all[i]
		s.See("suffix", listing, "{letter} in {stat}, of {comm}({pid}): {meaning}.",
			"letter", suffix.letter, "stat", p.stat, "comm", p.comm, "pid", p.pid,
			"meaning", suffix.meaning)
	}
}

// seeOthers explains the letters that mtp can't bring about.
func seeOthers(s *stage.Stage) {
	const idle kernel.State = "I"
	processes, _ := kernel.Processes()
	i := slices.IndexFunc(processes, func(p kernel.Stat) bool { return p.State == idle })
	if i >= 0 {
		s.See("idle", processes[i], "{pid} ({comm}) is in state {state}.")
	}
	s.Say("I",
		"I is for idle kernel threads. (It does not mean waiting, as some notes have it: a process that waits is in S or D.)")
	s.Say("X",
		"X is for a dead process that is just being taken out of the table. That takes an instant, so ps rarely catches it.")
}
