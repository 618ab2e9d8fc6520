package narrate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"mtp/lessons/kit/kernel"
)

// StartError explains why a child could not be started after so many others: where the kernel says EAGAIN, a
// limit on the number of tasks was hit, and this says which.
func (n *Narrator) StartError(err error, made int) error {
	if !errors.Is(err, syscall.EAGAIN) {
		return fmt.Errorf("start a child: %w", err)
	}
	limits := slices.DeleteFunc(kernel.TaskLimits(), func(l kernel.Limit) bool { return l.Unlimited })
	if len(limits) == 0 {
		return fmt.Errorf("start a child: %w", err)
	}
	// The task that failed is gone again, so that none may be exactly at its limit now: the fullest it was.
	hit := slices.MaxFunc(limits, func(a, b kernel.Limit) int {
		return cmp.Compare(float64(a.Used)/float64(a.Max), float64(b.Used)/float64(b.Max))
	})
	return n.Error("start.limit", "no more processes after {made} children (EAGAIN): {limit} allows {max} tasks and {used} are in use; see {source}. "+
		"Threads count as well. End some, or raise it (ulimit -u)",
		"made", made, "limit", hit.Name, "max", hit.Max, "used", hit.Used, "source", hit.Source)
}
