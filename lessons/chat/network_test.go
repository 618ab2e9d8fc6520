package chat

import (
	"slices"
	"testing"
)

func TestBadNetwork(t *testing.T) {
	t.Parallel()
	through := func(n Network) (arrived []byte) {
		bad := newBadNetwork(n)
		for i := range byte(200) {
			bad.send([]byte{i}, func(data []byte) { arrived = append(arrived, data...) })
		}
		return arrived
	}
	if got := through(Network{}); len(got) != 200 || !slices.IsSorted(got) {
		t.Errorf("a good network: %d", len(got))
	}
	half := through(Network{Loss: 0.5, Seed: 1})
	if len(half) < 60 || len(half) > 140 || !slices.IsSorted(half) {
		t.Errorf("half lost: %d of 200", len(half))
	}
	if got := through(Network{Loss: 1}); len(got) != 0 {
		t.Errorf("all lost: %d", len(got))
	}
	doubled := through(Network{Dup: 0.5, Seed: 1})
	if n := len(doubled); n < 260 || n > 340 || len(slices.Compact(doubled)) != 200 {
		t.Errorf("half doubled: %d", n)
	}
	got := through(Network{Reorder: 0.5, Seed: 1})
	if slices.IsSorted(got) || len(got) < 199 {
		t.Errorf("half reordered: %v", got)
	}
	again, other := through(Network{Reorder: 0.5, Seed: 1}), through(Network{Reorder: 0.5, Seed: 2})
	if !slices.Equal(got, again) || slices.Equal(got, other) {
		t.Error("the seed does not make it repeatable")
	}
}
