package sampler

import (
	"os/exec"
	"testing"
	"time"

	"mtp/lessons/kit/kernel"
)

// A child's life: starting, alive, a zombie until it is reaped, gone.
func TestLaneOfAZombie(t *testing.T) {
	t.Parallel()
	cat := exec.Command("cat")
	letExit, err := cat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	s := New()
	defer s.Stop()
	s.Add(cat.Process.Pid, "cat", begun)
	letExit.Close()
	for deadline := time.Now().Add(10 * time.Second); !s.Lanes()[1].WasZombie(); {
		if time.Now().After(deadline) {
			t.Fatal("it sees no zombie")
		}
	}
	if err := cat.Wait(); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes()[1]
	if lane.PID != cat.Process.Pid || !lane.Gone || !lane.Begin().Equal(begun) {
		t.Errorf("got %+v", lane)
	}
	if first, last := lane.Spans[0], lane.Spans[len(lane.Spans)-1]; first.State != Starting ||
		last.State != kernel.Zombie {
		t.Errorf("from %s to %s, want from starting to Z", first.State, last.State)
	}
	for i := 1; i < len(lane.Spans); i++ {
		if !lane.Spans[i].Begin.Equal(lane.Spans[i-1].End) {
			t.Errorf("a gap before span %d: %+v", i, lane.Spans)
		}
	}
}
