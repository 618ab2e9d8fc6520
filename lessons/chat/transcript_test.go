package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/chat/line"
	"mtp/lessons/kit/event"
)

// Lines are full, words that are too long included, and nothing is lost but the spaces where a line
// ends.
func TestWrap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text    string
		columns int
		want    []string
	}{
		{"", 10, []string{""}},
		{"not broken at all", 0, []string{"not broken at all"}},
		{"hello, everybody", 10, []string{"hello,", "everybody"}},
		{"你好，世界，早上好", 10, []string{"你好，世", "界，早上好"}},
		{"0123456789abcdef and more", 10, []string{"0123456789", "abcdef and", "more"}},
		{"a 0123456789abcdefghijkl b", 10, []string{"a", "0123456789", "abcdefghij", "kl b"}},
		{
			"https://example.com/a/long/path/to", 10,
			[]string{"https://", "example.co", "m/a/long/", "path/to"},
		},
		{"a b a 0123456789ab a", 10, []string{"a b a", "0123456789", "ab a"}},
		{"你好", 1, []string{"你", "好"}},
	} {
		got := wrap(test.text, test.columns)
		if !slices.Equal(got, test.want) {
			t.Errorf("%q in %d columns: %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("a 0123456789abcdefghijklmnop b", byte(10))
	f.Add("你好，世界 https://example.com/你好 👩\u200d👩\u200d👧", byte(7))
	f.Fuzz(func(t *testing.T, text string, columns byte) {
		text = safe(text)
		lines := wrap(text, int(columns)+2)
		for _, l := range lines {
			if line.Width(l) > int(columns)+2 && len(line.Break(l, 1)) > 1 {
				t.Errorf("%q in %d columns: %q", text, columns, l)
			}
		}
		without := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := strings.Join(lines, ""); without(got) != without(text) {
			t.Errorf("%q became %q", text, lines)
		}
	})
}

// A name has its style for good, since a reader gets used to it; not all have the same.
func TestStyles(t *testing.T) {
	t.Parallel()
	if got := styleOf("ann"); !slices.Equal(got, []event.Ink{event.Bold}) {
		t.Errorf("ann: %v", got)
	}
	styles := map[string]bool{}
	for n := range 50 {
		style := styleOf(strconv.Itoa(n))
		if style[0] != event.Bold {
			t.Errorf("%d has colour alone: %v", n, style)
		}
		styles[fmt.Sprint(style)] = true
	}
	if len(styles) != 4 {
		t.Errorf("%v", styles)
	}
}
