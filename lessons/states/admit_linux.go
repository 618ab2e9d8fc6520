package states

import (
	"os"
	"strconv"
	"strings"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// admit shows what the system has set up for a new process, as far as it can be seen.
func admit(s *stage.Stage, pid int) {
	s.Say("steps",
		"To make a process, a system chooses a PID, sets up a process control block (PCB), gives the process an address space, and puts it into the ready queue. What can be seen of each:")
	s.See("number", kernel.In("clone", os.Getpid()), "PID: clone returned {pid}.", "pid", pid)
	stat := s.Proc(pid, "stat")
	const tick = 10 * time.Millisecond // in which the kernel counts it for programs
	s.See("block", stat,
		"PCB: its parent is {ppid}, and it was started {started} after the system booted.",
		"ppid", field(s, stat, 4), "started", tick*time.Duration(field(s, stat, 22)))
	status := s.Status(pid)
	s.See("space", status, "Address space: {size}, {resident} of it in memory.",
		"size", status.Get("VmSize"), "resident", status.Get("VmRSS"))
	s.See("admitted", s.Schedstat(pid),
		"Ready queue: so far it has waited there for {ready}.")
}

// field is one of the numbers in /proc/PID/stat, by its place in proc_pid_stat(5), from the fourth
// on.
func field(s *stage.Stage, stat kernel.File, number int) int {
	afterName := stat.Text[strings.LastIndexByte(stat.Text, ')')+1:]
	value, err := strconv.Atoi(strings.Fields(afterName)[number-3])
	s.Mustf(err, "read (%d) in %s", number, stat.Source)
	return value
}
