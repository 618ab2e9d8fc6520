package chat

import (
	"testing"
	"time"
)

// Nobody waits for a screen that takes nothing: what does not fit is counted, and told when it
// takes something again. After the end something may still happen.
func TestNarration(t *testing.T) {
	t.Parallel()
	unsaid := make(chan int64, 1)
	n := narrate(func(count int64) { unsaid <- count })
	stuck, goesOn := make(chan struct{}), make(chan struct{})
	n.later(func() { close(stuck); <-goesOn })
	<-stuck
	said := 0
	const more = 7
	for range cap(n.queue) + more {
		n.later(func() { said++ })
	}
	close(goesOn)
	if count := <-unsaid; count != more {
		t.Errorf("%d could not be said, want %d", count, more)
	}
	if !n.end(time.Minute) || said != cap(n.queue) {
		t.Errorf("said: %d, want %d", said, cap(n.queue))
	}
	n.later(func() {})
}
