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
	if got := through(Network{Loss: 0.5, Seed: 1}); len(got) < 60 || len(got) > 140 || !slices.IsSorted(got) {
		t.Errorf("half lost: %d of 200", len(got))
	}
	if got := through(Network{Loss: 1}); len(got) != 0 {
		t.Errorf("all lost: %d", len(got))
	}
	if got := through(Network{Dup: 0.5, Seed: 1}); len(got) < 260 || len(got) > 340 || len(slices.Compact(got)) != 200 {
		t.Errorf("half doubled: %d", len(got))
	}
	got := through(Network{Reorder: 0.5, Seed: 1})
	if slices.IsSorted(got) || len(got) < 199 {
		t.Errorf("half reordered: %v", got)
	}
	if !slices.Equal(got, through(Network{Reorder: 0.5, Seed: 1})) || slices.Equal(got, through(Network{Reorder: 0.5, Seed: 2})) {
		t.Error("the seed does not make it repeatable")
	}
}
