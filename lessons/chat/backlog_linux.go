package chat

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
)

// unblocked opens a pipe or a terminal once more, in an open file description of its own, in which
// writing does not block (O_NONBLOCK): so a write can be given up. In the one that there is it
// would not block for others either, who have inherited it. Any other file is returned as it is.
func unblocked(file *os.File) *os.File {
	info, err := file.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeCharDevice) == 0 {
		return file
	}
	path := kernel.Proc(os.Getpid(), "fd/"+strconv.Itoa(int(file.Fd())))
	own, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return file
	}
	return own
}
