package states

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// block shows what the kernel keeps for a process, its process control block: where each part of it
// can be seen.
func block(s *stage.Stage) {
	s.Step("pcb",
		"What does the kernel keep for each process? The textbooks call it the process control block (PCB); in Linux it is struct task_struct.")
	sleeper := startSteady(s, "sleeper")
	pid := sleeper.PID
	st := s.AwaitState(pid, kernel.Sleeping)
	status := s.Status(pid)
	turns := s.Schedstat(pid)
	uid, _, _ := strings.Cut(status.Get("Uid"), "\t")
	maps, _ := kernel.ReadFile(pid, "maps")
	files, _ := os.ReadDir(kernel.Proc(pid, "fd"))

	s.Say("fields", "Of {pid}, in /proc/{pid}:", "pid", pid)
	table := s.Table("table", "what", "what", "value", "value", "where", "where")
	table.Row(s.Text("field.pid", "its number"), st.PID, "stat (1)")
	table.Row(s.Text("field.ppid", "its parent"), st.PPID, "stat (4)")
	table.Row(s.Text("field.state", "state"), st.State, "stat (3)")
	table.Row(s.Text("field.counter", "program counter"), programCounter(pid), "syscall")
	table.Row(s.Text("field.nice", "niceness"), niceness(pid), "stat (19)")
	table.Row(s.Text("field.cpu", "CPU time"), turns.Running, "schedstat")
	table.Row(s.Text("field.memory", "memory"), status.Get("VmRSS"), "status")
	table.Row(s.Text("field.maps", "memory map, lines"), strings.Count(maps.Text, "\n"), "maps")
	table.Row(s.Text("field.files", "open files"), len(files), "fd")
	table.Row(s.Text("field.owner", "owner (UID)"), uid, "status")
	table.Row(s.Text("field.signals", "signals it catches"), status.Get("SigCgt"), "status")
	table.Show()

	const limit = "/proc/sys/kernel/pid_max"
	if maxPID, err := os.ReadFile(limit); err == nil {
		s.See("pidmax", kernel.Source(limit),
			"PIDs are positive and below {most}. Each is unique while its process is listed, zombie included; afterwards another process may get it.",
			"most", strings.TrimSpace(string(maxPID)))
	}
	end(s, sleeper)
}

// programCounter is the last field of /proc/PID/syscall. It is nil for a user who may not trace the
// process.
func programCounter(pid int) any {
	call, _ := kernel.ReadFile(pid, "syscall")
	fields := strings.Fields(call.Text)
	if len(fields) <= 2 {
		return nil
	}
	return fields[len(fields)-1]
}

// niceness is nil where the system does not tell.
func niceness(pid int) any {
	const zero = 20 // the system call returns 20 minus the value, so that it is never negative
	n, err := unix.Getpriority(unix.PRIO_PROCESS, pid)
	if err != nil {
		return nil
	}
	return zero - n
}
