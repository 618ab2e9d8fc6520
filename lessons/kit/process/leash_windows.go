package process

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"mtp/lessons/kit/kernel"
)

// startInOwnGroup starts a command in a process group of its own, so Ctrl-C is for mtp. A child of
// the narrating mtp, moreover, is put into a job whose only handle mtp has, and never closes: when
// mtp goes, in whatever way, Windows closes it and ends all in the job
// (JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE). The child's own children are in it as well.
func startInOwnGroup(cmd *exec.Cmd, ofNarrator bool) error {
	attributes(cmd).CreationFlags = syscall.CREATE_NEW_PROCESS_GROUP
	if err := cmd.Start(); err != nil || !ofNarrator {
		return err
	}
	_ = putIntoJob(cmd.Process.Pid) // without it, the leash remains
	return nil
}

// job is the one job, made when the first child needs it.
var job = sync.OnceValues(func() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	return job, err
})

func putIntoJob(pid int) error {
	job, err := job()
	if err != nil {
		return err
	}
	const access = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE
	process, err := windows.OpenProcess(access, false, uint32(pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	return windows.AssignProcessToJobObject(job, process)
}

// handOver lets a child inherit the files' handles, and returns their numbers, which are the same
// there.
func handOver(cmd *exec.Cmd, files ...*os.File) string {
	numbers := make([]string, len(files))
	for i, file := range files {
		numbers[i] = handOverHandle(cmd, file.Fd())
	}
	return strings.Join(numbers, ",")
}

func handOverHandle(cmd *exec.Cmd, handle uintptr) string {
	const inherit = windows.HANDLE_FLAG_INHERIT
	// If this fails, Start does too, and says so.
	_ = windows.SetHandleInformation(windows.Handle(handle), inherit, inherit)
	inherited := &attributes(cmd).AdditionalInheritedHandles
	*inherited = append(*inherited, syscall.Handle(handle))
	return strconv.FormatUint(uint64(handle), 10)
}

func attributes(cmd *exec.Cmd) *syscall.SysProcAttr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	return cmd.SysProcAttr
}

func closeOnExec(fd uintptr) { syscall.CloseOnExec(syscall.Handle(fd)) }

// send ends the process, whatever the signal: Windows has none.
func send(process *os.Process, _ syscall.Signal) error { return process.Kill() }

// isChild is true: a process's handle keeps its number from being used again.
func isChild(int) bool { return true }

// switches are not told here.
func switches(*os.ProcessState) (voluntary, involuntary int64, counted bool) { return 0, 0, false }

// StatusSource names the call by which the status of a Process is collected.
func StatusSource(pid int) kernel.Source { return kernel.Call("GetExitCodeProcess", pid) }

// GiveHandle is Give for one handle that is no file, such as a socket; the child finds its number
// by Handle.
func GiveHandle(cmd *exec.Cmd, handle uintptr) {
	cmd.Env = append(cmd.Env, filesVariable+"="+handOverHandle(cmd, handle))
}

// Handle is, in a child, the number of the handle that it was given.
func Handle() (uintptr, error) {
	n, err := strconv.ParseUint(os.Getenv(filesVariable), 10, 64)
	if err != nil || Inherited() == nil {
		return 0, fmt.Errorf("find the inherited handle: %w", os.ErrInvalid)
	}
	closeOnExec(uintptr(n))
	return uintptr(n), nil
}
