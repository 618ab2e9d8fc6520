package states

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// block shows what the kernel keeps for a process, its process control block: where each part of it
// can be seen. It returns the process, which is still there.
func block(s *stage.Stage) *stage.Child {
	s.Step("pcb",
		"What does the kernel keep for each process? The textbooks call it the process control block (PCB); in Linux it is struct task_struct.")
	sleeper := startSteady(s, "sleeper")
	pid := sleeper.PID
	st := s.AwaitState(pid, kernel.Sleeping)
	stat, status := s.Proc(pid, "stat"), s.Status(pid)
	uid, _, _ := strings.Cut(status.Get("Uid"), "\t")

	s.Say("fields", "Of {pid}, in /proc/{pid}:", "pid", pid)
	table := s.Table("table", "what", "what", "value", "value", "where", "where")
	table.Row(s.Word("field.pid", "PID"), st.PID, "stat (1)")
	table.Row(s.Word("field.ppid", "its parent's PID"), st.PPID, "stat (4)")
	table.Row(s.Word("field.state", "state"), st.State, "stat (3)")
	table.Row(s.Word("field.counter", "program counter"), programCounter(s, pid), "syscall")
	table.Row(s.Word("field.nice", "niceness"), field(s, stat, 19), "stat (19)")
	table.Row(s.Word("field.threads", "threads"), st.Threads, "stat (20)")
	table.Row(s.Word("field.cpu", "their CPU time"), timeOfThreads(s, pid), "task/*/schedstat")
	table.Row(s.Word("field.memory", "memory"), status.Get("VmRSS"), "status")
	table.Row(s.Word("field.maps", "memory map entries"), linesOfMap(s, pid), "maps")
	table.Row(s.Word("field.files", "open files"), openFiles(s, pid), "fd")
	table.Row(s.Word("field.owner", "owner (UID)"), uid, "status")
	table.Row(s.Word("field.signals", "signals it catches"), status.Get("SigCgt"), "status")
	table.From(stat.Source + " …")
	table.Show()

	const limit = "/proc/sys/kernel/pid_max"
	if maxPID, err := os.ReadFile(limit); err == nil {
		s.See("pidmax", kernel.Source(limit), "PIDs are positive and below {most}.",
			"most", strings.TrimSpace(string(maxPID)))
	}
	s.Say("unique",
		"A PID is unique while its process is listed, as a zombie too. Afterwards another process may get it.")
	return sleeper
}

// programCounter is the last field of /proc/PID/syscall. A process that runs has none there.
func programCounter(s *stage.Stage, pid int) any {
	call, err := kernel.ReadFile(pid, "syscall")
	if err != nil {
		return unread(s, err)
	}
	fields := strings.Fields(call.Text)
	if len(fields) <= 2 {
		return nil
	}
	return fields[len(fields)-1]
}

// timeOfThreads is how long the threads of a process were on a processor, all together.
func timeOfThreads(s *stage.Stage, pid int) any {
	threads, err := os.ReadDir(kernel.Proc(pid, "task"))
	if err != nil {
		return unread(s, err)
	}
	var sum time.Duration
	for _, thread := range threads {
		file, err := kernel.ReadFile(pid, "task/"+thread.Name()+"/schedstat")
		if errors.Is(err, kernel.ErrGone) {
			continue // it has just ended
		}
		var running time.Duration
		if err == nil {
			_, err = fmt.Sscan(file.Text, &running)
		}
		if err != nil {
			return unread(s, err)
		}
		sum += running
	}
	return sum
}

func linesOfMap(s *stage.Stage, pid int) any {
	maps, err := kernel.ReadFile(pid, "maps")
	if err != nil {
		return unread(s, err)
	}
	return strings.Count(maps.Text, "\n")
}

func openFiles(s *stage.Stage, pid int) any {
	files, err := os.ReadDir(kernel.Proc(pid, "fd"))
	if err != nil {
		return unread(s, err)
	}
	return len(files)
}

// unread stands for what the kernel does not tell, or not to everybody.
func unread(s *stage.Stage, err error) event.Word {
	if errors.Is(err, fs.ErrPermission) {
		return s.Word("forbidden", "(not permitted)")
	}
	return s.Word("missing", "(not available)")
}
