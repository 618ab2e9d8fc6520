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

// state is what there is to say of a process.
type state struct {
	zombie           time.Duration
	unreaped, listed bool
}

func TestHistory(t *testing.T) {
	t.Parallel()
	begun := Fact{Kind: Execed, PID: 10, Parent: 1, Args: []string{"a"}}
	forked := Fact{Kind: Forked, PID: 10, Child: 11, Parent: 10}
	ended := Fact{Kind: Exited, PID: 11, Status: 3, Zombie: true}
	exited := Fact{Kind: Exited, PID: 10}
	waits := Fact{Kind: Waiting, PID: 10}
	waited := Fact{Kind: Waited, PID: 10, Child: 11}
	ignores := Fact{Kind: Disposed, PID: 10, Disposition: Ignored}
	handles := Fact{Kind: Disposed, PID: 10, Disposition: Handled}
	execed := Fact{Kind: Execed, PID: 11}
	alive := state{listed: true}
	longZombie := state{zombie: time.Minute, unreaped: true, listed: true}
	for _, c := range []struct {
		name  string
		facts []Fact
		want  state // of 11, a minute after the last fact
		holds func(h *History) bool
	}{
		{"lives", []Fact{begun, forked}, alive, func(h *History) bool {
			p := h.Get(11)
			return len(h.Living()) == 2 && h.First().PID == 10 && p.Args[0] == "a" && !p.Execed &&
				h.First().Children[0] == p && p.Born.Equal(at(1))
		}},
		{"is a zombie", []Fact{begun, forked, ended}, longZombie, nil},
		{
			"is reaped",
			[]Fact{begun, forked, ended, waited},
			state{zombie: time.Second},
			func(h *History) bool { return len(h.First().Waits) == 1 && h.Get(11).Wait.PID == 10 },
		},
		{
			"is only looked at",
			[]Fact{begun, forked, ended, {Kind: Waited, PID: 10, Child: 11, Peek: true}},
			longZombie, nil,
		},
		{
			"goes without a wait",
			[]Fact{begun, forked, ended, {Kind: Reaped, PID: 11}},
			state{zombie: time.Second, unreaped: true},
			nil,
		},
		{"was never a zombie", []Fact{begun, forked, {Kind: Exited, PID: 11}}, state{}, nil},
		{
			"a wait without a child",
			[]Fact{begun, forked, ended, {Kind: Waited, PID: 10, NoHang: true}},
			longZombie,
			func(h *History) bool { return len(h.First().Waits) == 1 },
		},
		{"wait is under way", []Fact{begun, forked, waits}, alive, func(h *History) bool {
			return h.First().Waiting.Kind == Waiting
		}},
		{"wait is over", []Fact{begun, forked, waits, waited}, alive, func(h *History) bool {
			return h.First().Waiting.Kind == ""
		}},
		{
			"is an orphan",
			[]Fact{begun, forked, exited, {Kind: Orphaned, PID: 11, Former: 10, Parent: 1}},
			alive,
			func(h *History) bool {
				p := h.Get(11)
				return p.Parent == 1 && p.Birth.Parent == 10 && len(p.Orphaned) == 1
			},
		},
		{"inherits a disposition", []Fact{begun, ignores, forked}, alive, func(h *History) bool {
			return h.Get(11).SIGCHLD == Ignored
		}},
		{"exec drops it", []Fact{begun, handles, forked, execed}, alive, func(h *History) bool {
			return h.Get(11).SIGCHLD == Default && h.First().SIGCHLD == Handled
		}},
		{
			"exec keeps SIG_IGN",
			[]Fact{begun, ignores, forked, execed},
			alive,
			func(h *History) bool { return h.Get(11).SIGCHLD == Ignored && h.Get(11).Execed },
		},
		{
			"the PID comes again",
			[]Fact{begun, forked, ended, waited, forked},
			alive,
			func(h *History) bool {
				return len(h.All) == 3 && h.All[1] != h.Get(11) && h.All[1].Wait.Kind == Waited &&
					len(h.Living()) == 2
			},
		},
		{
			"it makes a brother",
			[]Fact{begun, forked, {Kind: Forked, PID: 11, Child: 12, Parent: 10}},
			alive, func(h *History) bool { return h.Get(12).Parent == 10 },
		},
		{
			"it ran already",
			[]Fact{
				{Kind: Attached, PID: 10, Parent: 1, Args: []string{"a"}, Disposition: Handled},
				{Kind: Attached, PID: 11, Parent: 10, Zombie: true},
			},
			longZombie,
			func(h *History) bool {
				return h.First().SIGCHLD == Handled && h.First().Children[0].PID == 11
			},
		},
		{
			"of unknown ones",
			[]Fact{begun, forked, {Kind: Exited, PID: 77}, {Kind: Waited, PID: 10, Child: 77}},
			alive,
			func(h *History) bool { return len(h.All) == 2 && len(h.Facts) == 4 },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := fold(c.facts...)
			p := h.Get(11)
			now := at(len(c.facts) - 1).Add(time.Minute)
			got := state{p.Zombie(now), p.Unreaped(), p.Listed()}
			if got.listed && got.zombie > 0 { // since its end
				got.zombie -= now.Sub(p.End.Time) - time.Minute
			}
			if got != c.want {
				t.Errorf("it is %+v, want %+v", got, c.want)
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
			{Kind: Signalled, PID: 11, Signal: sigterm, Sender: 99},
			{Kind: Killed, PID: 11, Signal: sigterm},
		}, 99},
		{"the kernel", []Fact{
			{Kind: Sent, PID: 10, Target: 11, Signal: sigsegv}, // it has handled that
			{Kind: Signalled, PID: 11, Signal: sigsegv}, {Kind: Killed, PID: 11, Signal: sigsegv},
		}, 0},
		{"SIGKILL is not announced", []Fact{
			{Kind: Sent, PID: 10, Target: 11, Signal: sigkill},
			{Kind: Killed, PID: 11, Signal: sigkill},
		}, 10},
		{"from outside", []Fact{
			{Kind: Sent, PID: 10, Target: 11, Signal: sigterm},
			{Kind: Sent, PID: 10, Target: 12, Signal: sigkill},
			{Kind: Killed, PID: 11, Signal: sigkill},
		}, 0},
		{"too late", []Fact{
			{Kind: Killed, PID: 11, Signal: sigkill},
			{Kind: Sent, PID: 10, Target: 11, Signal: sigkill},
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
