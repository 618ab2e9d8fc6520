//go:build unix

package chat

import (
	"errors"
	"net"
	"os"
	"os/exec"

	"mtp/lessons/kit/process"
)

// passSocket lets a child inherit the socket, as it inherits any open file: both processes then
// have a descriptor of the same one. It inherits these other files as well, from number 1 on.
func passSocket(
	child *exec.Cmd, conn *net.UDPConn, others ...*os.File,
) (release func(), err error) {
	file, err := conn.File()
	if err != nil {
		return nil, err
	}
	process.Give(child, append([]*os.File{file}, others...)...)
	return func() { file.Close() }, nil
}

// inheritedSocket is the other side of passSocket.
func inheritedSocket() (net.Conn, error) {
	file := process.File(0)
	if file == nil {
		return nil, errors.New("there is none")
	}
	defer file.Close() // FileConn has a descriptor of its own
	return net.FileConn(file)
}
