package process

import (
	"context"
	"os"

	"mtp/lessons/kit/kernel"
)

// StatusSource names the call by which the status of a Process is collected.
func StatusSource(pid int) kernel.Source { return kernel.Call("waitid", pid) }

// awaitEnd returns when a child has ended, and blocks no thread meanwhile. Where that is not
// possible it returns at once.
func awaitEnd(child *os.Process) { _ = kernel.AwaitExit(context.Background(), child.Pid) }
