package kernel

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Busy is the state of a process that asks for its own.
const Busy = Running

// Processors names the place that tells how many processors this process may use.
const Processors Source = "sysctl hw.ncpu"

// StatSource names the place where ReadStat looks.
func StatSource(pid int) Source { return Source(fmt.Sprintf("sysctl kern.proc.pid.%d", pid)) }

// ReadStat asks for a process's kinfo_proc; see sysctl(3). It returns ErrGone if there is no such
// process.
func ReadStat(pid int) (Stat, error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EIO) { // EIO: an answer of no bytes
		return Stat{}, fmt.Errorf("process %d: %w", pid, ErrGone)
	}
	if err != nil {
		return Stat{}, err
	}
	return fromKinfo(info), nil
}

func fromKinfo(info *unix.KinfoProc) Stat {
	name, _, _ := bytes.Cut(info.Proc.P_comm[:], []byte{0})
	pid := int(info.Proc.P_pid)
	return Stat{
		PID:    pid,
		PPID:   int(info.Eproc.Ppid),
		Comm:   string(name),
		State:  stateOf(info.Proc.P_stat),
		Source: StatSource(pid),
	}
}

// stateOf translates P_stat; the numbers are in <sys/proc.h>.
func stateOf(stat int8) State {
	states := map[int8]State{1: "I", 2: Running, 3: Sleeping, 4: Stopped, 5: Zombie}
	return cmp.Or(states[stat], State("?"))
}

// Processes returns every process that the kernel lists, ordered by PID.
func Processes() ([]Stat, error) {
	list, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil, err
	}
	all := make([]Stat, len(list))
	for i := range list {
		all[i] = fromKinfo(&list[i])
	}
	slices.SortFunc(all, func(a, b Stat) int { return cmp.Compare(a.PID, b.PID) })
	return all, nil
}

// arguments is the command line; macOS tells it only to debuggers, so that the name must do.
func arguments(int) string { return "" }

// AwaitExit blocks until the process has ended, without reaping it: kqueue(2), NOTE_EXIT. It
// returns at once if the process is a zombie or gone.
func AwaitExit(ctx context.Context, pid int) error {
	queue, err := unix.Kqueue()
	if err != nil {
		return fmt.Errorf("kqueue: %w", err)
	}
	defer unix.Close(queue)
	watch := unix.Kevent_t{
		Ident: uint64(pid), Filter: unix.EVFILT_PROC,
		Flags: unix.EV_ADD | unix.EV_ONESHOT, Fflags: unix.NOTE_EXIT,
	}
	if _, err := unix.Kevent(queue, []unix.Kevent_t{watch}, nil, nil); errors.Is(err, unix.ESRCH) {
		return nil
	} else if err != nil {
		return fmt.Errorf("watch the end of %d: %w", pid, err)
	}
	for {
		timeout := unix.NsecToTimespec(int64(20 * time.Millisecond))
		n, err := unix.Kevent(queue, nil, make([]unix.Kevent_t, 1), &timeout)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("await the end of %d: %w", pid, err)
		}
		if n > 0 {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// TaskLimits returns the limits that a fork here can hit. How much of it is used, macOS does not
// tell.
func TaskLimits() []Limit {
	limit, err := unix.SysctlUint32("kern.maxprocperuid")
	if err != nil {
		return nil
	}
	const name = "kern.maxprocperuid"
	return []Limit{{Name: name, Max: int64(limit), Source: "sysctl " + name}}
}

// Available returns nil: sysctl is always there.
func Available() error { return nil }

// ShortOf knows none: this system does not tell how much of a limit is used.
func ShortOf(int) (Limit, bool) { return Limit{}, false }
