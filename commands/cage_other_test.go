//go:build !linux

package commands_test

// cage needs a subreaper.
func cage([]string) int { panic("no cage on this system") }
