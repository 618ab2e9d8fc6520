package kernel

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ShortOf returns the limit that does not leave room for so many more tasks, if there is one.
func ShortOf(tasks int) (Limit, bool) {
	everywhere := allTasks()
	var r unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NPROC, &r)
	if err == nil && r.Cur != unix.RLIM_INFINITY && int64(r.Cur) < everywhere+int64(tasks) {
		// Counting a user's tasks takes a look at every process, so only when the tasks of all
		// users would not fit.
		if l, ok := userLimit(); ok && l.Room() < int64(tasks) {
			return l, true
		}
	}
	for _, l := range append(systemLimits(), cgroupLimits()...) {
		if l.Room() < int64(tasks) {
			return l, true
		}
	}
	return Limit{}, false
}

// TaskLimits returns the limits that a fork here can hit, in the order in which the kernel checks
// them. One that can't be read is left out.
func TaskLimits() []Limit {
	var limits []Limit
	if nproc, ok := userLimit(); ok {
		limits = append(limits, nproc)
	}
	limits = append(limits, systemLimits()...)
	return append(limits, cgroupLimits()...)
}

// systemLimits bound the tasks of all users together. Inside a PID namespace pid_max is about its
// own numbers.
func systemLimits() []Limit {
	var limits []Limit
	for _, name := range []string{threadsMax, pidMax} {
		path := "/proc/sys/kernel/" + name
		limit, ok := readNumber(path)
		if !ok {
			continue
		}
		used := allTasks()
		if name == pidMax && !initialPIDs() {
			used, _ = listedTasks()
		}
		limits = append(limits, Limit{Source: Source(path), Name: name, Used: used, Max: limit})
	}
	return limits
}

// userLimit is RLIMIT_NPROC, which counts the tasks of the real user ID, zombies included. It does
// not bind the system's root, nor a process that has its capabilities; root in a user namespace it
// does.
func userLimit() (Limit, bool) {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &r); err != nil {
		return Limit{}, false
	}
	l := Limit{Name: nproc, Max: int64(r.Cur), Source: Call("getrlimit", nproc)}
	switch {
	case r.Cur == unix.RLIM_INFINITY:
		l.Unlimited = true
	case exempt():
		l.Unlimited = true
		l.Source = uidMap + ", and " + Source(Proc(os.Getpid(), "status"))
	default:
		_, l.Used = listedTasks()
	}
	return l, true
}

// The limits' names.
const (
	nproc      = "RLIMIT_NPROC"
	threadsMax = "threads-max"
	pidMax     = "pid_max"
	pidsMax    = "pids.max"
)

// Counted is where Used was read; empty if it can't be known here. A namespace shows its own
// processes only, while the kernel counts a user's in others, too; and /proc may hide some
// (hidepid).
func (l Limit) Counted() Source {
	statuses := Source(Proc(os.Getpid(), "status")) + " …"
	_, err := ReadStatus(1)
	hidden := err != nil
	switch {
	case l.Name == pidsMax:
		return Source(filepath.Join(filepath.Dir(string(l.Source)), pidsCurrent))
	case l.Name == threadsMax || l.Name == pidMax && initialPIDs():
		return loadavg
	case hidden || l.Name == nproc && (l.Unlimited || !initialPIDs() || !initialUsers()):
		return ""
	}
	return statuses
}

// listedTasks counts the tasks that /proc lists: all, and those of this process's user.
func listedTasks() (all, own int64) {
	processes, _ := Processes()
	uid := strconv.Itoa(unix.Getuid())
	for _, p := range processes {
		status, err := ReadStatus(p.PID)
		if err != nil {
			continue
		}
		threads, _ := status.Count("Threads")
		all += threads
		if ids := strings.Fields(status.Get("Uid")); len(ids) > 0 && ids[0] == uid {
			own += threads
		}
	}
	return all, own
}

// initialPIDs reports whether this is the PID namespace that the system has started with. Its
// number is a constant of the kernel (PROC_PID_INIT_INO).
func initialPIDs() bool {
	name, err := os.Readlink("/proc/self/ns/pid")
	return err == nil && name == "pid:[4026531836]"
}

// initialUsers reports whether this is the user namespace that the system has started with: it has
// everybody.
func initialUsers() bool {
	users, err := os.ReadFile(uidMap)
	everybody := []string{"0", "0", "4294967295"}
	return err == nil && slices.Equal(strings.Fields(string(users)), everybody)
}

const uidMap = "/proc/self/uid_map"

func exempt() bool {
	if !initialUsers() {
		return false
	}
	status, err := ReadStatus(os.Getpid())
	if err != nil {
		return false
	}
	effective, err := status.Mask("CapEff")
	const freeing = 1<<unix.CAP_SYS_RESOURCE | 1<<unix.CAP_SYS_ADMIN
	return err == nil && (unix.Getuid() == 0 || effective&freeing != 0)
}

// cgroupLimits returns the pids.max of this process's control group and of those above it, in
// either version.
func cgroupLimits() []Limit {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var limits []Limit
	for line := range strings.Lines(string(text)) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		var roots []string
		switch controllers {
		case "":
			roots = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
		case "pids":
			roots = []string{"/sys/fs/cgroup/pids"}
		}
		for _, root := range roots {
			for dir := group; ; dir = filepath.Dir(dir) {
				if l, ok := pidsLimit(filepath.Join(root, dir)); ok {
					limits = append(limits, l)
				}
				if dir == "/" || dir == "." {
					break
				}
			}
		}
	}
	return limits
}

func pidsLimit(dir string) (Limit, bool) {
	path := filepath.Join(dir, pidsMax)
	limit := Limit{Name: pidsMax, Source: Source(path)}
	text, err := os.ReadFile(path)
	if err != nil {
		return Limit{}, false
	}
	limit.Unlimited = strings.TrimSpace(string(text)) == "max"
	if !limit.Unlimited {
		limit.Max, _ = readNumber(path)
	}
	used, ok := readNumber(filepath.Join(dir, pidsCurrent))
	limit.Used = used
	return limit, ok
}

const pidsCurrent = "pids.current"

// allTasks is the number of tasks that exist, from the fourth field of /proc/loadavg; see
// proc_loadavg(5).
func allTasks() int64 {
	text, _ := os.ReadFile(loadavg)
	if fields := strings.Fields(string(text)); len(fields) > 3 {
		_, total, _ := strings.Cut(fields[3], "/")
		n, _ := strconv.ParseInt(total, 10, 64)
		return n
	}
	return 0
}

const loadavg = "/proc/loadavg"

func readNumber(path string) (int64, bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}
