package chat

import (
	"context"
	"time"

	"mtp/lessons/chat/line"
)

// incident is what a member waits for: something has come, or was typed, or the time is over.
type incident struct {
	kind  incidentKind
	frame frame
	typed line.Typed
}

type incidentKind byte

const (
	hasCome     incidentKind = iota // a frame, from the receiver
	wasTyped                        // a line, or that there will be none
	timeIsOver                      // that the member waits for
	interrupted                     // by a signal, or because nobody reads what it says
	partnerGone                     // the receiver has ended
)

// await waits for the next incident. In between it does what is due. typed is nil when nothing is
// to be read from the keyboard, and until is nil when there is no such time.
func (m *member) await(
	ctx context.Context, typed <-chan line.Typed, until <-chan time.Time,
) incident {
	for {
		m.setClock()
		select {
		case <-ctx.Done():
			return incident{kind: interrupted}
		case <-m.broken:
			m.broken = nil
			m.unheard = m.backlog.err
			return incident{kind: interrupted}
		case f, ok := <-m.heard:
			if !ok {
				return incident{kind: partnerGone}
			}
			return incident{kind: hasCome, frame: f}
		case t := <-typed:
			return incident{kind: wasTyped, typed: t}
		case <-until:
			return incident{kind: timeIsOver}
		case <-m.clock.C:
			m.session.Tick(time.Now())
			m.saySilence()
		case <-m.late.C:
			m.sayWaiting()
		case <-m.meter.sums.C:
			m.sumUp()
		case <-m.backlog.lower:
			m.sumUp()
			if m.session != nil {
				m.session.Resume(time.Now())
			}
		}
	}
}
