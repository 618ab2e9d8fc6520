package chat

import (
	"math/rand/v2"
	"slices"

	"mtp/lessons/kit/event"
)

// Network are the flags that put a bad network in between.
type Network struct {
	Loss    float64 `help:"The part of the datagrams to lose, from 0 to 1: a bad network to try things with." default:"0" placeholder:"P"`
	Dup     float64 `help:"The part of them to send twice." default:"0" placeholder:"P"`
	Reorder float64 `help:"The part of them to hold back until the next one is sent." default:"0" placeholder:"P"`
	Seed    uint64  `help:"Makes the bad network repeatable: the same number, the same losses." default:"1" placeholder:"N"`
}

// Validate is called by the command line.
func (n Network) Validate() error {
	for _, p := range []float64{n.Loss, n.Dup, n.Reorder} {
		if !(p >= 0 && p <= 1) { // NaN too
			return event.Mistake("mistake.part", "--loss, --dup and --reorder must be from 0 to 1")
		}
	}
	return nil
}

// isGood reports whether the network is left as it is.
func (n Network) isGood() bool { return n.Loss == 0 && n.Dup == 0 && n.Reorder == 0 }

// badNetwork loses, doubles and reorders datagrams on their way out.
type badNetwork struct {
	Network
	random *rand.Rand
	held   func() // the sending of a datagram that was held back
}

func newBadNetwork(n Network) *badNetwork {
	return &badNetwork{Network: n, random: rand.New(rand.NewPCG(n.Seed, 0))}
}

// fate is what the bad network does to a datagram.
type fate byte

const (
	fateSent fate = iota
	fateLost
	fateHeld // until the next one is sent
	fateDoubled
)

// send sends a datagram by send, as the network will have it. send must not need the data to stay
// as they are: it gets its own.
func (b *badNetwork) send(data []byte, send func(data []byte)) (its fate) {
	if b.random.Float64() < b.Loss {
		return fateLost
	}
	if b.held == nil && b.random.Float64() < b.Reorder {
		held := slices.Clone(data)
		b.held = func() { send(held) }
		return fateHeld
	}
	send(data)
	if b.random.Float64() < b.Dup {
		send(data)
		its = fateDoubled
	}
	if b.held != nil {
		b.held()
		b.held = nil
	}
	return its
}
