// Package outside is for tests that don't believe a lesson: they start mtp in a cage from which
// nothing escapes unseen, as JSON or on a terminal, and look at its processes with ps.
package outside

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"mtp/commands"

	"github.com/rogpeppe/go-internal/testscript"
)

// Main is to be called by TestMain: the test binary is also mtp itself, and the cage in which the
// tests watch it, and a keeper, which adopts and does not wait; each has its name in the PATH.
func Main(m *testing.M) {
	// Most tests wait, now and then. With more at once each lesson lasts longer, and looks at its
	// processes all the while: that costs more than it saves.
	parallel := strconv.Itoa(2 * runtime.GOMAXPROCS(0))
	if err := flag.Set("test.parallel", parallel); err != nil {
		panic(err)
	}
	if strings.HasSuffix(os.Args[0], ".test") { // not mtp itself, nor a cage
		// The system's own tools: a version manager's shims take longer to start than a lesson.
		err := os.Setenv("PATH", "/usr/bin:/bin:"+os.Getenv("PATH"))
		if err = errors.Join(err, os.Setenv(race, quickExit+os.Getenv(race))); err != nil {
			panic(err)
		}
	}
	testscript.Main(m, map[string]func(){
		"mtp": func() {
			os.Exit(commands.Main(os.Args, commands.System{
				In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
			}))
		},
		"cage":   func() { os.Exit(cage(os.Args[1:])) },
		"keeper": func() { os.Exit(keeper(os.Args[1:])) },
	})
}

// A process with the race detector sleeps for a second before it ends, unless it is told not to.
// There are thousands of processes in the tests, and some have to end at once.
const (
	race      = "GORACE"
	quickExit = "atexit_sleep_ms=0 "
)

// Scripts runs the sessions in testdata: what a user types, and gets.
func Scripts(t *testing.T) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv(race, os.Getenv(race))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
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
