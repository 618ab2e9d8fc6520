package tracer

import "golang.org/x/sys/unix"

// call is a system call that matters, on one architecture.
type call struct {
	name   string
	number uint32
	first  uint32 // if only is set: the first argument with which it matters
	only   bool
}

// abi is how programs of one kind call the system: there may be several on one machine.
type abi struct {
	arch  uint32 // AUDIT_ARCH_*; see seccomp(2)
	calls []call
	words int // bytes in a pointer
}

// abis are what this tracer knows; all calls of others are let through.
func abis() []abi {
	const sigchld, stdout, subreaper = uint32(unix.SIGCHLD), 1, unix.PR_SET_CHILD_SUBREAPER
	return []abi{
		{arch: unix.AUDIT_ARCH_X86_64, words: 8, calls: []call{
			{name: "clone", number: 56},
			{name: "fork", number: 57},
			{name: "vfork", number: 58},
			{name: "clone3", number: 435},
			{name: "execve", number: 59},
			{name: "execveat", number: 322},
			{name: "exit", number: 60},
			{name: "exit_group", number: 231},
			{name: "wait4", number: 61},
			{name: "waitid", number: 247},
			{name: "kill", number: 62},
			{name: "tkill", number: 200},
			{name: "tgkill", number: 234},
			{name: "rt_sigqueueinfo", number: 129},
			{name: "setsid", number: 112},
			{name: "setpgid", number: 109},
			{name: "pipe", number: 22},
			{name: "pipe2", number: 293},
			{name: "ptrace", number: 101},
			{name: "rt_sigaction", number: 13, first: sigchld, only: true},
			{name: "prctl", number: 157, first: subreaper, only: true},
			{name: "write", number: 1, first: stdout, only: true},
			{name: "writev", number: 20, first: stdout, only: true},
		}},
		{arch: unix.AUDIT_ARCH_I386, words: 4, calls: []call{
			{name: "clone", number: 120},
			{name: "fork", number: 2},
			{name: "vfork", number: 190},
			{name: "clone3", number: 435},
			{name: "execve", number: 11},
			{name: "execveat", number: 358},
			{name: "exit", number: 1},
			{name: "exit_group", number: 252},
			{name: "waitpid", number: 7},
			{name: "wait4", number: 114},
			{name: "waitid", number: 284},
			{name: "kill", number: 37},
			{name: "tkill", number: 238},
			{name: "tgkill", number: 270},
			{name: "rt_sigqueueinfo", number: 178},
			{name: "setsid", number: 66},
			{name: "setpgid", number: 57},
			{name: "pipe", number: 42},
			{name: "pipe2", number: 331},
			{name: "ptrace", number: 26},
			{name: "rt_sigaction", number: 174, first: sigchld, only: true},
			{name: "signal", number: 48, first: sigchld, only: true},
			{name: "prctl", number: 172, first: subreaper, only: true},
			{name: "write", number: 4, first: stdout, only: true},
			{name: "writev", number: 146, first: stdout, only: true},
		}},
		{arch: unix.AUDIT_ARCH_AARCH64, words: 8, calls: []call{
			{name: "clone", number: 220},
			{name: "clone3", number: 435},
			{name: "execve", number: 221},
			{name: "execveat", number: 281},
			{name: "exit", number: 93},
			{name: "exit_group", number: 94},
			{name: "wait4", number: 260},
			{name: "waitid", number: 95},
			{name: "kill", number: 129},
			{name: "tkill", number: 130},
			{name: "tgkill", number: 131},
			{name: "rt_sigqueueinfo", number: 138},
			{name: "setsid", number: 157},
			{name: "setpgid", number: 154},
			{name: "pipe2", number: 59},
			{name: "ptrace", number: 117},
			{name: "rt_sigaction", number: 134, first: sigchld, only: true},
			{name: "prctl", number: 167, first: subreaper, only: true},
			{name: "write", number: 64, first: stdout, only: true},
			{name: "writev", number: 66, first: stdout, only: true},
		}},
	}
}

// x32 is the bit in the numbers of calls by programs of the x32 ABI, which has the arch of x86-64.
const x32 = 0x40000000
