package exit

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"mtp/lessons/kit/stage"
)

// buffers shows what _exit leaves in them.
func buffers(s *stage.Stage) {
	s.Step("buffer",
		"A child writes a line at once, and another into a buffer. A deferred function should flush the buffer. The child's main returns.")
	returned, written := hear(s, "buffered", "return")
	seeArrived(s, returned, written)

	lost := s.AskNumber("lines",
		"Another child does the same, but ends with _exit. How many lines will arrive?")
	s.Step("skip",
		"The same, but now the child calls _exit (os.Exit in Go, os._exit in Python).")
	exited, written := hear(s, "buffered", "exit")
	lost.Is(seeArrived(s, exited, written), pipeFrom(exited))
	s.So("lost", "The second line was in the child's memory, and went with it.")
	s.Say("handlers",
		"C's exit is gentler. First it runs the handlers of atexit, then it flushes stdio's buffers, and then it calls _exit.")
}

// buffered writes a line, writes another into a buffer, and ends in the way that its argument says.
func buffered(args []string) error {
	fmt.Println("a line that is written at once") // Go's standard output has no buffer
	buffer := bufio.NewWriter(os.Stdout)
	defer func() { _ = buffer.Flush() }()
	fmt.Fprintln(buffer, "a line in a buffer")
	if strings.Join(args, " ") == "exit" {
		os.Exit(0)
	}
	return nil
}
