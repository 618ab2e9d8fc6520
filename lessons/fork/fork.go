//go:build unix

// Package fork shows fork(2): one process calls it, two return from it.
//
// The child is a copy of its parent: same program, same variables at the same addresses, same open
// files, same next line. What differs is the PID, and what fork returned: the child's PID in the
// parent, 0 in the child. The copy is cheap, because no memory is copied: both page tables point to
// the same pages, marked read-only, and only when one of the two writes does the kernel copy that
// page (copy-on-write). From then on the two have their own values at the same address.
package fork

import "errors"

// Options are the lesson's flags.
type Options struct {
	Children int  `help:"How many children to fork." default:"1" placeholder:"N"`
	Race     *int `help:"Fork this many times, and only count who runs first: parent or child." placeholder:"N"`
}

// Validate is called by the command line.
func (o Options) Validate() error {
	if o.Children < 1 || o.Children > 1000 {
		return errors.New("--children must be from 1 to 1000")
	}
	if o.Race != nil && (*o.Race < 1 || *o.Race > 1_000_000) {
		return errors.New("--race must be from 1 to 1000000")
	}
	return nil
}

// exitStatus is what the children exit with: more than the 8 bits that survive.
const exitStatus = 404
