package picture

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
)

func listingOn(columns int, l Listing) string {
	met := map[string]bool{}
	return l.Draw(event.Pen{
		Columns: columns,
		Paint:   func(text string, _ ...event.Ink) string { return text },
		Wrap:    func(text string, _ int) []string { return []string{text} },
		Word:    func(_, text string) string { return text },
		First: func(word string) bool {
			before := met[word]
			met[word] = true
			return !before
		},
	})
}

func TestListing(t *testing.T) {
	t.Parallel()
	got := strings.ReplaceAll(listingOn(40, Listing{
		{PID: 1, State: kernel.Sleeping, Age: 50 * time.Hour, Comm: "init", Args: "/sbin/init"},
		{PID: 20, PPID: 1, State: kernel.Zombie, Age: time.Second, Comm: "a\x1b[2J", Marked: true},
		{PID: 30, PPID: 1, State: "t", Age: 61 * time.Second, Comm: "b", Args: "b " +
			strings.Repeat("中", 30)},
		{PID: 40, PPID: 30, State: kernel.Sleeping, Age: 0, Comm: "kernelish"},
	}), "\u00a0", " ")
	for _, line := range []string{
		"    1 S   2 d 2 h  /sbin/init\n", "!  20 Z     1.0 s  ├ a?[2J <defunct>\n",
		"   30 t 1 min 1 s  └ b 中中中中中中中中…\n", "   40 S     0.0 s    └ [kernelish]\n",
		"S sleeping, Z zombie, t stopped by its tracer",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("%q is not in\n%s", line, got)
		}
	}
}

// However deep the tree is, no line is too wide, and the last has a name to show.
func TestADeepListingStaysNarrow(t *testing.T) {
	t.Parallel()
	var l Listing
	for i := 1; i <= 60; i++ {
		name := fmt.Sprintf("名字%d", i)
		l = append(l, Listed{PID: i, PPID: i - 1, State: kernel.Sleeping, Comm: name, Args: name})
	}
	got := listingOn(60, l)
	for line := range strings.Lines(got) {
		if width := displaywidth.String(strings.TrimSuffix(line, "\n")); width > 60 {
			t.Errorf("%d columns: %s", width, line)
		}
	}
	if !strings.Contains(got, "名字60") {
		t.Errorf("the deepest has no name:\n%s", got)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second:                         "0.0 s",
		3190 * time.Millisecond:              "3.1 s",
		time.Minute - time.Nanosecond:        "59.9 s",
		133 * time.Second:                    "2 min 13 s",
		time.Hour:                            "1 h 0 min",
		26*time.Hour + 59*time.Minute:        "1 d 2 h",
		3*time.Hour + 59999*time.Millisecond: "3 h 0 min",
	} {
		if got := strings.ReplaceAll(Span(d), "\u00a0", " "); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
