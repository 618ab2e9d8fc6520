package workers

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// compareWithThread starts a thread, the other way to do several things at once, and shows what it
// shares with its process. /proc/PID/task, which lists threads, is Linux's.
func compareWithThread(s *stage.Stage, w *worker) {
	if runtime.GOOS != "linux" {
		return
	}
	s.Step("thread",
		"Threads are another way to do jobs side by side. Start one in mtp, and let it write its number (TID) into a variable of mtp's.")
	var number string
	written, end := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // it has a thread to itself, which ends with it
		self, err := os.Readlink("/proc/thread-self")
		number = filepath.Base(self)
		written <- err
		<-end
	}()
	defer close(end)
	s.Must(<-written)
	s.See("shared", kernel.In("number", os.Getpid()),
		"mtp's variable is {number} now: the thread has the same memory.", "number", number)
	ofMTP, ofJob := tasks(os.Getpid()), tasks(w.PID())
	if all := threads(ofMTP); slices.Contains(all, number) {
		s.See("samepid", ofMTP,
			"{number} is listed among the threads of the process {pid}, mtp: the thread has no PID of its own.",
			"number", number, "pid", os.Getpid())
	}
	if all := threads(ofJob); len(all) > 0 && !slices.Contains(all, number) {
		s.See("ownpid", ofJob,
			"It is not among those of {pid}: {name} is another process, and the {count} threads listed there are its own.",
			"pid", w.PID(), "name", w.called, "count", len(all))
	}
	s.So("threads",
		"Threads share the PID and the memory of their process. A process has a PID and, unless it asks for shared memory, a memory of its own: it is told what it needs, and sends back what it finds out.")
}

// tasks is where the kernel lists the threads of a process.
func tasks(pid int) kernel.Source { return kernel.Source(fmt.Sprintf("/proc/%d/task", pid)) }

// threads reads their numbers. A process that is gone has none.
func threads(folder kernel.Source) (numbers []string) {
	all, _ := os.ReadDir(folder.From())
	for _, thread := range all {
		numbers = append(numbers, thread.Name())
	}
	return numbers
}
