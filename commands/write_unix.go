//go:build unix

package commands

import (
	"os"
	"syscall"
)

// nonblocking opens a pipe without waiting for its reader; if there is none, that is errNoReader.
const (
	nonblocking = syscall.O_NONBLOCK
	errNoReader = syscall.ENXIO
)

// ofWrites are the signals of a write that fails: to a closed pipe, or beyond the limit of a file's
// size (ulimit -f). Caught, they are errors of the write (EPIPE, EFBIG) instead of a death without
// cleaning up. They are not ignored: that would be inherited by the children.
func ofWrites() []os.Signal { return []os.Signal{syscall.SIGPIPE, syscall.SIGXFSZ} }
