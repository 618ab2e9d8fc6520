package chat

import (
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"

	"mtp/lessons/chat/room"
	"mtp/lessons/chat/wire"
)

// manyMembers is from how many members on a second thread sends to half of them: the kernel's way
// through the IP stack, some microseconds for each datagram, is most of the work.
const manyMembers = 32

// senders send to the members: one here, to those in even slots, and one beside, to those in odd
// ones. A member stays in its slot, so it is always the same one that sends to it, and it gets
// everything in order.
type senders struct {
	here   share
	_      [64]byte // each counts in a cache line of its own
	beside helper
}

func newSenders(out *outlet) *senders {
	s := new(senders)
	s.here.out = out
	s.beside.out, s.beside.first = out, 1
	if runtime.GOMAXPROCS(0) > 1 {
		s.beside.begin()
	}
	return s
}

// finish waits until all that was to be sent is sent, for so long at most. After it the senders are
// asked for nothing but to stop.
func (s *senders) finish(within time.Duration) {
	over := time.After(within)
	for range cap(s.beside.free) { // a job is free when it is done
		select {
		case <-s.beside.free:
		case <-over:
			return
		}
	}
}

// stop is the last that is asked of the senders. When it returns nobody sends any more, and the
// socket may be closed: its descriptor's number may soon be another file's. What waits to be sent
// is dropped, as any datagram may be.
func (s *senders) stop() { s.beside.stop() }

// reply sends to one address. A stranger, which is in no slot, may have been a member.
func (s *senders) reply(to netip.AddrPort, slot int, data []byte) {
	if slot%2 == 0 {
		s.here.send(data, to)
	} else {
		s.beside.reply(to, data)
	}
}

// relay sends to all members but the one in a slot.
func (s *senders) relay(to room.Table, except int, data []byte) {
	s.beside.relay(to, except, data)
	s.here.relay(to, except, data)
}

// counts are how many datagrams were sent, and how many could not be.
func (s *senders) counts() (sent, failed uint64) {
	failed = s.here.failed.Load() + s.beside.failed.Load()
	return s.here.tried.Load() + s.beside.tried.Load() - failed, failed
}

// share is every other member.
type share struct {
	out           *outlet
	first         int // slot
	tried, failed atomic.Uint64
	stopped       atomic.Bool // in the middle, too: with a full buffer a datagram takes its time
}

func (s *share) relay(to room.Table, except int, data []byte) {
	for slot := s.first; slot < len(to); slot += 2 {
		if m := to[slot]; m != nil && slot != except {
			s.send(data, m.Addr)
		}
	}
}

func (s *share) send(data []byte, to netip.AddrPort) {
	if s.stopped.Load() {
		return
	}
	s.tried.Add(1)
	if s.out.send(data, to) != nil {
		s.failed.Add(1)
	}
}

// helper sends to its share in a goroutine of its own, or at once if nothing waits for that and
// there is little to do.
type helper struct {
	share
	jobs    chan *job // nil: it has not begun, and does all at once
	free    chan *job
	waiting atomic.Int64 // jobs that are not done yet
	ended   chan struct{}
}

// job is a datagram, and to whom it goes.
type job struct {
	data   [wire.MaxBytes]byte
	length int
	only   netip.AddrPort // to whom; if it is not valid, to these:
	to     room.Table
	except int
}

func (h *helper) begin() {
	const queue = 256
	h.jobs, h.free, h.ended = make(chan *job, queue), make(chan *job, queue), make(chan struct{})
	for range queue {
		h.free <- new(job)
	}
	go func() {
		defer close(h.ended)
		for j := range h.jobs {
			if data := j.data[:j.length]; j.only.IsValid() {
				h.send(data, j.only)
			} else {
				h.share.relay(j.to, j.except, data)
			}
			j.to = nil
			h.waiting.Add(-1)
			h.free <- j
		}
	}()
}

func (h *helper) stop() {
	if h.jobs != nil {
		h.stopped.Store(true)
		close(h.jobs)
		<-h.ended
	}
}

func (h *helper) reply(to netip.AddrPort, data []byte) {
	if h.jobs == nil || h.waiting.Load() == 0 {
		h.send(data, to)
		return
	}
	h.enqueue(data, to, nil, room.NoSlot)
}

func (h *helper) relay(to room.Table, except int, data []byte) {
	if h.jobs == nil || len(to) < manyMembers && h.waiting.Load() == 0 {
		h.share.relay(to, except, data)
		return
	}
	h.enqueue(data, netip.AddrPort{}, to, except)
}

func (h *helper) enqueue(data []byte, only netip.AddrPort, to room.Table, except int) {
	j := <-h.free
	j.length, j.only, j.to, j.except = copy(j.data[:], data), only, to, except
	h.waiting.Add(1)
	h.jobs <- j
}
