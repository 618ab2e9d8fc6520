package ps

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
)

// process is what /proc/PID/stat says of a process.
type process struct {
	kernel.Source
	PID, PPID  int
	Comm       string
	State      kernel.State
	Session    int
	Kernel     bool          // it is a thread of the kernel
	Threads    int           // those of the dead leader included
	Started    time.Duration // since the system started
	ExitSignal int           // that its end sends to its parent
	CPU        int           // on which its first thread ran last
	Status     syscall.WaitStatus
	Readable   bool // Status says something, also if it is 0
}

// zombie reports whether a wait would free it. A leading thread that ends before its fellows is in
// state Z, too.
func (p process) zombie() bool { return p.State == kernel.Zombie && p.Threads <= 1 }

// leaderGone reports whether only the first thread has ended.
func (p process) leaderGone() bool { return p.State == kernel.Zombie && p.Threads > 1 }

// is reports whether this is the same process as another: PIDs are used again.
func (p process) is(other process) bool { return p.PID == other.PID && p.Started == other.Started }

var errStatFormat = errors.New("not in the format of proc_pid_stat(5)")

// parseStat parses the line of /proc/PID/stat. The name may hold spaces and parentheses, so
// everything counts from the last ')'.
func parseStat(line string) (process, error) {
	const (
		// include/linux/sched.h
		kernelThread = 0x00200000
		// USER_HZ, which is 100 wherever Go runs
		tick = 10 * time.Millisecond
	)
	open, shut := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 1 || shut < open {
		return process{}, errStatFormat
	}
	rest := strings.Fields(line[shut+1:])
	if len(rest) < 37 { // the processor is number 39, and the exit code, 52, is not everywhere
		return process{}, errStatFormat
	}
	var failed error
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		failed = cmp.Or(failed, err)
		return n
	}
	field := func(n int) string { return rest[n-3] } // as in the manual; the state is (3)
	p := process{
		PID:        int(number(strings.TrimSpace(line[:open]))),
		Comm:       line[open+1 : shut],
		State:      kernel.State(field(3)),
		PPID:       int(number(field(4))),
		Session:    int(number(field(6))),
		Kernel:     number(field(9))&kernelThread != 0,
		Threads:    int(number(field(20))),
		Started:    time.Duration(number(field(22))) * tick,
		ExitSignal: int(number(field(38))),
		CPU:        int(number(field(39))),
	}
	if len(rest) >= 50 {
		p.Status = syscall.WaitStatus(number(field(52)))
	}
	// Who may not read the exit code is shown a 0. Then wchan (35), which says whether it runs, is
	// 0 as well.
	p.Readable = p.Status != 0 || len(rest) >= 50 && field(35) != "0"
	return p, failed
}

// readProcess reads /proc/PID/stat.
func readProcess(pid int) (process, error) {
	file := kernel.Proc(pid, "stat")
	text, err := read(file, make([]byte, 1024))
	if err != nil {
		return process{}, err
	}
	p, err := parseStat(string(text))
	if err != nil {
		return process{}, fmt.Errorf("parse %s: %w", file, err)
	}
	p.Source = kernel.Source(file)
	return p, nil
}

// read reads what a file has for the first read, as much as there is room for. Thousands of files
// are read, each once, so that what os.ReadFile does besides would count.
func read(file string, room []byte) ([]byte, error) {
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, kernel.ErrGone
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: file, Err: err}
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, room)
	if errors.Is(err, unix.ESRCH) {
		return nil, kernel.ErrGone
	}
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: file, Err: err}
	}
	return room[:n], nil
}

// snapshot is what /proc listed at one moment.
type snapshot struct {
	at         time.Duration // since the system started
	all        []process     // ordered by PID
	list       []process     // those that are asked for
	unreadable int           // how many are listed, and may not be looked at
}

// sinceBoot is the clock that Started is on.
func sinceBoot() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		panic(err) // every kernel that Go runs on has it
	}
	return time.Duration(now.Nano())
}

// takeSnapshot passes over /proc once.
func takeSnapshot() (s snapshot, err error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return s, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return s, err
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		p, err := readProcess(pid)
		switch {
		case errors.Is(err, os.ErrPermission):
			s.unreadable++
		case err == nil:
			s.all = append(s.all, p)
		case !errors.Is(err, kernel.ErrGone):
			return s, err
		}
	}
	slices.SortFunc(s.all, func(a, b process) int { return cmp.Compare(a.PID, b.PID) })
	s.list, s.at = s.all, sinceBoot()
	return s, nil
}

// find finds a process in a list that is ordered by PID.
func find(list []process, pid int) (process, bool) {
	at, found := slices.BinarySearchFunc(list, pid, func(p process, pid int) int {
		return cmp.Compare(p.PID, pid)
	})
	if !found {
		return process{}, false
	}
	return list[at], true
}

// below is the same snapshot, but asks only for a process and all below it.
func (s snapshot) below(root int) snapshot {
	children := map[int][]process{}
	for _, p := range s.all {
		children[p.PPID] = append(children[p.PPID], p)
	}
	family := s
	family.list = nil
	met := map[int]bool{} // a PID that is used again meanwhile could close a circle
	var add func(process)
	add = func(p process) {
		if met[p.PID] {
			return
		}
		met[p.PID] = true
		family.list = append(family.list, p)
		for _, child := range children[p.PID] {
			add(child)
		}
	}
	if p, listed := find(s.all, root); listed {
		add(p)
	}
	slices.SortFunc(family.list, func(a, b process) int { return cmp.Compare(a.PID, b.PID) })
	return family
}

// source names where the processes were read.
func (s snapshot) source() kernel.Source {
	if len(s.list) == 0 {
		return "/proc"
	}
	return s.list[0].Source + " …"
}

// arguments are a command line as it was given, or the beginning of a very long one. A process may
// have none.
func arguments(pid int) string {
	line, _ := read(kernel.Proc(pid, "cmdline"), make([]byte, 4096))
	return strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
}

// lastRan is the moment at which a process's first thread ran last, on the clock of the processor
// that it ran on, from the text of /proc/PID/sched. ok is false where the kernel does not tell.
func lastRan(text string) (at time.Duration, ok bool) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) != "se.exec_start" {
			continue
		}
		milliseconds, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		const most = 1e12 // some thirty years
		if err != nil || !(milliseconds > 0 && milliseconds < most) {
			return 0, false
		}
		return time.Duration(milliseconds * float64(time.Millisecond)), true
	}
	return 0, false
}

// hidepid is how a mount of /proc hides other users' processes, from the text of /proc/mounts;
// and from which group it does not; empty if it hides nothing.
func hidepid(mounts string) (option string, group int) {
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[1] != "/proc" || fields[2] != "proc" {
			continue
		}
		option, group = "", 0 // the last mount is the one that is seen
		for word := range strings.SplitSeq(fields[3], ",") {
			value, is := strings.CutPrefix(word, "hidepid=")
			if is && value != "0" && value != "off" {
				option = word
			}
			if value, is := strings.CutPrefix(word, "gid="); is {
				group, _ = strconv.Atoi(value)
			}
		}
	}
	return option, group
}
