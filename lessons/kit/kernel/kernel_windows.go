package kernel

import (
	"errors"
	"fmt"
)

var errWindows = fmt.Errorf("read processes on Windows: %w", errors.ErrUnsupported)

// ReadStat is not possible here.
func ReadStat(int) (Stat, error) { return Stat{}, errWindows }

// Processes is not possible here.
func Processes() ([]Stat, error) { return nil, errWindows }

func arguments(int) string { return "" }

// TaskLimits knows none here.
func TaskLimits() []Limit { return nil }

// Available returns nil: what needs a Unix kernel says so itself.
func Available() error { return nil }

// ShortOf knows none: this system does not tell how much of a limit is used.
func ShortOf(int) (Limit, bool) { return Limit{}, false }
