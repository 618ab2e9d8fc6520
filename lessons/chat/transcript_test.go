package chat

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"mtp/lessons/kit/event"
)

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
