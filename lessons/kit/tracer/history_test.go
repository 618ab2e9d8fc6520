package tracer

import (
	"slices"
	"testing"
	"time"
)

// at is the time of the nth fact.
func at(n int) time.Time { return time.Unix(1000, 0).Add(time.Duration(n) * time.Second) }

// fold makes a history of facts, a second apart.
func fold(facts ...Fact) *History {
	h := &History{}
	for i, f := range facts {
		f.Time = at(i)
		h.Add(f)
	}
	return h
}

func TestHistory(t *testing.T) {
	t.Parallel()
	begun := Fact{Kind: Execed, PID: 10, Parent: 1, Args: []string{"a"}}
	forked := Fact{Kind: Forked, PID: 10, Child: 11, Parent: 10}
	ended := Fact{Kind: Exited, PID: 11, Status: 3, Zombie: true}
	for _, c := range []struct {
		name   string
		facts  []Fact
		zombie time.Duration // of 11, a minute after the last fact
		unreap bool
		listed bool
		holds  func(h *History) bool
	}{
		{"lives", []Fact{begun, forked}, 0, false, true, func(h *History) bool {
			return len(h.Living()) == 2 && h.First().PID == 10 && h.Get(11).Args[0] == "a" &&
				h.First().Children[0] == h.Get(11) && !h.Get(11).Execed && h.Get(11).Born.Equal(at(1))
		}},
		{"is a zombie", []Fact{begun, forked, ended}, time.Minute, true, true, nil},
		{
			"is reaped",
			[]Fact{begun, forked, ended, {Kind: Waited, PID: 10, Child: 11}},
			time.Second, false, false,
			func(h *History) bool { return len(h.First().Waits) == 1 && h.Get(11).Wait.PID == 10 },
		},
		{
			"is only looked at",
			[]Fact{begun, forked, ended, {Kind: Waited, PID: 10, Child: 11, Peek: true}},
			time.Minute, true, true, nil,
		},
		{"goes without a wait", []Fact{begun, forked, ended, {Kind: Reaped, PID: 11}}, time.Second, true, false, nil},
		{"was never a zombie", []Fact{begun, forked, {Kind: Exited, PID: 11}}, 0, false, false, nil},
		{
			"a wait without a child",
			[]Fact{begun, forked, ended, {Kind: Waited, PID: 10, NoHang: true}},
			time.Minute, true,
			true, func(h *History) bool { return len(h.First().Waits) == 1 },
		},
		{"wait is under way", []Fact{begun, forked, {Kind: Waiting, PID: 10}}, 0, false, true, func(h *History) bool {
			return h.First().Waiting.Kind == Waiting
		}},
		{
			"wait is over",
			[]Fact{begun, forked, {Kind: Waiting, PID: 10}, {Kind: Waited, PID: 10}},
			0, false, true,
			func(h *History) bool { return h.First().Waiting.Kind == "" },
		},
		{
			"is an orphan",
			[]Fact{begun, forked, {Kind: Exited, PID: 10}, {Kind: Orphaned, PID: 11, Former: 10, Parent: 1}},
			0, false, true, func(h *History) bool {
				return h.Get(11).Parent == 1 && h.Get(11).Birth.Parent == 10 && len(h.Get(11).Orphaned) == 1
			},
		},
		{
			"inherits what SIGCHLD does",
			[]Fact{begun, {Kind: Disposed, PID: 10, Disposition: Ignored}, forked},
			0, false, true,
			func(h *History) bool { return h.Get(11).SIGCHLD == Ignored && h.Get(11).Disposed.Kind == "" },
		},
		{"exec resets a handler", []Fact{
			begun, {Kind: Disposed, PID: 10, Disposition: Handled}, forked, {Kind: Execed, PID: 11},
		}, 0, false, true, func(h *History) bool { return h.Get(11).SIGCHLD == Default && h.First().SIGCHLD == Handled }},
		{"exec keeps that it is ignored", []Fact{
			begun, {Kind: Disposed, PID: 10, Disposition: Ignored}, forked, {Kind: Execed, PID: 11},
		}, 0, false, true, func(h *History) bool { return h.Get(11).SIGCHLD == Ignored && h.Get(11).Execed }},
		{
			"the PID comes again",
			[]Fact{begun, forked, ended, {Kind: Waited, PID: 10, Child: 11}, forked},
			0, false, true,
			func(h *History) bool {
				return len(h.All) == 3 && h.All[1] != h.Get(11) && h.All[1].Wait.Kind == Waited && len(h.Living()) == 2
			},
		},
		{
			"the program makes a brother",
			[]Fact{begun, forked, {Kind: Forked, PID: 11, Child: 12, Parent: 10}},
			0, false,
			true, func(h *History) bool { return h.Get(12).Parent == 10 },
		},
		{"it ran already", []Fact{
			{Kind: Attached, PID: 10, Parent: 1, Args: []string{"a"}, Disposition: Handled},
			{Kind: Attached, PID: 11, Parent: 10, Zombie: true},
		}, time.Minute, true, true, func(h *History) bool {
			return h.First().SIGCHLD == Handled && h.First().Children[0].PID == 11
		}},
		{
			"of unknown ones",
			[]Fact{begun, forked, {Kind: Exited, PID: 77}, {Kind: Waited, PID: 10, Child: 77}},
			0, false,
			true, func(h *History) bool { return len(h.All) == 2 && len(h.Facts) == 4 },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := fold(c.facts...)
			p := h.Get(11)
			now := at(len(c.facts) - 1).Add(time.Minute)
			zombie := p.Zombie(now)
			if c.zombie == time.Minute { // since its end
				zombie -= now.Sub(p.End.Time) - time.Minute
			}
			if zombie != c.zombie || p.Unreaped() != c.unreap || p.Listed() != c.listed {
				t.Errorf("a zombie for %v, unreaped %v, listed %v; want %v, %v, %v", zombie, p.Unreaped(), p.Listed(),
					c.zombie, c.unreap, c.listed)
			}
			if c.holds != nil && !c.holds(h) {
				t.Errorf("that does not follow:\n%+v\n%+v", h.First(), p)
			}
		})
	}
}

func TestKilledBy(t *testing.T) {
	t.Parallel()
	const sigkill, sigterm, sigsegv = 9, 15, 11
	begun := []Fact{{Kind: Execed, PID: 10}, {Kind: Forked, PID: 10, Child: 11, Parent: 10}}
	for _, c := range []struct {
		name  string
		facts []Fact
		want  int
	}{
		{"siginfo names it", []Fact{
			{Kind: Signalled, PID: 11, Signal: sigterm, Sender: 99}, {Kind: Killed, PID: 11, Signal: sigterm},
		}, 99},
		{"the kernel", []Fact{
			{Kind: Sent, PID: 10, Target: 11, Signal: sigsegv}, // it has handled that
			{Kind: Signalled, PID: 11, Signal: sigsegv}, {Kind: Killed, PID: 11, Signal: sigsegv},
		}, 0},
		{"SIGKILL is not announced", []Fact{
			{Kind: Sent, PID: 10, Target: 11, Signal: sigkill}, {Kind: Killed, PID: 11, Signal: sigkill},
		}, 10},
		{"from outside", []Fact{
			{Kind: Sent, PID: 10, Target: 11, Signal: sigterm},
			{Kind: Sent, PID: 10, Target: 12, Signal: sigkill},
			{Kind: Killed, PID: 11, Signal: sigkill},
		}, 0},
		{"too late", []Fact{
			{Kind: Killed, PID: 11, Signal: sigkill}, {Kind: Sent, PID: 10, Target: 11, Signal: sigkill},
		}, 0},
		{"it has exited", []Fact{
			{Kind: Sent, PID: 10, Target: 11, Signal: sigterm}, {Kind: Exited, PID: 11},
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := fold(slices.Concat(begun, c.facts)...)
			if got := h.KilledBy(h.Get(11)); got != c.want {
				t.Errorf("killed by %d, want %d", got, c.want)
			}
		})
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	h := fold(
		Fact{Kind: Execed, PID: 10}, Fact{Kind: Forked, PID: 10, Child: 11, Parent: 10},
		Fact{Kind: Signalled, PID: 11, Signal: 17}, // the former 11
		Fact{Kind: Exited, PID: 11}, Fact{Kind: Forked, PID: 10, Child: 11, Parent: 10},
		Fact{Kind: Signalled, PID: 11, Signal: 17}, Fact{Kind: Signalled, PID: 11, Signal: 15},
		Fact{Kind: Signalled, PID: 10, Signal: 17}, Fact{Kind: Signalled, PID: 11, Signal: 17},
	)
	if got := h.Signals(h.Get(11), 17); got != 2 {
		t.Errorf("%d signals, want the 2 that the latest with this PID has got", got)
	}
}
