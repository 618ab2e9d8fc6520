// mtp teaches multi-process programming by doing it.
package main

import (
	"os"

	"mtp/commands"
)

// These are set by the linker in a release.
var version, commit, date string

func main() {
	os.Exit(commands.Main(os.Args, commands.System{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv,
		Version: version, Commit: commit, Date: date,
	}))
}
