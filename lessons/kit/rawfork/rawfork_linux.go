// Package rawfork is what a Go program needs around a fork without exec.
//
// The child of a multi-threaded program may make only async-signal-safe calls until it ends
// (fork(2), POSIX): the other threads are not there, and neither is what they would have done, such
// as unlocking the allocator. Go's runtime is such a program. So whatever runs in the child has to
// be nothing but system calls: nosplit (its stack can't grow), norace and nocheckptr (no hidden
// calls), without allocation. The lesson makes the call itself, clone(2), between Before and
// InParent or InChild.
package rawfork

import (
	"syscall"
	_ "unsafe" // for linkname

	"golang.org/x/sys/unix"
)

// These three are what the syscall package itself uses around its clone: they block all signals
// meanwhile, poison the stack so that a mistake here crashes instead of corrupting, and take Go's
// signal handlers out of the child.

//go:linkname runtimeBeforeFork syscall.runtime_BeforeFork
func runtimeBeforeFork()

//go:linkname runtimeAfterFork syscall.runtime_AfterFork
func runtimeAfterFork()

//go:linkname runtimeAfterForkInChild syscall.runtime_AfterForkInChild
func runtimeAfterForkInChild()

// Before comes before the clone.
//
//go:norace
//go:nosplit
func Before() { runtimeBeforeFork() }

// InParent comes after it in the parent, also if it has failed.
//
//go:norace
//go:nosplit
func InParent() { runtimeAfterFork() }

// InChild comes after it in the child. Until then all signals are blocked there.
//
//go:norace
//go:nosplit
func InChild() { runtimeAfterForkInChild() }

// DieWith sees to it that the child ends when its parent does (PR_SET_PDEATHSIG(2const)).
//
//go:norace
//go:nosplit
func DieWith(parent uintptr) {
	syscall.RawSyscall(syscall.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	if now, _, _ := syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0); now != parent {
		Exit(1) // it had ended before we asked to be told
	}
}

// Exit is _exit(2).
//
//go:norace
//go:nosplit
func Exit(status uintptr) {
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, status, 0, 0)
	}
}
