package commands

import (
	"errors"
	"os"
	"syscall"
)

// No pipe has a name that a file may have, so none waits for a reader.
const nonblocking = 0

var errNoReader = errors.ErrUnsupported

// ofWrites are the signals of a write that fails: a closed pipe's.
func ofWrites() []os.Signal { return []os.Signal{syscall.SIGPIPE} }
