//go:build unix

// Package reap shows the ways in which a parent keeps its dead children from staying zombies.
//
// A zombie is a status that nobody has asked for. So somebody has to ask: the parent, by waiting,
// which blocks; by polling with WNOHANG; in answer to the signal that announces the end of a child,
// SIGCHLD; or not the parent at all, because it saw to it that the child is an orphan, and the
// adopter waits. See wait(2), signal(7).
package reap

import (
	"os"
	"syscall"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/sampler"
	"mtp/lessons/kit/stage"
)

// Options are the lesson's flags.
type Options struct {
	Method string `help:"Which way to show: wait, nohang, sigchld, double-fork, or all side by side." enum:"wait,nohang,sigchld,double-fork,all" default:"all" placeholder:"METHOD"`
}

// way is a way to leave no zombies.
type way struct {
	name                         string
	show                         func(*stage.Stage)
	blocks, handler, knowsStatus bool // what it means for the parent
}

// Run shows the ways one after the other, and compares them.
func (o Options) Run(s *stage.Stage) {
	s.Room((2 + siblings) * stage.Threads)
	s.Title("reap: four ways to leave no zombies")
	ways := []way{
		{name: "wait", show: wait, blocks: true, knowsStatus: true},
		{name: "nohang", show: nohang, knowsStatus: true},
		{name: "sigchld", show: sigchld, handler: true, knowsStatus: true},
		{name: "double-fork", show: doubleFork},
	}
	var shown []way
	lanesAfter := []int{0}
	for _, way := range ways {
		if o.Method == "all" || o.Method == way.name {
			way.show(s)
			shown = append(shown, way)
			lanesAfter = append(lanesAfter, len(s.Sampler().Lanes()))
		}
	}

	lanes := s.Lanes()
	t := s.Table("table", "method", "way", "blocks", "blocks", "handler", "handler",
		"knows_status", "knows status", "zombies", "zombies seen")
	for i, way := range shown {
		zombies := sampler.Zombies(lanes[lanesAfter[i]:lanesAfter[i+1]])
		t.Row(way.name, way.blocks, way.handler, way.knowsStatus, zombies)
	}
	t.Show()
	s.Say("counted",
		"Zombies seen on the way, in /proc again and again; only those found twice in a row count. Those of sigchld are there because mtp had stopped the parent; one of double-fork is its adopter's to reap.")
}

// wait asks at once, and the kernel answers when there is an answer.
func wait(s *stage.Stage) {
	s.Step("wait", "wait: the parent asks at once, and blocks until the child ends.")
	blocks := s.AskYesNo("blocks",
		"Its child is going to work for a while. Will wait return before the child has ended?")
	child := s.Start("child", s.Scaled(workTime))
	s.Wait("wait.blocked", "Child {pid} works. The parent can do nothing else meanwhile.",
		"pid", child.PID)
	begun := time.Now()
	var status syscall.WaitStatus
	_, err := syscall.Wait4(child.PID, &status, 0, nil)
	blocked := time.Since(begun)
	s.Mustf(err, "wait for %d", child.PID)
	call := kernel.Call("wait4", child.PID)
	s.See("wait.done", call, "wait blocked for {blocked}, and returned the status: {status}.",
		"blocked", blocked, "status", status.ExitStatus())
	blocks.Is(!status.Exited() && !status.Signaled(), call)
}

// nohang asks now and then, and works between.
func nohang(s *stage.Stage) {
	s.Step("nohang",
		"WNOHANG: the parent asks now and then, without blocking, and works in between.")
	child := s.Start("child", s.Scaled(workTime))
	var status syscall.WaitStatus
	polls := 0
	for {
		reaped, err := syscall.Wait4(child.PID, &status, syscall.WNOHANG, nil)
		s.Mustf(err, "poll for %d", child.PID)
		if reaped == child.PID {
			break
		}
		polls++
		work(s, 250*time.Millisecond)
	}
	s.See("nohang.done", kernel.Call("wait4", child.PID, "WNOHANG"),
		"It returned 0 (\"not yet\") {polls} times, then the child's PID, {pid}, with the status: {status}.",
		"polls", polls, "pid", child.PID, "status", status.ExitStatus())
	s.Say("nohang.gap", "Between its end and the next question the child is a zombie.")
}

// The children's work, at pace 1, and what they exit with.
const (
	workTime   = time.Second
	exitStatus = 3
)

// work is what the parent does besides.
func work(s *stage.Stage, atPaceOne time.Duration) {
	time.Sleep(time.Millisecond) // the part of the work that no pace takes away
	s.Rest(atPaceOne)
}

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
