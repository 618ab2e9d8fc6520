package tracer

import (
	"fmt"

	"mtp/lessons/kit/kernel"
)

// Source is where a fact was read: a call of the process, as strace(1) would show it, or what the
// tracer itself has called or looked at. The result is left out where the tracer does not wait for
// it.
func (f Fact) Source() kernel.Source {
	called := func(call string, args ...any) kernel.Source {
		return kernel.Source(fmt.Sprintf("%s in %d", kernel.Call(call, args...), f.PID))
	}
	returned := func(result any, call string, args ...any) kernel.Source {
		made := kernel.Call(call, args...)
		return kernel.Source(fmt.Sprintf("%s = %v in %d", made, result, f.PID))
	}
	switch f.Kind {
	case Attached, Execed:
		return kernel.Source(fmt.Sprintf("/proc/%d/cmdline", f.PID))
	case Forked:
		return returned(f.Child, f.Call)
	case Exiting:
		return called(f.Call, f.Status)
	case Exited, Killed, Stopped, Continued:
		return kernel.Call("wait4", f.PID)
	case Waiting:
		return called(f.Call, f.Child)
	case Waited:
		return returned(f.waitResult(), f.Call, f.waitArguments()...)
	case Reaped:
		if f.Parent != 0 {
			return kernel.Call("wait4", f.PID)
		}
		return kernel.StatSource(f.PID)
	case Orphaned:
		return kernel.StatSource(f.PID)
	case Signalled:
		return kernel.Call("ptrace", "PTRACE_GETSIGINFO", f.PID)
	case Sent:
		return called(f.Call, f.Target, int(f.Signal))
	case Disposed:
		return called(f.Call, "SIGCHLD")
	case Session:
		return returned(f.PID, f.Call)
	case Group:
		return returned(0, f.Call, f.Target, f.Child)
	case Subreaper:
		return called(f.Call, "PR_SET_CHILD_SUBREAPER", f.On)
	case Piped:
		return returned(fmt.Sprintf("[%d, %d]", f.Ends[0], f.Ends[1]), f.Call)
	case Failed:
		return returned(-1, f.Call)
	case Ptraced:
		return called(f.Call)
	case Refused, Unfiltered, Wrote:
	}
	return ""
}

func (f Fact) waitArguments() []any {
	args := []any{f.Target}
	if f.NoHang {
		args = append(args, "WNOHANG")
	}
	if f.Peek {
		args = append(args, "WNOWAIT")
	}
	return args
}

// waitResult is what a wait has returned; waitid(2) returns 0, and tells of the child in its
// siginfo_t.
func (f Fact) waitResult() any {
	const echild = 10 // on Linux
	switch {
	case f.Errno == echild:
		return "-1 ECHILD"
	case f.Errno != 0:
		return -1
	case f.Call == "waitid":
		return 0
	}
	return f.Child
}
