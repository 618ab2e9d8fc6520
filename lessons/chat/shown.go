package chat

import "time"

// What comes from the network is not shown without a limit: a stranger can forge a room's address,
// or the room itself may be one that floods.

// mostShown is how much of what comes is shown in a second. A room has 1000 members at most: when
// each says something in the same second all of it is shown. Nobody can read a tenth of that, and a
// file that the output goes to grows by a megabyte a second at most. On the mtp wire lines do not
// count: they come from the room, which limits them, and only as fast as the screen takes them.
const mostShown = 1000

// meter counts what is shown, and what is not.
type meter struct {
	since time.Time // a second begins
	shown int       // in it
	left  int       // not shown, and not told yet
	sums  *time.Timer
}

// mayShow reports whether something more that has come may be shown.
func (m *member) mayShow() bool {
	now := time.Now()
	if now.Sub(m.meter.since) >= time.Second {
		m.sumUp()
		m.meter.since, m.meter.shown = now, 0
	}
	if m.meter.shown >= mostShown || m.backlog.full() {
		if m.meter.left++; m.meter.left == 1 {
			m.meter.sums.Reset(time.Until(m.meter.since.Add(time.Second)))
		}
		return false
	}
	m.meter.shown++
	return true
}

// sumUp says how much was not shown, when the screen takes something again.
func (m *member) sumUp() {
	if m.meter.left == 0 || m.backlog.full() {
		return
	}
	m.Warn("join.leftout",
		"More has come than can be shown. Left out here, lines and notices: {count}.",
		"count", m.meter.left)
	m.meter.left = 0
}
