package chat

import (
	"net/netip"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// For each datagram the room has to find its sender among the members, by the address. They may be
// kept in a list, in a linked list or in a dict: in Go a slice, nodes, a map.

// inList finds a member in a list. It returns how many it has compared.
func inList(list []netip.AddrPort, sender netip.AddrPort) (compared int) {
	for _, addr := range list {
		compared++
		if addr == sender {
			break
		}
	}
	return compared
}

// node is a member in a linked list.
type node struct {
	addr netip.AddrPort
	next *node
}

// inLinkedList finds a member in a linked list. It returns how many it has compared.
func inLinkedList(first *node, sender netip.AddrPort) (compared int) {
	for n := first; n != nil; n = n.next {
		compared++
		if n.addr == sender {
			break
		}
	}
	return compared
}

const (
	datagrams = 1000 // whose senders are looked for, each member being it equally often
	times     = 10   // how often
)

// lookups is what it costs to find the senders of all of them.
type lookups struct {
	compared           int           // in the list, as in the linked list
	list, linked, dict time.Duration // the fastest of several times
}

// lookUpAmong looks for the senders among so many members, in each of the three ways.
func lookUpAmong(members int) (cost lookups) {
	list, dict := make([]netip.AddrPort, members), map[netip.AddrPort]int{}
	var first *node
	for i := members - 1; i >= 0; i-- {
		list[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(10_000+i))
		dict[list[i]] = i
		first = &node{list[i], first}
	}
	fastest := func(find func(sender netip.AddrPort) int) (total int, took time.Duration) {
		for range times {
			total = 0
			begun := time.Now()
			for d := range datagrams {
				total += find(list[d*7%members])
			}
			if took == 0 || time.Since(begun) < took {
				took = time.Since(begun)
			}
		}
		return total, took
	}
	inTheList := func(sender netip.AddrPort) int { return inList(list, sender) }
	linked := func(sender netip.AddrPort) int { return inLinkedList(first, sender) }
	inDict := func(sender netip.AddrPort) int { return dict[sender] }
	cost.compared, cost.list = fastest(inTheList)
	_, cost.linked = fastest(linked)
	_, cost.dict = fastest(inDict)
	return cost
}

// showLookups shows what the three ways cost here.
func showLookups(s *stage.Stage) {
	s.Step("lookup",
		"For each datagram the room has to find its sender among the members, by the address. How long that takes for {datagrams} datagrams, in three ways to keep the members (the fastest of {times} times):",
		"datagrams", datagrams, "times", times)
	table := s.Table("lookup.costs", "members", "members", "list", "list",
		"linked", "linked list", "compared", "both compare", "dict", "dict")
	for _, members := range []int{10, 100, 1000} {
		cost := lookUpAmong(members)
		each := float64(cost.compared) / datagrams
		table.Row(members, cost.list, cost.linked, each, cost.dict)
	}
	table.From(kernel.Source("clock_gettime(CLOCK_MONOTONIC)"))
	table.Show()
	s.So("lookup.kept",
		"A list and a linked list compare about half of the members on average; a dict (in Go: a map) works out from the address where to look, however many there are. To send to all, each of the three has to be walked through. So the room keeps two: a dict to find the sender, and a list to send to all.")
}
