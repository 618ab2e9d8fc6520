package outside

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Where a cage says what it saw.
const (
	Escaped = 99               // its exit code if something outlived the command
	Grace   = 10 * time.Second // how long that may take on a busy machine
)

// cage runs a command as a shell would, in a process group of its own, and as a subreaper, so that
// nothing that the command leaves behind can get away unseen. Its exit code is the command's, or
// Escaped.
func cage(args []string) int {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return complain(err)
	}
	// Caught and dropped: what the terminal sends is for the command. Not ignored, for the command
	// would inherit that.
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGTTOU,
		unix.SIGHUP)
	path, err := exec.LookPath(args[0])
	if err != nil {
		return complain(err)
	}
	attr := &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	}
	if _, err := unix.IoctlGetTermios(0, unix.TCGETS); err == nil {
		attr.Sys.Foreground, attr.Sys.Ctty = true, 0
	}
	command, err := syscall.ForkExec(path, args, attr)
	if err != nil {
		return complain(err)
	}
	codes := make(chan int, 1)
	gone := make(chan struct{})
	go func() { // it blocks: to ask again and again would cost more than many a lesson
		defer close(gone)
		for {
			var status syscall.WaitStatus
			pid, err := syscall.Wait4(-1, &status, 0, nil)
			if errors.Is(err, syscall.ECHILD) {
				return
			}
			if pid == command {
				code := status.ExitStatus()
				if status.Signaled() {
					code = 128 + int(status.Signal())
				}
				codes <- code
			}
		}
	}()
	code := <-codes
	select {
	case <-gone:
		return code
	case <-time.After(Grace):
	}
	left, _ := exec.Command("ps", "-o", "pid,ppid,stat,args", "--ppid",
		strconv.Itoa(os.Getpid())).CombinedOutput()
	fmt.Fprintf(os.Stderr, "left behind:\n%s", left)
	return Escaped
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "cage:", err)
	return Escaped
}
