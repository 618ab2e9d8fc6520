package process

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// Role is what a child of mtp does. Its arguments are what follows in `mtp role <lesson> <role>
// [args]`; it talks to its parent by lines on its standard input and output, so that a student can
// play the parent in a terminal.
type Role func(args []string) error

// Roles are a lesson's roles by name.
type Roles map[string]Role

// Lifetime is how long a role lives at most, whatever happens, unless it is a partner.
const Lifetime = 12 * time.Hour

// ps and /proc/PID/stat show the state of a process's first thread: let it be the one that tells
// the lesson, or plays the role. While packages are initialised the main goroutine runs there;
// later it may move.
func init() { runtime.LockOSThread() } //nolint:gochecknoinits // there is no other moment

// Play runs a role as the whole of this process, and returns its exit code. It ends the process
// early when the leash is let go of, or the role's lifetime is over.
func Play(lessons map[string]Roles, args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "mtp: usage: mtp role <lesson> <role> [args]")
		return 2
	}
	role, ok := lessons[args[0]][args[1]]
	if !ok {
		fmt.Fprintf(os.Stderr, "mtp: lesson %q has no role %q\n", args[0], args[1])
		return 2
	}
	if !isPartner() { // which lives as long as a person likes
		time.AfterFunc(Lifetime, func() {
			const text = "mtp role %s %s: no role lives longer than %v\n"
			fmt.Fprintf(os.Stderr, text, args[0], args[1], Lifetime)
			os.Exit(1)
		})
	}
	if leash := Inherited(); leash != nil {
		leash.hold()
	}
	if err := role(args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "mtp role %s %s: %v\n", args[0], args[1], err)
		return 1
	}
	return 0
}

// Work is a role, or a part of one: it takes as long as its only argument says.
func Work(args []string) error {
	if len(args) != 1 {
		return errors.New("want a duration as the only argument")
	}
	duration, err := time.ParseDuration(args[0])
	time.Sleep(duration)
	return err
}

// AwaitLine blocks until the parent writes a line to the standard input or closes it.
func AwaitLine() {
	for one := make([]byte, 1); ; {
		if n, err := os.Stdin.Read(one); err != nil || n == 1 && one[0] == '\n' {
			return
		}
	}
}
