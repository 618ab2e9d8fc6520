package exit

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

func hasPython() bool {
	_, err := exec.LookPath("python3")
	return err == nil
}

// python shows that Python has an exit that cleans up, and one that does not.
func python(s *stage.Stage) {
	if !hasPython() {
		s.Say("nopython",
			"Python's sys.exit(\"text\") raises SystemExit, so finally blocks run; then the text goes to the standard error, and the status is 1. After os._exit(7) nothing runs. (There is no python3 here that could show it.)")
		return
	}
	s.Step("python",
		"Python has two ways: sys.exit and os._exit. Call each inside a try, whose finally prints \"finally\".")
	raising, ending := startPython(s, `sys.exit("text")`), startPython(s, "os._exit(7)")
	table := s.Table("pythons", "call", "the call", "stdout", "stdout", "stderr", "stderr",
		"status", "exit status")
	for _, run := range []*pythonRun{raising, ending} {
		run.end(s)
		table.Row(run.call, shown(s, run.stdout), shown(s, run.stderr), run.status.ExitStatus())
	}
	table.From(raising.from + ", and " + raising.child.Stdout() + " …")
	table.Show()
	if raising.stdout == "finally" && ending.stdout == "" {
		s.So("raised",
			"sys.exit raised SystemExit, so the finally block ran; os._exit ended the process at once.")
	}
}

// pythonRun is a Python program that ends with a call.
type pythonRun struct {
	call           string
	child          *stage.Child
	errors         io.Reader
	stdout, stderr string
	status         syscall.WaitStatus
	from           kernel.Source // where the status was read
}

// startPython starts a program that makes the call.
func startPython(s *stage.Stage, call string) *pythonRun {
	const program = "import os, sys\ntry:\n    %s\nfinally:\n    print('finally')"
	child := s.Program("python3", "-c", fmt.Sprintf(program, call))
	errors, write := s.Pipe()
	child.Cmd.Stderr = write
	child.Listen()
	child.Start()
	write.Close()
	return &pythonRun{call: call, child: child, errors: errors}
}

// end lets it run to its end.
func (r *pythonRun) end(s *stage.Stage) {
	r.stdout = strings.TrimSpace(r.child.HearAll())
	complaint, err := io.ReadAll(r.errors)
	s.Mustf(err, "hear from python3")
	r.stderr = strings.TrimSpace(string(complaint))
	r.status, r.from = wait(s, r.child)
}

// shown is what a program has written, as a cell.
func shown(s *stage.Stage, text string) any {
	if first, _, _ := strings.Cut(text, "\n"); first != "" {
		return first
	}
	return event.Word{Key: "", Text: s.Text("nothing", "(nothing)")}
}
