package line

import "github.com/clipperhouse/displaywidth"

// Width is how many columns a text takes.
func Width(text string) int { return displaywidth.String(text) }

// Break breaks a text wherever it must, so that a part takes so many columns at most: between what
// a reader calls characters. A text of no length is one part.
func Break(text string, columns int) (parts []string) {
	begin, at, width := 0, 0, 0
	for g := displaywidth.StringGraphemes(text); g.Next(); at += len(g.Value()) {
		if width+g.Width() > columns && at > begin {
			parts = append(parts, text[begin:at])
			begin, width = at, 0
		}
		width += g.Width()
	}
	return append(parts, text[begin:])
}

// rows is how many rows a line takes that was drawn on a terminal, escape sequences in it or not.
func rows(drawn string, columns int) int {
	width := displaywidth.Options{ControlSequences: true}.String(drawn)
	return max(1, (width+columns-1)/columns)
}
