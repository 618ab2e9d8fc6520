package chat

import (
	"sync/atomic"

	"mtp/lessons/chat/room"
)

// manyMembers is from how many members on a second thread sends to half of them: the kernel's way through the IP stack, some microseconds
// for each datagram, is most of the work.
const manyMembers = 32

// sender sends to a share of the members, always the same, so that each gets everything in order.
type sender struct {
	out    *outlet
	high   int                     // no slot from here on is taken
	places [room.MaxMembers]*place // by slot
	sent   atomic.Uint64
	failed atomic.Uint64
	jobs   chan *job // nil: they are done by whoever asks
	free   chan *job
	doing  atomic.Int64 // jobs that are not done yet
}

// job is one thing that a sender is to do.
type job struct {
	data   [room.MaxBytes]byte
	length int
	only   *place // to whom; nil: to all in the share but the one in this slot
	except int
	enter  *place
	slot   int
	leaves bool
}

func newSender(out *outlet) *sender { return &sender{out: out} }

// begin lets a thread of its own do the jobs.
func (s *sender) begin() {
	const queue = 256
	s.jobs, s.free = make(chan *job, queue), make(chan *job, queue)
	for range queue {
		s.free <- new(job)
	}
	go func() {
		for j := range s.jobs {
			switch {
			case j.enter != nil, j.leaves:
				s.take(j.slot, j.enter)
			default:
				s.send(j.data[:j.length], j.only, j.except)
			}
			s.doing.Add(-1)
			s.free <- j
		}
	}()
}

// do does a job, or has it done: at once if nothing is waiting and there is no hurry.
func (s *sender) do(hurry bool, data []byte, only *place, except int) {
	if s.jobs == nil || !hurry && s.doing.Load() == 0 {
		s.send(data, only, except)
		return
	}
	j := <-s.free
	j.length, j.only, j.except, j.enter, j.leaves = copy(j.data[:], data), only, except, nil, false
	s.doing.Add(1)
	s.jobs <- j
}

// put gives a slot to a member, or takes it back.
func (s *sender) put(slot int, p *place) {
	if s.jobs == nil || s.doing.Load() == 0 {
		s.take(slot, p)
		return
	}
	j := <-s.free
	j.enter, j.slot, j.leaves = p, slot, p == nil
	s.doing.Add(1)
	s.jobs <- j
}

func (s *sender) take(slot int, p *place) {
	s.places[slot] = p
	s.high = max(s.high, slot+1)
	for s.high > 0 && s.places[s.high-1] == nil {
		s.high--
	}
}

func (s *sender) send(data []byte, only *place, except int) {
	if only != nil {
		s.sendTo(data, only)
		return
	}
	for slot, to := range s.places[:s.high] {
		if to != nil && slot != except {
			s.sendTo(data, to)
		}
	}
}

func (s *sender) sendTo(data []byte, to *place) {
	s.sent.Add(1)
	if s.out.send(data, to) != nil {
		s.failed.Add(1)
	}
}
