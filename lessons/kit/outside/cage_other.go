//go:build !linux

package outside

// cage needs a subreaper.
func cage([]string) int { panic("no cage on this system") }

// keeper needs one, too.
func keeper([]string) int { panic("no keeper on this system") }
