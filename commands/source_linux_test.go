package commands_test

import (
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// The pager gets the source.
func TestSourceGoesThroughThePager(t *testing.T) {
	t.Parallel()
	s := outside.OnTerminal(t, "env", "PAGER=sed s/Wait/PAGED/", "mtp", "source", "zombie")
	if code := s.End(); code != 0 || !strings.Contains(s.Screen(), "No PAGED here") {
		t.Errorf("exit code %d:\n%s", code, s.Screen())
	}
}
