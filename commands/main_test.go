package commands_test

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"mtp/commands"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is also mtp itself, and the cage in which the tests watch it; each has its name in the PATH.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mtp": func() {
			os.Exit(commands.Main(os.Args, commands.System{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv}))
		},
		"cage": func() { os.Exit(cage(os.Args[1:])) },
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true, Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits}})
}

// exits runs a command that has to exit with a code: exits 2 mtp zombi.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
