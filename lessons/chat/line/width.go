package line

import "github.com/clipperhouse/displaywidth"

// Width is how many columns a text takes.
func Width(text string) int { return displaywidth.String(text) }

// rows is how many rows a line takes that was drawn on a terminal, escape sequences in it or not.
func rows(drawn string, columns int) int {
	width := displaywidth.Options{ControlSequences: true}.String(drawn)
	return max(1, (width+columns-1)/columns)
}
