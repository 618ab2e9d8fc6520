//go:build unix

package chat

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"mtp/lessons/kit/process"
)

// Errors of sockets.
const (
	errInUse   = syscall.EADDRINUSE
	errRefused = syscall.ECONNREFUSED
	errTooLong = syscall.EMSGSIZE
)

// openFiles names the place that lists what a process has open.
func openFiles(pid int) string {
	if runtime.GOOS == "linux" {
		return fmt.Sprintf("/proc/%d/fd", pid)
	}
	return fmt.Sprintf("lsof -p %d", pid)
}

// ignoreTTOU lets a background process change the terminal.
func ignoreTTOU() { signal.Ignore(syscall.SIGTTOU) }

// ignoreConsole has nothing to do: what is typed at a raw terminal is no signal.
func ignoreConsole() {}

func notifyResize(resized chan<- os.Signal) { signal.Notify(resized, syscall.SIGWINCH) }

func notifyReport(report chan<- os.Signal) { signal.Notify(report, syscall.SIGUSR1) }

// passSocket lets a child inherit the socket.
func passSocket(child *exec.Cmd, conn *net.UDPConn) (release func(), err error) {
	file, err := conn.File()
	if err != nil {
		return nil, err
	}
	process.Give(child, file)
	return func() { file.Close() }, nil
}

// inheritedSocket is the other side of passSocket.
func inheritedSocket() (net.Conn, error) {
	file := process.File(0)
	if file == nil {
		return nil, errors.New("there is none")
	}
	return net.FileConn(file)
}
