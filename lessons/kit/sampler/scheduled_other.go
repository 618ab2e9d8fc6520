//go:build !linux

package sampler

import (
	"errors"
	"time"
)

// scheduled is not told by this system.
func scheduled(int) (ran, ready time.Duration, err error) {
	return 0, 0, errors.ErrUnsupported
}
