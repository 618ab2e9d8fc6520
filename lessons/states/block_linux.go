package states

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
)

// block shows what the kernel keeps for a process, its process control block: where each part of it can be seen.
func (l lesson) block(ctx context.Context) error {
	l.Step("states.pcb", "What does the kernel keep for each process? The textbooks call it the process control block (PCB); in Linux it is struct task_struct.")
	sleeper, err := l.startSteady(ctx, "sleeper")
	if err != nil {
		return err
	}
	pid := sleeper.pid
	st, err := kernel.AwaitState(ctx, pid, kernel.Sleeping)
	if err != nil {
		return err
	}
	status, err := kernel.ReadStatus(pid)
	if err != nil {
		return err
	}
	turns, err := kernel.ReadSchedstat(pid)
	if err != nil {
		return err
	}
	uid, _, _ := strings.Cut(status["Uid"], "\t")
	var counter any // only who may trace it is told
	if call, err := os.ReadFile(kernel.Proc(pid, "syscall")); err == nil {
		if fields := strings.Fields(string(call)); len(fields) > 2 {
			counter = fields[len(fields)-1]
		}
	}
	maps, _ := os.ReadFile(kernel.Proc(pid, "maps"))
	files, _ := os.ReadDir(kernel.Proc(pid, "fd"))
	nice := any(nil)
	const zero = 20 // the system call returns 20 minus the value, so that it is never negative
	if n, err := unix.Getpriority(unix.PRIO_PROCESS, pid); err == nil {
		nice = zero - n
	}
	l.Say("states.fields", "Of {pid}, in /proc/{pid}:", "pid", pid)
	l.Table("states.table", "what|value|where", []string{"what", "value", "where"}, [][]any{
		{l.Text("states.field.pid", "its number"), st.PID, "stat (1)"},
		{l.Text("states.field.ppid", "its parent"), st.PPID, "stat (4)"},
		{l.Text("states.field.state", "state"), st.State, "stat (3)"},
		{l.Text("states.field.counter", "program counter"), counter, "syscall"},
		{l.Text("states.field.nice", "niceness"), nice, "stat (19)"},
		{l.Text("states.field.cpu", "CPU time"), turns.Running, "schedstat"},
		{l.Text("states.field.memory", "memory"), status["VmRSS"], "status"},
		{l.Text("states.field.maps", "memory map, lines"), strings.Count(string(maps), "\n"), "maps"},
		{l.Text("states.field.files", "open files"), len(files), "fd"},
		{l.Text("states.field.owner", "owner (UID)"), uid, "status"},
		{l.Text("states.field.signals", "signals it catches"), status["SigCgt"], "status"},
	})
	if most, err := os.ReadFile("/proc/sys/kernel/pid_max"); err == nil {
		l.See("states.pidmax", "/proc/sys/kernel/pid_max", "PIDs are positive and below {most}. Each is unique while its process is listed, zombie included; afterwards another process may get it.",
			"most", strings.TrimSpace(string(most)))
	}
	return sleeper.end(ctx)
}

// address is where the children have a page of their own: the same for both.
const address = 0x6d7470000000

// memory shows that processes share none: the same address, two values.
func (l lesson) memory(ctx context.Context) error {
	l.Step("states.memory", "Processes do not share memory. Two children map a page at the same address, {address}, and write there.", "address", fmt.Sprintf("%#x", address))
	for value := 1; value <= 2; value++ {
		holder, err := l.start("holder", strconv.Itoa(value*111))
		if err != nil {
			return err
		}
		defer func() { _ = holder.end(ctx) }()
		page := make([]byte, 8)
		var found error
		if err := kernel.Await(ctx, func() (bool, error) { // it has to map and write first
			if found = kernel.ReadMemory(holder.pid, address, page); found != nil {
				_, err := kernel.ReadStat(holder.pid)
				return !errors.Is(found, unix.EFAULT), err
			}
			return binary.NativeEndian.Uint64(page) != 0, nil
		}); err != nil && !errors.Is(err, kernel.ErrInVain) {
			return err
		}
		if found != nil {
			l.Warn("states.nopeek", "This system does not let a parent read its children's memory ({error}).", "error", found)
			return nil
		}
		l.See("states.value", fmt.Sprintf("process_vm_readv(%d, %#x)", holder.pid, address), "In {pid} there is {value}.", "pid", holder.pid, "value", binary.NativeEndian.Uint64(page))
	}
	l.Say("states.own", "An address means something inside one process only: each has a page table of its own.")
	return ctx.Err()
}

// holder maps a page at the address, writes its argument there, and waits.
func holder(args []string) error {
	var value uint64
	if _, err := fmt.Sscan(strings.Join(args, " "), &value); err != nil {
		return fmt.Errorf("want a number as the only argument: %w", err)
	}
	page, err := unix.MmapPtr(-1, 0, pointer(address), uintptr(os.Getpagesize()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_FIXED_NOREPLACE)
	if err != nil {
		return fmt.Errorf("map a page at %#x: %w", uint64(address), err)
	}
	*(*uint64)(page) = value
	process.AwaitLine()
	return nil
}
