// Package kernel reads facts about processes, as the kernel reports them.
//
// Every fact comes with the place it was read from, in a form that a reader can check in another
// terminal: "/proc/4711/stat" on Linux, "sysctl kern.proc.pid.4711" on macOS.
package kernel

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Source is where something was read. It is a fact itself, of no parts.
type Source string

// From is the source.
func (s Source) From() string { return string(s) }

// Fields are none.
func (s Source) Fields() []any { return nil }

// Call names a system call by which something was learnt: "wait4(4711, WNOHANG)".
func Call(name string, args ...any) Source {
	list := make([]string, len(args))
	for i, arg := range args {
		list[i] = fmt.Sprint(arg)
	}
	return Source(name + "(" + strings.Join(list, ", ") + ")")
}

// In names what is inside a process: "value in 4711".
func In(what string, pid int) Source { return Source(fmt.Sprintf("%s in %d", what, pid)) }

// Stdout names what a process has printed.
func Stdout(pid int) Source { return Source(fmt.Sprintf("stdout of %d", pid)) }

// ErrGone says that no process has this PID (ESRCH): it never existed, or it has been reaped.
var ErrGone = errors.New("no such process")

// State is the letter by which ps(1) and /proc/PID/stat call what a process is doing; see
// proc_pid_stat(5).
type State string

// The states that mtp's lessons meet.
const (
	Running  State = "R"     // on a CPU, or ready for one
	Sleeping State = "S"     // waiting, and a signal would wake it
	Disk     State = "D"     // waiting, and no signal wakes it
	Stopped  State = "T"     // stopped by a signal
	Zombie   State = "Z"     // dead, but not waited for
	Alive    State = "alive" // all that Windows tells
)

// Stat is one process at one moment.
type Stat struct {
	Source
	PID, PPID     int
	Comm          string // the program's name, cut to 15 bytes (Linux)
	State         State
	Threads       int    // (Linux)
	MinorFaults   uint64 // page faults that needed no disk (Linux)
	VirtualBytes  uint64 // address space (Linux)
	ResidentPages int64  // memory (Linux)
	Args          string // the command line as ps shows it; read by Descendants and Family
}

// Fields are what every system tells.
func (s Stat) Fields() []any {
	return []any{"pid", s.PID, "ppid", s.PPID, "comm", s.Comm, "state", s.State}
}

// Limit is one of the bounds on how many tasks (processes and their threads) there may be; see
// fork(2), EAGAIN.
type Limit struct {
	Source
	Name      string
	Used, Max int64 // in tasks
	Unlimited bool  // Max says nothing
}

// Fields are the limit's name, and its numbers.
func (l Limit) Fields() []any { return []any{"limit", l.Name, "used", l.Used, "max", l.Max} }

// Dead reports whether the whole process has ended. A leading thread that ends before its fellows
// is in state Z, too.
func (s Stat) Dead() bool { return s.State == Zombie && s.Threads <= 1 }

// Room is how many more tasks the limit allows.
func (l Limit) Room() int64 {
	if l.Unlimited {
		return math.MaxInt64
	}
	return l.Max - l.Used
}

// Descendants returns root and all its descendants, parents before their children, ordered by PID.
// A process that ends meanwhile is left out.
func Descendants(root int) ([]Stat, error) {
	self, err := ReadStat(root)
	if err != nil {
		return nil, err
	}
	self.Args = arguments(root)
	all, err := Processes()
	if err != nil {
		return nil, err
	}
	family := []Stat{self}
	for i := 0; i < len(family); i++ {
		for _, p := range all {
			if p.PPID == family[i].PID && p.PID != root {
				p.Args = arguments(p.PID)
				family = append(family, p)
			}
		}
	}
	return family, nil
}

// Family returns the processes with these PIDs that still exist, in the order given.
func Family(pids ...int) []Stat {
	var family []Stat
	for _, pid := range pids {
		if st, err := ReadStat(pid); err == nil {
			st.Args = arguments(pid)
			family = append(family, st)
		}
	}
	return family
}
