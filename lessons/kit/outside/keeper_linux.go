package outside

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// keeper runs a command below a subreaper that is a bad one: it "ignores" SIGCHLD, so the kernel
// reaps what it has adopted, or it "never" waits for that, so zombies stay. Its exit code is the
// command's, or 0 where the kernel has reaped that, too.
func keeper(args []string) int {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return complain(err)
	}
	way, command := args[0], args[1:]
	if way == "ignores" {
		signal.Ignore(syscall.SIGCHLD) // which the command shall not inherit
		command = append([]string{"env", "--default-signal=CHLD"}, command...)
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return complain(err)
	}
	pid, err := syscall.ForkExec(path, command, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		return complain(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return 0 // the kernel has reaped it
	}
	return status.ExitStatus()
}
