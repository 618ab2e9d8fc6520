package chat

import "time"

// pace is how fast lines that no person types are sent on the plain wire, where nothing says that a
// line was taken: a credit, as the room has one for each member.
type pace struct {
	rate   float64 // lines a second
	credit float64
	earned time.Time
}

// A room of mtp takes 20 lines a second from a member, after 50 at once, unless it was told
// otherwise: this stays below. A server of the course has no such limit, but a buffer of the usual
// size, which holds some 250 lines, and Python that reads it.
const (
	rateForRoom   = 18
	rateForCourse = 200
	paceBurst     = 45
)

func newPace(rate int) pace {
	return pace{rate: float64(rate), credit: paceBurst, earned: time.Now()}
}

// wait is how long it takes until a line may be sent; 0: none at all.
func (p *pace) wait(now time.Time) time.Duration {
	p.credit = min(p.credit+now.Sub(p.earned).Seconds()*p.rate, paceBurst)
	p.earned = now
	if p.credit >= 1 {
		return 0
	}
	return time.Duration((1 - p.credit) / p.rate * float64(time.Second))
}

// sent notes that a line was sent.
func (p *pace) sent() { p.credit-- }

// slower is for a room that has said that this is too fast.
func (p *pace) slower() { p.rate, p.credit = min(p.rate, rateForRoom), 0 }
