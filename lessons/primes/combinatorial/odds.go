package combinatorial

import "math/bits"

// odds is a set of odd numbers that tells at once what is in it up to a number.
type odds struct {
	groups []group
	// Of the bits that are set in a byte, added up; from 256 on, in the higher byte of two.
	places [512]uint8
}

// group is sixteen odd numbers, with a bit for each that is in the set, and what is in it below
// them. A number so takes a byte instead of the sixteen of a partial, and more of them fit into the
// cache.
type group struct {
	sum   uint64
	count uint32
	bits  uint32
}

// partial is a sum, and of how many numbers.
type partial struct{ sum, count uint64 }

// newOdds is the odd numbers from 3 up to a limit, and some more.
func newOdds(limit uint64) *odds {
	o := &odds{groups: make([]group, limit/32+1)}
	for i := range 256 {
		for place := range 8 {
			if i>>place&1 != 0 {
				o.places[i] += uint8(place)
				o.places[256|i] += uint8(8 + place)
			}
		}
	}
	for i := range o.groups {
		o.groups[i].bits = 0xffff
	}
	o.groups[0].bits--
	o.sumUp(0)
	return o
}

func (o *odds) has(n uint64) bool { return o.groups[n>>5].bits>>(n>>1&15)&1 != 0 }

func (o *odds) clear(n uint64) { o.groups[n>>5].bits &^= 1 << (n >> 1 & 15) }

// strike clears the multiples of a prime, from its square on.
func (o *odds) strike(p uint64) {
	for m := p * p; m < uint64(len(o.groups))<<5; m += 2 * p {
		o.clear(m)
	}
}

// upTo adds up what is in the set up to v. sumUp must have been called since the last change.
func (o *odds) upTo(v uint64) partial {
	place := (v - 1) >> 1
	g := &o.groups[place>>4]
	in := g.bits & (2<<(place&15) - 1)
	count := uint64(bits.OnesCount32(in))
	return partial{g.sum + o.sumIn(place>>4, in, count), uint64(g.count) + count}
}

// countTo is how many there are up to v.
func (o *odds) countTo(v uint64) uint64 {
	place := (v - 1) >> 1
	g := &o.groups[place>>4]
	return uint64(g.count) + uint64(bits.OnesCount32(g.bits&(2<<(place&15)-1)))
}

// sumIn adds up so many numbers of a group, whose bits are set.
func (o *odds) sumIn(group uint64, in uint32, count uint64) uint64 {
	return (group<<5+1)*count + 2*uint64(o.places[in&0xff]) + 2*uint64(o.places[256|in>>8])
}

// sumUp brings the sums up to date after a change at n, or above.
func (o *odds) sumUp(n uint64) {
	var below partial
	from := n >> 5
	if from > 0 {
		below = o.upTo(from<<5 - 1)
	}
	for i := from; i < uint64(len(o.groups)); i++ {
		g := &o.groups[i]
		g.sum, g.count = below.sum, uint32(below.count)
		count := uint64(bits.OnesCount32(g.bits))
		below.sum += o.sumIn(i, g.bits, count)
		below.count += count
	}
}
