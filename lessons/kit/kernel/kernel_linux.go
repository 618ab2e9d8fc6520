package kernel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Busy is the state of a process that asks for its own.
const Busy = Running

// Processors names the place that tells how many processors this process may use.
const Processors Source = "sched_getaffinity(2)"

// StatSource names the place where ReadStat looks.
func StatSource(pid int) Source { return Source(Proc(pid, "stat")) }

// Proc names a file below /proc/PID.
func Proc(pid int, file string) string { return fmt.Sprintf("/proc/%d/%s", pid, file) }

// File is what stands in a file of /proc.
type File struct {
	Source
	Text string
}

// ReadFile reads a file below /proc/PID. It returns ErrGone if there is no such process.
func ReadFile(pid int, name string) (File, error) {
	path := Proc(pid, name)
	text, err := read(path)
	if err != nil {
		return File{}, gone(pid, err)
	}
	return File{Source(path), text}, nil
}

// read is os.ReadFile for what is read again and again: without asking what kind of file it is, and
// whether it can be polled, it makes less than half of the calls.
func read(path string) (string, error) {
	fd, err := ignoringEINTR(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	text := make([]byte, 0, 1024) // most are shorter
	for {
		n, err := ignoringEINTR(func() (int, error) {
			return unix.Read(fd, text[len(text):cap(text)])
		})
		if err != nil {
			return "", &fs.PathError{Op: "read", Path: path, Err: err}
		}
		if n == 0 {
			return string(text), nil
		}
		text = text[:len(text)+n]
		if len(text) == cap(text) {
			text = slices.Grow(text, len(text))
		}
	}
}

func ignoringEINTR(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// ReadStat reads /proc/PID/stat. It returns ErrGone if there is no such process.
func ReadStat(pid int) (Stat, error) {
	file, err := ReadFile(pid, "stat")
	if err != nil {
		return Stat{}, err
	}
	st, err := parseStat(file.Text)
	if err != nil {
		return Stat{}, fmt.Errorf("parse %s: %w", file.Source, err)
	}
	st.Source = file.Source
	return st, nil
}

// gone turns the ways in which /proc says that a process is not there into ErrGone.
func gone(pid int, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("process %d: %w", pid, ErrGone)
	}
	return err
}

var errStatFormat = errors.New("not in the format of proc_pid_stat(5)")

// parseStat parses the line of /proc/PID/stat. The program's name stands in parentheses and may
// itself hold spaces and parentheses, so everything counts from the last ')'.
func parseStat(line string) (Stat, error) {
	open, shut := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 1 || shut < open {
		return Stat{}, errStatFormat
	}
	rest := strings.Fields(line[shut+1:])
	if len(rest) < 22 {
		return Stat{}, errStatFormat
	}
	var failed error
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		failed = cmp.Or(failed, err)
		return n
	}
	// Numbered as in proc_pid_stat(5); the state is (3).
	field := func(n int) string { return rest[n-3] }
	st := Stat{
		PID:           int(number(strings.TrimSpace(line[:open]))),
		Comm:          line[open+1 : shut],
		State:         State(field(3)),
		PPID:          int(number(field(4))),
		MinorFaults:   uint64(number(field(10))),
		Threads:       int(number(field(20))),
		VirtualBytes:  uint64(number(field(23))),
		ResidentPages: number(field(24)),
	}
	return st, failed
}

// Processes returns every process that /proc shows, ordered by PID.
func Processes() ([]Stat, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var all []Stat
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if st, err := ReadStat(pid); err == nil {
			all = append(all, st)
		}
	}
	slices.SortFunc(all, func(a, b Stat) int { return cmp.Compare(a.PID, b.PID) })
	return all, nil
}

// arguments is the command line; empty for a zombie.
func arguments(pid int) string {
	line, _ := ReadFile(pid, "cmdline")
	return strings.TrimSpace(strings.ReplaceAll(line.Text, "\x00", " "))
}

// Status is /proc/PID/status: the same process in words. See proc_pid_status(5).
type Status struct {
	Source
	words map[string]string
}

// ReadStatus reads /proc/PID/status. It returns ErrGone if there is no such process.
func ReadStatus(pid int) (Status, error) {
	file, err := ReadFile(pid, "status")
	if err != nil {
		return Status{}, err
	}
	return Status{file.Source, parseStatus(file.Text)}, nil
}

func parseStatus(text string) map[string]string {
	words := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok {
			words[key] = strings.TrimSpace(value)
		}
	}
	return words
}

// Get returns a line's value; empty if there is no such line.
func (s Status) Get(name string) string { return s.words[name] }

// Mask returns one of the masks: of signals (SigIgn, SigCgt, SigBlk, ShdPnd), in which signal N is
// bit N-1, or of capabilities (CapEff).
func (s Status) Mask(name string) (uint64, error) {
	mask, err := strconv.ParseUint(s.words[name], 16, 64)
	if err != nil {
		return 0, fmt.Errorf("parse %s in %s: %w", name, s.Source, err)
	}
	return mask, nil
}

// Count returns a line's value as a number.
func (s Status) Count(name string) (int64, error) {
	n, err := strconv.ParseInt(s.words[name], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("parse %s in %s: %w", name, s.Source, err)
	}
	return n, nil
}

// AwaitExit blocks until the process has ended, without reaping it: a pidfd becomes readable then
// (pidfd_open(2)). It returns at once if the process is a zombie or gone. No thread waits
// meanwhile: Go's poller does, for thousands at once.
func AwaitExit(ctx context.Context, pid int) error {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	switch {
	case errors.Is(err, unix.ESRCH):
		return nil
	case err != nil: // a kernel before 5.10, or a sandbox that forbids the call
		return awaitExitByStat(ctx, pid)
	}
	pidfd := os.NewFile(uintptr(fd), "pidfd")
	defer pidfd.Close()
	defer context.AfterFunc(ctx, func() { _ = pidfd.SetReadDeadline(time.Now()) })()
	conn, err := pidfd.SyscallConn()
	if err != nil {
		return fmt.Errorf("await the end of %d: %w", pid, err)
	}
	var polled error
	err = conn.Read(func(fd uintptr) bool {
		ended := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		var n int
		n, polled = unix.Poll(ended, 0)
		return n > 0 || polled != nil && !errors.Is(polled, unix.EINTR)
	})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err = errors.Join(err, polled); err != nil {
		return fmt.Errorf("await the end of %d: %w", pid, err)
	}
	return nil
}

// PeekStatus asks for a dead child's wait status and leaves the zombie in place: waitid(2) with
// WNOWAIT. ok is false as long as the child lives.
func PeekStatus(pid int) (status unix.WaitStatus, ok bool, err error) {
	var info siginfo
	const options = unix.WEXITED | unix.WNOWAIT | unix.WNOHANG
	err = unix.Waitid(unix.P_PID, pid, (*unix.Siginfo)(unsafe.Pointer(&info)), options, nil)
	if err != nil {
		return 0, false, fmt.Errorf("waitid(%d, WNOWAIT): %w", pid, err)
	}
	if info.pid == 0 {
		return 0, false, nil
	}
	if info.code == cldExited {
		return unix.WaitStatus(info.status << 8), true, nil
	}
	return unix.WaitStatus(info.status), true, nil
}

const cldExited = 1 // CLD_EXITED in <signal.h>

// siginfo is a siginfo_t as it is laid out on 64 bits for SIGCHLD; see sigaction(2). unix.Siginfo
// names only its head.
type siginfo struct {
	_, _, code, _    int32
	pid, uid, status int32
	_                [100]byte
}

// Available returns an error that wraps errors.ErrUnsupported if /proc does not show this process
// as it knows itself.
func Available() error {
	st, err := ReadStat(os.Getpid())
	if err == nil {
		var self string
		self, err = os.Readlink("/proc/self")
		if err == nil && self == strconv.Itoa(st.PID) && st.PID == os.Getpid() {
			return nil
		}
	}
	const text = "/proc does not show this PID namespace " +
		"(mount one with 'mount -t proc proc /proc', or start with 'unshare --mount-proc'): %w"
	return fmt.Errorf(text, errors.ErrUnsupported)
}

// awaitExitByStat is AwaitExit where there is no pidfd.
func awaitExitByStat(ctx context.Context, pid int) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err := ReadStat(pid)
		if errors.Is(err, ErrGone) || err == nil && st.Dead() {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
