//go:build !linux

package workers

import (
	"errors"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// adoptOrphans does nothing: only Linux has subreapers.
func adoptOrphans(*stage.Stage) {}

// signalOfParentsEnd is 0: only Linux has such a signal.
func signalOfParentsEnd() int { return 0 }

// tellOrphan shows whether the daemon of a parent that was killed has ended.
func (h *household) tellOrphan(s *stage.Stage) {
	s.AwaitExit(h.child)
	if st, err := kernel.ReadStat(h.child); errors.Is(err, kernel.ErrGone) || st.Dead() {
		s.See("gone", kernel.StatSource(h.child), "Its daemon, {child}, has ended, too.",
			"child", h.child)
	}
	s.So("pipe",
		"A parent that is killed terminates nobody. mtp's daemons hold a pipe of their parent's, and end when it is closed; Python's have none, and live on as orphans.")
}
