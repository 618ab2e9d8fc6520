package commands

import (
	"slices"
	"strings"
)

// nearest are those of the names that somebody who typed a word may have meant: those that begin
// with it, else those that are fewest slips away from it, else those that begin like it.
func nearest(word string, names []string) []string {
	word = strings.ToLower(strings.TrimSpace(word))
	const most = 4 // more are no help
	const alike = 3
	slips := 2
	if len(word) <= alike {
		slips = 1
	}
	var begun, close, like []string
	for _, name := range names {
		if word != "" && strings.HasPrefix(name, word) {
			begun = append(begun, name)
		}
		switch n := slipsBetween(word, name); {
		case n < slips:
			slips, close = n, []string{name}
		case n == slips:
			close = append(close, name)
		}
		if len(word) >= alike && strings.HasPrefix(name, word[:alike]) {
			like = append(like, name)
		}
	}
	for _, found := range [][]string{begun, close, like} {
		if len(found) > 0 && len(found) <= most {
			return found
		}
	}
	return nil
}

// slipsBetween counts the slips that turn one word into the other: a letter too many, too few,
// another one, or two that changed places (the optimal string alignment distance).
func slipsBetween(from, to string) int {
	a, b := []rune(from), []rune(to)
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			if i == 0 || j == 0 {
				rows[i][j] = i + j
				continue
			}
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+other)
			if i > 1 && j > 1 && slices.Equal(a[i-2:i], []rune{b[j-1], b[j-2]}) {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
