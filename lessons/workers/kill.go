package workers

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// killOne shows the exit code of a process that did not exit by itself.
func killOne(s *stage.Stage, parent *process.Parent) {
	s.Step("kill", "Start one more child, and kill it.")
	p := parent.Process("job", "victim")
	p.Named = map[string]string{"lasts": "1h"}
	victim := start(s, p)
	victim.hello(s)

	var expected *stage.Prediction
	if runtime.GOOS != "windows" { // which has no signals
		expected = s.AskNumber("code",
			"mtp is going to kill it with signal {signal} (SIGKILL). Which exit code will Process report, as Python's exitcode does?",
			"signal", int(syscall.SIGKILL))
	}
	s.Must(victim.Kill())
	err := victim.Join(s.Context())
	var failure *process.Failure
	if !errors.As(err, &failure) {
		s.Must(errors.Join(fmt.Errorf("%s should have been killed", victim.Name), err))
	}
	collected := process.StatusSource(failure.PID)
	if failure.Code >= 0 {
		s.See("victim.code", collected,
			"{name} (nobody gave it a name): exit code {code}. Windows has no signals: TerminateProcess ended it, and set that code.",
			"name", failure.Name, "code", failure.Code)
		return
	}
	s.See("victim", collected,
		"{name} (nobody gave it a name): exit code {code}. A negative one says that a signal killed it: signal {signal}.",
		"name", failure.Name, "code", failure.Code, "signal", -failure.Code)
	expected.Is(failure.Code, collected)
}
