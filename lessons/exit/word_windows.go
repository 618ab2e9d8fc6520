package exit

import "syscall"

// word is the exit code: Windows has no other status.
func word(status syscall.WaitStatus) uint32 { return status.ExitCode }
