package line

import (
	"bytes"
	"unicode/utf8"
)

// name is what a key is for.
type name int

const (
	nothing name = iota
	text
	invalid
	enter
	interrupt
	endOrDelete
	deleteKey
	backspace
	leftKey
	rightKey
	home
	end
	up
	down
	killToEnd
	killToBegin
	killWord
	tab
	renew
	pasteBegin
	pasteEnd
	focusIn
	focusOut
)

// key is a key that was pressed.
type key struct {
	name name
	text string
}

// controls are the control characters that mean something, as in Emacs and readline.
var controls = map[byte]name{
	0x01: home, 0x02: leftKey, 0x03: interrupt, 0x04: endOrDelete, 0x05: end, 0x06: rightKey,
	0x08: backspace, '\t': tab, '\n': enter, 0x0b: killToEnd, 0x0c: renew, '\r': enter,
	0x0e: down, 0x10: up,
	0x15: killToBegin, 0x17: killWord, 0x7f: backspace,
}

// sequences are the escape sequences that mean something, without the escape character: those of
// xterm, rxvt and the Linux console.
var sequences = map[string]name{
	"[A": up, "[B": down, "[C": rightKey, "[D": leftKey, "[H": home, "[F": end,
	"OA": up, "OB": down, "OC": rightKey, "OD": leftKey, "OH": home, "OF": end,
	"[1~": home, "[4~": end, "[7~": home, "[8~": end,
	"[3~": deleteKey, "[200~": pasteBegin, "[201~": pasteEnd, "[I": focusIn, "[O": focusOut,
}

// longestSequence is more than any escape sequence that a keyboard sends.
const longestSequence = 32

// nextKey finds the first key in what was typed. size is 0 if it is not there in full yet. In a
// paste everything is text but its end, and line ends are spaces.
func nextKey(input []byte, pasting bool) (k key, size int) {
	if len(input) == 0 {
		return k, 0
	}
	switch c := input[0]; {
	case c == 0x1b:
		size = sequence(input)
		if size == 0 {
			return k, 0
		}
		name := sequences[string(input[1:size])]
		if pasting && name != pasteEnd {
			name = nothing
		}
		return key{name: name}, size
	case c == 0x03: // in whatever it comes
		return key{name: interrupt}, 1
	case pasting && (c == '\r' || c == '\n' || c == '\t'):
		return key{text, " "}, 1
	case c < ' ' || c == 0x7f:
		if pasting {
			return key{name: nothing}, 1
		}
		return key{name: controls[c]}, 1
	}
	// As much text as there is.
	size = len(input)
	if i := bytes.IndexFunc(input, func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
		size = i
	} else if n := unfinished(input); n > 0 {
		size -= n
	}
	if size == 0 {
		return k, 0
	}
	if !valid(string(input[:size])) {
		return key{name: invalid}, size
	}
	return key{text, string(input[:size])}, size
}

// unfinished is how many bytes at the end may be the begin of a character.
func unfinished(input []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(input); n++ {
		if c := input[len(input)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(input[len(input)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

// sequence is the length of the escape sequence at the begin; 0 if it is not there in full yet.
func sequence(input []byte) int {
	if len(input) < 2 {
		return 0
	}
	switch input[1] {
	case 0x03: // Ctrl-C is never a part of a sequence
		return 1
	case '[':
		for i := 2; i < min(len(input), longestSequence); i++ {
			if input[i] == 0x03 {
				return i
			}
			if input[i] < 0x20 || input[i] > 0x3f {
				return i + 1
			}
		}
		if len(input) >= longestSequence {
			return longestSequence
		}
		return 0
	case 'O':
		switch {
		case len(input) < 3:
			return 0
		case input[2] == 0x03:
			return 2
		}
		return 3
	}
	return 2 // Alt with a key
}
