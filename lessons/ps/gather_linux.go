package ps

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// dead is a zombie, and what can be known of its death. /proc has no time of it. But a process that
// is dead does not run any more, so it has been dead for as long as it has not run, and at most for
// as long as it has existed.
type dead struct {
	process
	age     time.Duration // since it started
	rested  time.Duration // since its first thread ran last; 0: not known
	tracer  int
	sources kernel.Source
}

// debtor is a parent that owes its dead children a wait.
type debtor struct {
	process
	account
	listed  bool
	args    string
	dead    []dead
	status  kernel.Status
	inner   string      // its PID in its own PID namespace, if that is another
	orphan  int         // a zombie that another process has forked; 0: none is known
	sleeps  kernel.File // wchan: where it sleeps
	waitsIn waiting
	groups  kernel.File // its control groups
	limits  kernel.File
	user    string // its real user ID
}

// waiting is a thread that is in wait.
type waiting struct {
	kernel.File     // its wchan, or its system call
	thread      int // 0: none is
	For         int // which child; 0: that can't be read
}

// instant is how long what ends at once may be seen as a zombie.
const instant = 20 * time.Millisecond

// confirm keeps those that are the same after an instant: one that nobody has to wait for is a
// zombie until the kernel has reaped it, and the threads of a process do not end all at once.
func confirm(
	s *stage.Stage, zombies, leaders []process,
) (stillZombies, stillLeaders []process) {
	if len(zombies)+len(leaders) == 0 {
		return nil, nil
	}
	s.Pass(instant)
	again := func(list []process, same func(process) bool) (still []process) {
		for _, p := range list {
			now, err := readProcess(p.PID)
			if err == nil && now.is(p) && same(now) {
				still = append(still, now)
			}
		}
		return still
	}
	return again(zombies, process.zombie), again(leaders, process.leaderGone)
}

// debtors are the parents of these zombies, those with the most first.
func debtors(look snapshot, zombies []process) []*debtor {
	byParent := map[int]*debtor{}
	clocks := clocks{}
	for _, z := range zombies {
		d := byParent[z.PPID]
		if d == nil {
			d = newDebtor(look, z.PPID)
			byParent[z.PPID] = d
		}
		d.dead = append(d.dead, newDead(z, clocks))
	}
	list := slices.SortedFunc(maps.Values(byParent), func(a, b *debtor) int {
		return cmp.Or(cmp.Compare(len(b.dead), len(a.dead)), cmp.Compare(a.PID, b.PID))
	})
	for _, d := range list {
		i := slices.IndexFunc(d.dead, func(z dead) bool { return adoptedBy(d.process, z.process) })
		if d.Adopts = i >= 0; d.Adopts {
			d.orphan = d.dead[i].PID
		}
		d.Traced = !slices.ContainsFunc(d.dead, func(z dead) bool { return !z.heldBack() })
		d.OtherWay = !slices.ContainsFunc(d.dead, func(z dead) bool {
			return z.ExitSignal == int(syscall.SIGCHLD)
		})
	}
	return list
}

// adoptedBy reports whether another process has certainly forked the child. A session is inherited,
// and changed by setsid alone, after which it has the number of who called it. So who does not lead
// its session has always been in it, and what it has forked is in the same, or leads its own. A
// session that was begun outside of the PID namespace has the number 0.
func adoptedBy(parent, child process) bool {
	leads := func(p process) bool { return p.Session == p.PID }
	return child.Session != parent.Session && !leads(parent) && !leads(child)
}

// heldBack reports whether its parent can't wait for it yet.
func (z dead) heldBack() bool { return z.tracer != 0 && z.tracer != z.PPID }

// newDead looks at a zombie.
func newDead(z process, clocks clocks) dead {
	d := dead{process: z, age: sinceBoot() - z.Started, sources: z.Source}
	if status, err := kernel.ReadStatus(z.PID); err == nil {
		d.tracer, _ = strconv.Atoi(status.Get("TracerPid"))
	}
	sched, err := kernel.ReadFile(z.PID, "sched")
	if err != nil {
		return d
	}
	ran, told := lastRan(sched.Text)
	now, has := clocks.of(z.CPU)
	if rested := now - ran; told && has && rested >= 0 && rested <= d.age+time.Second {
		d.rested = max(min(rested, d.age), 1)
		d.sources += ", and " + sched.Source
	}
	return d
}

// clocks are the scheduler's, one a processor: what each says now. They leave out what they give to
// interrupts and to other virtual machines, so that between two of them there may be any distance,
// and a time that passes on one is at least so long.
type clocks map[int]time.Duration

// of is what the clock of a processor says. To read it, this thread has to run there.
func (c clocks) of(cpu int) (now time.Duration, ok bool) {
	if now, known := c[cpu]; known {
		return now, now > 0
	}
	c[cpu] = 0
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, there unix.CPUSet
	if unix.SchedGetaffinity(0, &before) != nil {
		return 0, false
	}
	there.Set(cpu)
	if unix.SchedSetaffinity(0, &there) != nil {
		return 0, false // it may not be used by this process
	}
	defer func() { _ = unix.SchedSetaffinity(0, &before) }()
	_, _, _ = unix.Syscall(unix.SYS_SCHED_YIELD, 0, 0, 0) // so that its own entry is up to date
	text, err := os.ReadFile("/proc/thread-self/sched")
	if err != nil {
		return 0, false
	}
	c[cpu], _ = lastRan(string(text))
	return c[cpu], c[cpu] > 0
}

// newDebtor looks at a parent.
func newDebtor(look snapshot, pid int) *debtor {
	d := &debtor{}
	d.PID = pid
	if d.Elsewhere = pid == 0; d.Elsewhere {
		return d
	}
	before, listed := find(look.all, pid)
	now, err := readProcess(pid)
	if d.Hidden = err != nil; d.Hidden {
		return d
	}
	d.process, d.listed, d.args = now, true, arguments(pid)
	d.Found = now.State
	if now.State == kernel.Disk && listed && before.State != kernel.Disk {
		d.Found = before.State // such sleeps are mostly short
	}
	d.readStatus()
	d.sleeps, _ = kernel.ReadFile(pid, "wchan")
	d.waitsIn = waitingThread(pid)
	d.Waits = d.waitsIn.thread != 0
	d.groups, _ = kernel.ReadFile(pid, "cgroup")
	d.limits, _ = kernel.ReadFile(pid, "limits")
	return d
}

func (d *debtor) readStatus() {
	var err error
	if d.status, err = kernel.ReadStatus(d.PID); err != nil {
		return
	}
	const (
		sigchld = 1 << (uint(syscall.SIGCHLD) - 1)
		many    = 40 // of the 62 signals that can be caught
	)
	mask := func(name string) uint64 {
		m, _ := d.status.Mask(name)
		return m
	}
	caught := mask("SigCgt")
	d.Ignores, d.Handles = mask("SigIgn")&sigchld != 0, caught&sigchld != 0
	d.HandlesAll = d.Handles && bits.OnesCount64(caught) >= many
	d.Pending = mask("SigBlk")&mask("ShdPnd")&sigchld != 0
	if pids := strings.Fields(d.status.Get("NSpid")); len(pids) > 0 {
		inner := pids[len(pids)-1]
		if d.First = inner == "1"; len(pids) > 1 {
			d.inner = inner
		}
	}
	if uids := strings.Fields(d.status.Get("Uid")); len(uids) > 0 {
		d.user = uids[0]
	}
}

// waitingThread finds a thread of a process that is in wait.
func waitingThread(pid int) waiting {
	threads, err := os.ReadDir(kernel.Proc(pid, "task"))
	if err != nil {
		return waiting{}
	}
	const most = 256 // threads that are looked at
	for _, thread := range threads[:min(len(threads), most)] {
		at := "task/" + thread.Name() + "/"
		sleeps, err := kernel.ReadFile(pid, at+"wchan")
		if err != nil || sleeps.Text != "do_wait" {
			continue
		}
		w := waiting{File: sleeps}
		w.thread, _ = strconv.Atoi(thread.Name())
		if call, err := kernel.ReadFile(pid, at+"syscall"); err == nil {
			if child := awaited(call.Text); child > 0 {
				w.File, w.For = call, child
			}
		}
		return w
	}
	return waiting{}
}

// awaited is the child that a wait is for, from the text of /proc/PID/syscall; 0 if it is for
// several, or that is not told.
func awaited(call string) int {
	var number int
	var first, second uint64
	if n, _ := fmt.Sscanf(call, "%d 0x%x 0x%x", &number, &first, &second); n < 3 {
		return 0
	}
	switch {
	case number == unix.SYS_WAIT4:
		return max(int(int32(first)), 0)
	case number == unix.SYS_WAITID && first == unix.P_PID:
		return max(int(int32(second)), 0)
	}
	return 0
}
