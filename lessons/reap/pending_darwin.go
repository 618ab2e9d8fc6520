package reap

import "mtp/lessons/kit/narrate"

// seePending has nothing to show: macOS does not tell which signals are pending.
func seePending(*narrate.Narrator, int) error { return nil }
