package tracer

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// filter is a program for seccomp(2): it has the calls that matter stopped, and lets all others
// through.
func filter(abis []abi) (program []unix.SockFilter) {
	const number, arch, firstArgument = 0, 4, 16 // where they stand in struct seccomp_data
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	unless := func(value uint32, skip int) unix.SockFilter {
		const equal = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		return unix.SockFilter{Code: equal, Jf: uint8(skip), K: value}
	}
	answer := func(value uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
	}
	for _, abi := range abis {
		block := []unix.SockFilter{load(number)}
		for _, c := range abi.calls {
			if c.only {
				block = append(block, unless(c.number, 4), load(firstArgument), unless(c.first, 1),
					answer(unix.SECCOMP_RET_TRACE), answer(unix.SECCOMP_RET_ALLOW))
				continue
			}
			block = append(block, unless(c.number, 1), answer(unix.SECCOMP_RET_TRACE))
		}
		block = append(block, answer(unix.SECCOMP_RET_ALLOW))
		program = append(program, load(arch), unless(abi.arch, len(block)))
		program = append(program, block...)
	}
	return append(program, answer(unix.SECCOMP_RET_ALLOW))
}

// install has the calls of this thread filtered from now on, and those of the program that it
// executes. Without privileges that needs no_new_privs, by which set-user-ID programs don't become
// another user.
func install(program []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	set := func() error {
		_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0,
			uintptr(unsafe.Pointer(&prog)))
		if errno != 0 {
			return fmt.Errorf("seccomp: %w", errno)
		}
		return nil
	}
	if set() == nil {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("prctl(PR_SET_NO_NEW_PRIVS): %w", err)
	}
	return set()
}
