package process

import (
	"runtime"
	"sync"
)

// HaveThreads makes so many threads and leaves them idle. A Go program that needs one and can't
// have it crashes, and others may use up what there is.
func HaveThreads(count int) {
	var made, idle sync.WaitGroup
	made.Add(count)
	for range count {
		idle.Go(func() {
			runtime.LockOSThread() // so that it is one of its own
			made.Done()
			made.Wait()
			runtime.UnlockOSThread() // until then the runtime can't use it for anything else
		})
	}
	idle.Wait()
}
