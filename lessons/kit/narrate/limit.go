package narrate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"mtp/lessons/kit/kernel"
)

// Threads is how many tasks one Go program may need. One that can't have a thread when it needs it crashes, so that a
// lesson asks for room beforehand.
const Threads = 8

// Room returns an error that says which limit is in the way, if there is none for so many more tasks (processes and their
// threads).
func (n *Narrator) Room(tasks int) error {
	limit, short := kernel.ShortOf(tasks)
	if !short {
		return nil
	}
	return n.Error("limit.room", "not enough room for {tasks} more tasks, which this lesson may need: {limit} allows {max} tasks (processes and threads), and {used} are in use; see {source}. "+
		"End some, or raise the limit",
		"tasks", tasks, "limit", limit.Name, "max", limit.Max, "used", limit.Used, "source", limit.Source)
}

// StartError explains why a child could not be started after so many others: where the kernel says EAGAIN, a
// limit on the number of tasks was hit, and this says which.
func (n *Narrator) StartError(err error, made int) error {
	if errors.Is(err, syscall.EMFILE) {
		return n.Error("limit.files", "after {made} children mtp has no file descriptor left for another (EMFILE), and it needs some for each. "+
			"Ask for fewer, or raise the limit (ulimit -n)", "made", made)
	}
	if !errors.Is(err, syscall.EAGAIN) {
		return fmt.Errorf("start a child: %w", err)
	}
	limits := kernel.TaskLimits()
	if len(limits) == 0 {
		return fmt.Errorf("start a child: %w", err)
	}
	// The task that did not come to be is not counted any more: what was hit is the limit with the least room.
	hit := slices.MinFunc(limits, func(a, b kernel.Limit) int { return cmp.Compare(a.Room(), b.Room()) })
	return n.Error("limit.hit", "fork failed after {made} children (EAGAIN): {limit} allows {max} tasks (processes and threads), and {used} are in use; see {source}. "+
		"End some, or raise the limit",
		"made", made, "limit", hit.Name, "max", hit.Max, "used", hit.Used, "source", hit.Source)
}
