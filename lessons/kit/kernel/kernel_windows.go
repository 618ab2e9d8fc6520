package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// busy is the state of who calls.
const busy = Alive

// Processors names the place that tells how many processors this process may use.
const Processors = "GetProcessAffinityMask"

// StatSource names the place where ReadStat looks.
func StatSource(pid int) string { return fmt.Sprintf("NtQueryInformationProcess(%d)", pid) }

// ReadStat opens a process and asks for its parent and its program. Windows knows no more of its state than that it has not
// ended; then it is Alive. It returns ErrGone if there is no such process, or if it has ended: a handle may keep it a while longer.
func ReadStat(pid int) (Stat, error) {
	s := Stat{PID: pid, State: Alive, Source: StatSource(pid)}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION|windows.SYNCHRONIZE, false, uint32(pid))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return s, fmt.Errorf("%d: %w", pid, ErrGone)
	}
	if err != nil {
		return s, fmt.Errorf("open process %d: %w", pid, err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	if event, err := windows.WaitForSingleObject(process, 0); err == nil && event == windows.WAIT_OBJECT_0 {
		return s, fmt.Errorf("%d: %w", pid, ErrGone)
	}
	var basic windows.PROCESS_BASIC_INFORMATION
	if err := windows.NtQueryInformationProcess(process, windows.ProcessBasicInformation, unsafe.Pointer(&basic), uint32(unsafe.Sizeof(basic)), nil); err != nil {
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
	for err := windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		list = append(list, Stat{
			PID: int(entry.ProcessID), PPID: int(entry.ParentProcessID), Comm: windows.UTF16ToString(entry.ExeFile[:]),
			State: Alive, Threads: int(entry.Threads), Source: "CreateToolhelp32Snapshot",
		})
	}
	return list, nil
}

// arguments are not told: they stand in the process's own memory.
func arguments(int) string { return "" }

// AwaitExit blocks until the process has ended. It returns at once if it is gone.
func AwaitExit(ctx context.Context, pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil //nolint:nilerr // there is no such process
	}
	ended := make(chan struct{})
	go func() {
		_, _ = process.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// TaskLimits knows none here.
func TaskLimits() []Limit { return nil }

// Available returns nil: what needs a Unix kernel says so itself.
func Available() error { return nil }

// ShortOf knows none: this system does not tell how much of a limit is used.
func ShortOf(int) (Limit, bool) { return Limit{}, false }
