//go:build !linux

package machine

import "mtp/lessons/kit/kernel"

// Stat is where Times are read: nowhere here.
const Stat kernel.Source = ""

// affinity is not told.
func affinity() map[string]bool { return nil }

// Times are not told.
func (m Machine) Times() Times { return parseTimes("", m.processors) }

// quotas are Linux's.
func quotas() []Quota { return nil }
