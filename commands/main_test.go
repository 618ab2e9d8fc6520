package commands_test

import (
	"os"
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
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true})
}
