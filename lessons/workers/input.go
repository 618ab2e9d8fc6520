package workers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// askForInput shows what a process can read: nothing.
func askForInput(s *stage.Stage, parent *process.Parent) {
	s.Step("input", "Can a child read what the user types? Start one that reads a line.")
	asker := start(s, parent.Process("ask"))
	var file, answer string
	asker.hear(s, "%q %q\n", &file, &answer)
	s.See("eof", kernel.Stdout(asker.PID()),
		"{name}: my standard input is {file}, and reading a line from it gave: {answer}.",
		"name", asker.Name, "file", file, "answer", answer)
	s.Say("onekeyboard",
		"Its input is empty, as in Python: several processes that read one keyboard would take each other's lines.")
	s.Must(asker.Join(s.Context()))
}

// ask reads a line, and says from where and what it got.
func ask([]string) error {
	file, err := os.Readlink("/dev/fd/0")
	if err != nil {
		file = os.Stdin.Name()
	}
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if errors.Is(err, io.EOF) {
		answer = "EOF"
	} else if err != nil {
		return err
	}
	fmt.Printf("%q %q\n", file, answer)
	return nil
}
