package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Asleep is what a thread waits in; see proc_pid_syscall(5).
type Asleep struct {
	Source
	Number         int // of the system call; -1: it waits elsewhere in the kernel
	First          uint64
	StackPointer   uint64
	ProgramCounter uint64
}

// ErrAwake says that a thread does not wait.
var ErrAwake = errors.New("it runs")

// ReadAsleep reads in which system call a thread waits. It fails with ErrAwake if it waits in none.
func ReadAsleep(tid int) (a Asleep, err error) {
	file, err := ReadFile(tid, "syscall")
	if err != nil {
		return a, err
	}
	return parseAsleep(file.From(), file.Text)
}

func parseAsleep(source, text string) (a Asleep, err error) {
	words := strings.Fields(text)
	if len(words) == 1 && words[0] == "running" {
		return a, ErrAwake
	}
	const short, long = 3, 9
	if len(words) != short && len(words) != long {
		return a, fmt.Errorf("parse %s: %q", source, text)
	}
	a.Source = Source(source)
	var errs [4]error
	a.Number, errs[0] = strconv.Atoi(words[0])
	if len(words) == long {
		a.First, errs[1] = strconv.ParseUint(words[1], 0, 64)
	}
	a.StackPointer, errs[2] = strconv.ParseUint(words[len(words)-2], 0, 64)
	a.ProgramCounter, errs[3] = strconv.ParseUint(words[len(words)-1], 0, 64)
	if err := errors.Join(errs[:]...); err != nil {
		return a, fmt.Errorf("parse %s: %w", source, err)
	}
	return a, nil
}

// Holder is a process that has an end of a pipe open.
type Holder struct {
	PID           int
	Reads, Writes bool
	FDs           []int
}

// PipeHolders are the processes that have an end of a pipe open, as far as their descriptors may be
// looked at: /proc/PID/fd and /proc/PID/fdinfo in proc(5).
func PipeHolders(inode uint64) (holders []Holder, err error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	want := fmt.Sprintf("pipe:[%d]", inode)
	for _, dir := range dirs {
		h := Holder{}
		fds, _ := os.ReadDir(dir + "/fd")
		for _, fd := range fds {
			if link, err := os.Readlink(dir + "/fd/" + fd.Name()); err != nil || link != want {
				continue
			}
			mode := openMode(dir + "/fdinfo/" + fd.Name())
			number, _ := strconv.Atoi(fd.Name())
			h.FDs = append(h.FDs, number)
			h.Reads = h.Reads || mode != syscall.O_WRONLY
			h.Writes = h.Writes || mode != syscall.O_RDONLY
		}
		if h.Reads || h.Writes {
			h.PID, _ = strconv.Atoi(filepath.Base(dir))
			holders = append(holders, h)
		}
	}
	return holders, nil
}

// openMode is how a descriptor was opened: O_RDONLY, O_WRONLY or O_RDWR.
func openMode(path string) int {
	text, err := os.ReadFile(path)
	_, after, found := strings.Cut(string(text), "flags:")
	words := strings.Fields(after)
	if err != nil || !found || len(words) == 0 {
		return syscall.O_RDWR
	}
	flags, _ := strconv.ParseInt(words[0], 8, 64)
	return int(flags) & syscall.O_ACCMODE
}
