// Package tracer tells what another program's processes do, as the kernel tells it to who traces
// them: ptrace(2), with a filter of seccomp(2) so that only the calls that matter are stopped.
//
// The tracer is a process of its own. It writes a Fact a line to a pipe; History is what follows
// from them for each process.
package tracer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"syscall"
	"time"

	"mtp/lessons/kit/backtrace"
)

// Kind is what sort of fact it is. The list is closed.
type Kind string

// The kinds of facts. Each has Time and PID, besides what stands here.
const (
	Attached   Kind = "attached"   // it ran already: Parent, Args, Zombie, Disposition
	Forked     Kind = "forked"     // Child, Call, Pending, Stack
	Execed     Kind = "execed"     // Args, Path, SetID, CPU (until then)
	Exiting    Kind = "exiting"    // it calls exit: Status as it was given, Stack
	Exited     Kind = "exited"     // Status (8 bits), Zombie, CPU
	Killed     Kind = "killed"     // Signal, Dumped, Zombie, CPU
	Waiting    Kind = "waiting"    // wait begins, and may block: Call, Child (the argument), Stack
	Waited     Kind = "waited"     // it returns: Call, Target, Child or 0, NoHang, Blocked, Stack
	Reaped     Kind = "reaped"     // it is not listed any more: by Parent (0: the kernel)
	Orphaned   Kind = "orphaned"   // its parent has ended: Former; Parent is the new one
	Signalled  Kind = "signalled"  // a signal arrives: Signal, Sender (0: the kernel), Stack
	Sent       Kind = "sent"       // it sends a signal: Signal, Target, Stack
	Disposed   Kind = "disposed"   // of SIGCHLD: Disposition, Stack
	Stopped    Kind = "stopped"    // Signal
	Continued  Kind = "continued"  //
	Session    Kind = "session"    // it begins one, setsid(2)
	Group      Kind = "group"      // it sets Target's process group, setpgid(2): Child is the group
	Subreaper  Kind = "subreaper"  // it becomes one, or ceases to be: On
	Piped      Kind = "piped"      // it makes a pipe: Pipe (the inode), Ends
	Wrote      Kind = "wrote"      // to its standard output: Bytes (the first ones), Size
	Failed     Kind = "failed"     // a call: Call, Path, Errno, Stack
	Ptraced    Kind = "ptraced"    // it calls ptrace(2) itself: Stack
	Refused    Kind = "refused"    // there is no tracing here: Call, Errno
	Unfiltered Kind = "unfiltered" // there is no filter, so all calls are stopped
)

// Dispositions of SIGCHLD; see sigaction(2).
const (
	Default = "default"
	Ignored = "ignored" // SIG_IGN, or SA_NOCLDWAIT: the kernel reaps
	Handled = "handled"
)

// Fact is one thing that happened. Which fields are set depends on the Kind.
type Fact struct {
	Time time.Time `json:"time"`
	Kind Kind      `json:"kind"`
	PID  int       `json:"pid"`

	Child       int             `json:"child,omitempty"`
	Parent      int             `json:"parent,omitempty"`
	Former      int             `json:"former,omitempty"`
	Target      int             `json:"target,omitempty"`
	Sender      int             `json:"sender,omitempty"`
	Call        string          `json:"call,omitempty"`
	Args        []string        `json:"args,omitempty"`
	Path        string          `json:"path,omitempty"`
	SetID       bool            `json:"set_id,omitempty"` // set-user-ID or set-group-ID
	Status      int             `json:"status,omitempty"`
	Signal      syscall.Signal  `json:"signal,omitempty"`
	Dumped      bool            `json:"dumped,omitempty"` // it left a core file
	Zombie      bool            `json:"zombie,omitempty"` // it was listed as one just afterwards
	CPU         time.Duration   `json:"cpu_ns,omitempty"`
	NoHang      bool            `json:"nohang,omitempty"`
	Peek        bool            `json:"peek,omitempty"` // WNOWAIT: it stays a zombie
	Blocked     time.Duration   `json:"blocked_ns,omitempty"`
	Disposition string          `json:"disposition,omitempty"`
	On          bool            `json:"on,omitempty"`
	Pipe        uint64          `json:"pipe,omitempty"`
	Ends        [2]int          `json:"ends,omitzero"`
	Bytes       []byte          `json:"bytes,omitempty"`
	Size        int             `json:"size,omitempty"`
	Pending     []byte          `json:"pending,omitempty"` // in stdio's buffer
	Errno       syscall.Errno   `json:"errno,omitempty"`
	Stack       backtrace.Stack `json:"stack,omitempty"` // where in the source; at most two places
}

// Facts are what a tracer writes, until it ends: what has come together, together.
func Facts(from io.Reader) <-chan []Fact {
	facts := make(chan []Fact)
	go func() {
		defer close(facts)
		var some []Fact
		for lines := bufio.NewReaderSize(from, 1<<16); ; {
			line, err := lines.ReadBytes('\n')
			var f Fact
			if err != nil || json.Unmarshal(line, &f) != nil {
				return
			}
			some = append(some, f)
			if more, _ := lines.Peek(lines.Buffered()); !bytes.ContainsRune(more, '\n') {
				facts <- some
				some = nil
			}
		}
	}()
	return facts
}
