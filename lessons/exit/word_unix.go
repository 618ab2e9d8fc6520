//go:build unix

package exit

import "syscall"

// word is what wait(2) fills in.
func word(status syscall.WaitStatus) uint32 { return uint32(status) }
