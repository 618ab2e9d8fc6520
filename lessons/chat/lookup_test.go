package chat

import (
	"net/netip"
	"testing"
)

func TestLookups(t *testing.T) {
	t.Parallel()
	for _, members := range []int{10, 100, 1000} {
		cost := lookUpAmong(members)
		if want := datagrams * (members + 1) / 2; cost.compared != want {
			t.Errorf("%d members: %d compared, want %d", members, cost.compared, want)
		}
		if min(cost.list, cost.linked, cost.dict) <= 0 {
			t.Errorf("%d members: %+v", members, cost)
		}
	}
	var addrs []netip.AddrPort
	var first *node
	for i := range 3 {
		addrs = append(addrs, netip.AddrPortFrom(netip.IPv6Loopback(), uint16(i)))
	}
	for i := 2; i >= 0; i-- {
		first = &node{addrs[i], first}
	}
	for i, addr := range addrs {
		if a, b := inList(addrs, addr), inLinkedList(first, addr); a != i+1 || b != i+1 {
			t.Errorf("the member %d: compared %d and %d", i, a, b)
		}
	}
}
