package cookie

import (
	"net/netip"
	"testing"
	"time"
)

func TestACookieIsForOneAddressAndForAWhile(t *testing.T) {
	t.Parallel()
	j, now := New(), time.Unix(1_700_000_000, 0)
	addr := netip.MustParseAddrPort("192.0.2.1:1000")
	c := j.Make(addr, []byte("ann"), now)
	for _, test := range []struct {
		jar  *Jar
		addr string
		name string
		now  time.Time
		want bool
	}{
		{j, "192.0.2.1:1000", "ann", now, true},
		{j, "192.0.2.1:1000", "ann", now.Add(2 * time.Minute), true},
		{j, "192.0.2.1:1000", "ann", now.Add(4 * time.Minute), false},
		{j, "192.0.2.1:1001", "ann", now, false},
		{j, "192.0.2.2:1000", "ann", now, false},
		{j, "192.0.2.1:1000", "bob", now, false},
		{New(), "192.0.2.1:1000", "ann", now, false},
	} {
		got := test.jar.Knows(c, netip.MustParseAddrPort(test.addr), []byte(test.name), test.now)
		if got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
	if j.Knows([16]byte{}, addr, []byte("ann"), now) {
		t.Error("nothing is taken as a cookie")
	}
}
