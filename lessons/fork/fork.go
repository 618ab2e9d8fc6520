//go:build unix

// Package fork shows fork(2): one process calls it, two return from it.
//
// The child is a copy of its parent: same program, same variables at the same addresses, same open
// files, same next line. What differs is the PID, the parent's PID, and what fork returned: the
// child's PID in the parent, 0 in the child. So the program goes on with if pid == 0 { … } else { …
// }, and each of the two takes its own branch. The copy is cheap, because no memory is copied: both
// page tables point to the same pages, marked read-only, and only when one of the two writes does
// the kernel copy that page (copy-on-write). From then on the two have their own values at the same
// address. Only a page that was mapped to be shared (MAP_SHARED, see mmap(2)) stays one for both.
//
// Which of the two goes on first is not specified. And the call can fail: then there is no child.
package fork

import (
	"mtp/lessons/kit/event"
	"mtp/lessons/kit/quiz"
)

// Options are the lesson's flags.
type Options struct {
	Children int  `help:"How many children to fork." default:"1" placeholder:"N"`
	Race     *int `help:"Fork this many times, and only count who writes first: parent or child." placeholder:"N"`
	Fail     bool `help:"See a fork that fails: at a limit of one process."`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Children < 1 || o.Children > 1000 {
		return event.Mistake("mistake.children", "--children must be from 1 to 1000")
	}
	if o.Race != nil && (*o.Race < 1 || *o.Race > 1_000_000) {
		return event.Mistake("mistake.race", "--race must be from 1 to 1000000")
	}
	if o.Race != nil && o.Fail {
		return event.Mistake("mistake.both",
			"--race and --fail are two different runs: give one of them")
	}
	return nil
}

// Questions are the forms of what is asked.
func (o Options) Questions() []quiz.Form {
	switch {
	case o.Fail:
		return []quiz.Form{quiz.YesNo}
	case o.Race != nil:
		return nil
	}
	return []quiz.Form{quiz.Number, quiz.Number, quiz.Number}
}

// exitStatus is what the children exit with: more than the 8 bits that survive.
const exitStatus = 404
