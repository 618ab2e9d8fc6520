// Package ps looks at the processes of others: as a tree, and at zombies, by the parent that owes
// each a wait.
//
// All of it comes from /proc, which anybody may read: nothing is traced, stopped or changed. What
// /proc does not tell is not told; what follows from several facts is said as a conclusion.
package ps

import (
	"os"
	"slices"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
	"mtp/lessons/kit/stage"
)

// Run shows what is listed now, and goes on with what changes.
func (o Options) Run(s *stage.Stage) {
	look := o.look(s)
	if _, listed := find(look.list, o.PID); o.PID != 0 && !listed {
		s.Fail("nopid", "there is no process {pid} here", "pid", o.PID)
	}
	var zombies []process
	if o.Zombies {
		zombies = tellZombies(s, look)
	} else {
		zombies = tellTree(s, look)
	}
	tellHidden(s, look)
	if o.Watch {
		o.watch(s, look, zombies)
	}
}

// look takes a snapshot of what is to be shown.
func (o Options) look(s *stage.Stage) snapshot {
	look, err := takeSnapshot()
	s.Mustf(err, "read /proc")
	if o.PID != 0 {
		return look.below(o.PID)
	}
	return look
}

// tellTree draws the processes. The kernel's own threads are left out, unless they were asked for.
func tellTree(s *stage.Stage, look snapshot) (zombies []process) {
	var list picture.Listing
	threads := 0
	for _, p := range look.list {
		if p.Kernel && !look.list[0].Kernel {
			threads++
			continue
		}
		one := picture.Listed{
			PID: p.PID, PPID: p.PPID, Comm: p.Comm, State: p.State, Age: look.at - p.Started,
		}
		if one.Marked = p.zombie(); one.Marked {
			zombies = append(zombies, p)
		} else {
			one.Args = arguments(p.PID)
		}
		list = append(list, one)
	}
	s.Listing("tree", "", look.source(), list, "kernel_threads", threads)
	if threads > 0 {
		s.See("count", look.source(),
			"Listed: {processes}. Threads of the kernel, left out: {threads}.",
			"processes", len(list), "threads", threads)
	}
	if len(zombies) > 0 {
		s.Warn("found", "Zombies: {zombies}. mtp ps --zombies says why they stay.",
			"zombies", len(zombies))
	}
	return zombies
}

// tellHidden says that there may be more processes than were seen.
func tellHidden(s *stage.Stage, look snapshot) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil || os.Geteuid() == 0 && look.unreadable == 0 {
		return
	}
	groups, _ := os.Getgroups()
	option, group := hidepid(string(mounts))
	if option != "" && !slices.Contains(append(groups, os.Getegid()), group) {
		s.See("hidden", kernel.Source("/proc/self/mounts"),
			"/proc is mounted with {option}, so processes of other users may be missing here.",
			"option", option, "unreadable", look.unreadable)
	}
}
