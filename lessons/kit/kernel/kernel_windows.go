package kernel

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Busy is the state of a process that asks for its own.
const Busy = Alive

// Processors names the place that tells how many processors this process may use.
const Processors Source = "GetProcessAffinityMask"

// StatSource names the place where ReadStat looks.
func StatSource(pid int) Source { return Call("NtQueryInformationProcess", pid) }

// ReadStat opens a process and asks for its parent and its program. Windows knows no more of its
// state than that it has not ended; then it is Alive. It returns ErrGone if there is no such
// process, or if it has ended: a handle may keep it a while longer.
func ReadStat(pid int) (Stat, error) {
	s := Stat{PID: pid, State: Alive, Source: StatSource(pid)}
	const access = windows.PROCESS_QUERY_LIMITED_INFORMATION | windows.SYNCHRONIZE
	process, err := windows.OpenProcess(access, false, uint32(pid))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return s, fmt.Errorf("%d: %w", pid, ErrGone)
	}
	if err != nil {
		return s, fmt.Errorf("open process %d: %w", pid, err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	event, err := windows.WaitForSingleObject(process, 0)
	if err == nil && event == windows.WAIT_OBJECT_0 {
		return s, fmt.Errorf("%d: %w", pid, ErrGone)
	}
	var basic windows.PROCESS_BASIC_INFORMATION
	err = windows.NtQueryInformationProcess(process, windows.ProcessBasicInformation,
		unsafe.Pointer(&basic), uint32(unsafe.Sizeof(basic)), nil)
	if err != nil {
		return s, fmt.Errorf("ask for the parent of %d: %w", pid, err)
	}
	s.PPID = int(basic.InheritedFromUniqueProcessId)
	name := make([]uint16, windows.MAX_LONG_PATH)
	length := uint32(len(name))
	if windows.QueryFullProcessImageName(process, 0, &name[0], &length) == nil {
		s.Comm = filepath.Base(windows.UTF16ToString(name[:length]))
	}
	return s, nil
}

// Processes returns every process of a snapshot.
func Processes() ([]Stat, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	var list []Stat
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	err = windows.Process32First(snapshot, &entry)
	for ; err == nil; err = windows.Process32Next(snapshot, &entry) {
		list = append(list, Stat{
			Source: "CreateToolhelp32Snapshot",
			PID:    int(entry.ProcessID), PPID: int(entry.ParentProcessID), State: Alive,
			Comm: windows.UTF16ToString(entry.ExeFile[:]), Threads: int(entry.Threads),
		})
	}
	return list, nil
}

// arguments are not told: they stand in the process's own memory.
func arguments(int) string { return "" }

// AwaitExit blocks until the process has ended. It returns at once if it is gone.
func AwaitExit(ctx context.Context, pid int) error {
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		return nil // there is no such process
	}
	defer func() { _ = windows.CloseHandle(process) }()
	over, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return fmt.Errorf("await the end of %d: %w", pid, err)
	}
	defer func() { _ = windows.CloseHandle(over) }()
	set := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = windows.SetEvent(over)
		close(set)
	})
	defer func() {
		if !stop() {
			<-set // before the event is closed
		}
	}()
	handles := []windows.Handle{process, over}
	which, err := windows.WaitForMultipleObjects(handles, false, windows.INFINITE)
	if err != nil {
		return fmt.Errorf("await the end of %d: %w", pid, err)
	}
	if which != windows.WAIT_OBJECT_0 {
		return context.Cause(ctx)
	}
	return nil
}

// TaskLimits knows none here.
func TaskLimits() []Limit { return nil }

// Available returns nil: what needs a Unix kernel says so itself.
func Available() error { return nil }

// ShortOf knows none: this system does not tell how much of a limit is used.
func ShortOf(int) (Limit, bool) { return Limit{}, false }
