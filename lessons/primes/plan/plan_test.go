package plan

import (
	"strings"
	"testing"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Limit{
		"0": 0, "1": 1, "100000": 100_000, "100_000": 100_000, "1e10": 1e10, "1E3": 1000,
		"2.5e3": 2500, "1e18": 1e18, "0x10": 16,
	} {
		var got Limit
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "abc", "-1", "1e30", "1e18000000", "1.5", "1e-3", "Inf", "NaN",
		"1000000000000000001", "1e18.5", "1 000",
	} {
		var got Limit
		err := got.UnmarshalText([]byte(text))
		if err == nil || !strings.Contains(err.Error(), "from 0 to 1e18") {
			t.Errorf("%q: %d, %v; want an error that says the range", text, got, err)
		}
	}
}

func FuzzLimit(f *testing.F) {
	f.Add("1e10")
	f.Add("1e-999999999999")
	f.Add("100_000")
	f.Fuzz(func(t *testing.T, text string) {
		var limit Limit
		if err := limit.UnmarshalText([]byte(text)); err == nil && limit > maxAsked {
			t.Errorf("%q: %d", text, limit)
		}
	})
}

// The course's parts are equally long, and cost 1, 3, 5 and 7 sixteenths of the divisions.
func TestStaticPartsAreEquallyLong(t *testing.T) {
	t.Parallel()
	p := New(Trial, 100_000, true, 4)
	for n := range 4 {
		above, upTo := p.Range(n)
		if above != uint64(n)*25_000 || upTo != above+25_000 {
			t.Errorf("part %d is above %d, up to %d", n, above, upTo)
		}
	}
	if p.Share(0) != 1.0/16 || p.Share(3) != 7.0/16 {
		t.Errorf("shares %v and %v", p.Share(0), p.Share(3))
	}
}
