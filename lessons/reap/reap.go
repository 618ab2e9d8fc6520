//go:build unix

// Package reap shows the ways in which a parent keeps its dead children from staying zombies.
//
// A zombie is a status that nobody has asked for. So somebody has to ask: the parent, by a wait,
// which blocks; by polling with WNOHANG; in answer to SIGCHLD, the signal that announces the end of
// a child; or not the parent at all, because it has made an orphan of the child, whose adopter
// waits. See wait(2), signal(7).
package reap

import (
	"os"
	"slices"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/sampler"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Method string `help:"Which way to show: wait, nohang, sigchld, double-fork, or all, compared." enum:"wait,nohang,sigchld,double-fork,all" default:"all" placeholder:"METHOD"`
}

// way is a way to leave no zombies.
type way struct {
	name  string
	show  func(*stage.Stage) account
	steps int         // that it takes
	asks  []quiz.Form // what it asks, in order
}

// account is what a way cost, and what it brought.
type account struct {
	children []int         // whose end it was about
	calls    int           // of wait
	longest  time.Duration // that one of them took
	statuses int           // that the parent has learnt
	source   kernel.Source // of all that
}

// ways are those that were asked for.
func (o Options) ways() []way {
	all := []way{
		{"wait", wait, 1, []quiz.Form{quiz.YesNo}},
		{"nohang", nohang, 1, nil},
		{"sigchld", sigchld, 3, []quiz.Form{quiz.Number}},
		{"double-fork", doubleFork, 2, nil},
	}
	return slices.DeleteFunc(all, func(w way) bool {
		return o.Method != "all" && o.Method != w.name
	})
}

// Questions are the forms of what is asked.
func (o Options) Questions() (forms []quiz.Form) {
	for _, way := range o.ways() {
		forms = append(forms, way.asks...)
	}
	return forms
}

// Run shows the ways one after the other, and compares them.
func (o Options) Run(s *stage.Stage) {
	s.Room((2 + siblings) * stage.Threads)
	s.Title("reap: four ways to leave no zombies")
	steps := 1
	for _, way := range o.ways() {
		steps += way.steps
	}
	s.Steps(steps)
	t := s.Table("table", "method", "way", "calls", "calls", "longest", "longest",
		"children", "children", "statuses", "statuses", "zombies", "zombies")
	for _, way := range o.ways() {
		a := way.show(s)
		t.Row(way.name, a.calls, a.longest, len(a.children), a.statuses,
			zombiesAmong(s, a.children))
		last := a.children[len(a.children)-1]
		t.From(a.source + ", and " + kernel.StatSource(last) + " …")
	}
	t.Show()
	s.Say("columns",
		"calls: of wait; longest: the time that one of them took at most; statuses: how many exit statuses the parent learnt. A zombie counts if it was found dead twice, {instant} apart or more; shorter ones are missed.",
		"instant", instant)

	s.Step("over", "The same, over time.")
	s.Lanes()
}

// instant is how long the sampler has to find a process dead before it calls it a zombie.
const instant = 50 * time.Microsecond

// zombiesAmong is how many of the processes were found as zombies.
func zombiesAmong(s *stage.Stage, pids []int) int {
	lanes := s.Sampler().Lanes()
	return sampler.Zombies(slices.DeleteFunc(lanes, func(lane sampler.Lane) bool {
		return !slices.Contains(pids, lane.PID)
	}))
}

// wait asks at once, and the kernel answers when there is an answer.
func wait(s *stage.Stage) account {
	s.Step("wait", "wait: the parent asks at once, and blocks until the child ends.")
	blocks := s.AskYesNo("blocks",
		"Its child is going to work for a while. Will wait return before the child has ended?")
	child := s.Start("child", workTime)
	s.Meanwhile("wait.blocked",
		"Child {pid} works. The thread that calls wait can do nothing else meanwhile.",
		"pid", child.PID)
	begun := time.Now()
	var status syscall.WaitStatus
	_, err := syscall.Wait4(child.PID, &status, 0, nil)
	blocked := time.Since(begun)
	s.Mustf(err, "wait for %d", child.PID)
	call := kernel.Call("wait4", child.PID)
	s.See("wait.done", call, "wait blocked for {blocked}, and returned the status: {status}.",
		"blocked", blocked, "status", s.ExitStatus(child.PID, status))
	blocks.Is(!status.Exited(), call)
	return account{[]int{child.PID}, 1, blocked, 1, call}
}

// nohang asks now and then, and works between.
func nohang(s *stage.Stage) account {
	s.Step("nohang",
		"WNOHANG: the parent asks now and then, without blocking, and works in between.")
	child := s.Start("child", workTime)
	var status syscall.WaitStatus
	var longest time.Duration
	calls := 0
	for reaped := 0; reaped != child.PID; calls++ {
		if calls > 0 {
			s.Pass(150 * time.Millisecond) // its other work
		}
		begun := time.Now()
		var err error
		reaped, err = syscall.Wait4(child.PID, &status, syscall.WNOHANG, nil)
		longest = max(longest, time.Since(begun))
		s.Mustf(err, "poll for %d", child.PID)
	}
	call := kernel.Call("wait4", child.PID, "WNOHANG")
	s.See("nohang.done", call,
		"Calls that returned 0 (\"not yet\"): {polls}. Then one returned the child's PID, {pid}, with the status: {status}.",
		"polls", calls-1, "pid", child.PID, "status", s.ExitStatus(child.PID, status))
	s.So("nohang.gap", "From its end to the next question the child was a zombie.")
	return account{[]int{child.PID}, calls, longest, 1, call}
}

// The children's work, and what they exit with.
const (
	workTime   = 600 * time.Millisecond
	exitStatus = 3
)

// child works for as long as it is told, then exits.
func child(args []string) error {
	if err := process.Work(args); err != nil {
		return err
	}
	os.Exit(exitStatus)
	return nil
}

// roles are the processes of this lesson.
func roles() process.Roles {
	return process.Roles{
		"child":  child,
		"parent": parent, "sibling": sibling,
		"middle": middle, "grandchild": grandchild,
	}
}
