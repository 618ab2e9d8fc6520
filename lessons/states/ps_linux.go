package states

import (
	"fmt"
	"slices"
	"strings"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// listed is a process as ps lists it.
type listed struct {
	pid        int
	stat, comm string
}

// listAll has ps list all processes; none if there is no ps.
func listAll(s *stage.Stage) (list []listed) {
	ps := s.Program("ps", "-eo", "pid=,stat=,comm=")
	if ps.Cmd.Err != nil { // it was not found
		return nil
	}
	ps.Listen()
	ps.Start()
	for line := range strings.Lines(ps.HearAll()) {
		var p listed
		if n, _ := fmt.Sscan(line, &p.pid, &p.stat, &p.comm); n == 3 {
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
	for _, suffix := range []struct{ letter, meaning string }{
		{"l", s.Text("l", "it has several threads, as every Go program has")},
		{"N", s.Text("N", "it is nice to others: low priority")},
		{"<", s.Text("high", "it has high priority")},
		{"s", s.Text("s", "it leads a session: a shell in a terminal, for one")},
		{"+", s.Text("plus", "it is in the foreground of its terminal: Ctrl-C is for it")},
	} {
		i := slices.IndexFunc(all, func(p listed) bool {
			return len(p.stat) > 1 && strings.Contains(p.stat[1:], suffix.letter)
		})
		if i < 0 {
			continue
		}
		p := all[i]
		s.See("suffix", kernel.Source(fmt.Sprintf("ps -o stat -p %d", p.pid)),
			"{letter} in {stat}, of {comm}({pid}): {meaning}.",
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
		s.See("idle", processes[i],
			"{pid} ({comm}) is in state {state}: a thread of the kernel that is idle. Its sleep can't be interrupted, but it does not count as load, as D does.")
	}
	s.Say("X",
		"X is for the instant in which a process is taken out of the table. Nobody ever sees it.")
}
