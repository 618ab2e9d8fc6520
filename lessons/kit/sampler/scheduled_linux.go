package sampler

import (
	"time"

	"mtp/lessons/kit/kernel"
)

// scheduled is how long a process has been on a processor, and ready for one.
func scheduled(pid int) (ran, ready time.Duration, err error) {
	counted, err := kernel.ReadSchedstat(pid)
	return counted.Running, counted.Ready, err
}
