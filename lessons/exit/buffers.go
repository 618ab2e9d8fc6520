package exit

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// buffers shows what _exit leaves in them.
func buffers(s *stage.Stage) {
	s.Step("buffer",
		"A child writes a line into a buffer. A deferred function is to write the buffer out. The child's main returns.")
	returned, written := run(s, "buffered", "return")
	seeArrived(s, returned, written)

	lost := s.AskNumber("bytes",
		"Another child does the same, but ends with _exit. How many bytes will arrive?")
	s.Step("skip",
		"The same, but now the child calls _exit (os.Exit in Go, os._exit in Python).")
	exited, written := run(s, "buffered", "exit")
	seeArrived(s, exited, written)
	lost.Is(len(written), pipeFrom(exited))
	s.Say("handlers",
		"The buffer was in the child's memory, and went with it. C's exit writes stdio's buffers out and runs the handlers of atexit, before it calls _exit.")
}

func seeArrived(s *stage.Stage, from *stage.Child, written string) {
	s.See("arrived", pipeFrom(from), "Bytes that have arrived: {bytes}.", "bytes", len(written))
}

// pipeFrom names the pipe that a child has written into.
func pipeFrom(child *stage.Child) kernel.Source {
	return kernel.Source(fmt.Sprintf("a pipe from %d", child.PID))
}

// buffered writes a line into a buffer, and ends in the way that its argument says.
func buffered(args []string) error {
	buffer := bufio.NewWriter(os.Stdout)
	defer func() { _ = buffer.Flush() }()
	fmt.Fprintln(buffer, "a line in a buffer")
	if strings.Join(args, " ") == "exit" {
		os.Exit(0)
	}
	return nil
}
