// Package visible makes text from strangers harmless to a terminal.
package visible

import (
	"unicode"
	"unicode/utf8"
)

// Append appends the text without what a terminal would obey or hide: control characters, escape
// sequences, bidirectional overrides, invisible characters, and what is no UTF-8. A newline shows
// as ⏎, and a tab as a space. The zero-width joiner and non-joiner stay, for scripts and emoji need
// them.
func Append(to []byte, text []byte) []byte {
	for len(text) > 0 {
		plain := 0
		for plain < len(text) && text[plain] >= ' ' && text[plain] < 0x7f {
			plain++
		}
		if plain > 0 {
			to, text = append(to, text[:plain]...), text[plain:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n', r == '\u2028', r == '\u2029':
			to = append(to, "⏎"...)
		case r == '\t':
			to = append(to, ' ')
		case r == utf8.RuneError && size == 1:
		case r == 0x1b:
			size = escape(text)
		case r == 0x9b: // CSI in one character
			size += parameters(text[size:])
		case Allowed(r):
			to = append(to, text[:size]...)
		}
		text = text[size:]
	}
	return to
}

// Allowed reports whether a character is shown as it is.
func Allowed(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	switch r {
	case nonJoiner, joiner:
		return true
	case '\u2028', '\u2029': // separators
		return false
	case '\u115f', '\u1160', '\u3164', '\uffa0': // fillers, which show nothing
		return false
	}
	return !unicode.IsControl(r) && !unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs)
}

// escape is the length of the escape sequence (ECMA-48) at the beginning of a text.
func escape(text []byte) int {
	if len(text) < 2 {
		return len(text)
	}
	switch text[1] {
	case '[': // CSI: a control sequence
		return 2 + parameters(text[2:])
	case ']', 'P', 'X', '^', '_': // OSC and the other strings, up to ST or BEL
		for i := 2; i < len(text); i++ {
			if text[i] == 0x07 || text[i] == 0x1b && i+1 < len(text) && text[i+1] == '\\' {
				if text[i] == 0x1b {
					i++
				}
				return i + 1
			}
			if text[i] == '\n' {
				return i // unfinished: no more than the line is lost
			}
		}
		return len(text)
	}
	for i := 1; i < len(text); i++ { // intermediate characters, then a final one
		switch c := text[i]; {
		case c >= 0x20 && c <= 0x2f:
		case c >= 0x30 && c <= 0x7e:
			return i + 1
		default:
			return i
		}
	}
	return len(text)
}

// parameters is the length of a control sequence after its introducer.
func parameters(text []byte) int {
	for i, c := range text {
		switch {
		case c >= 0x20 && c <= 0x3f:
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		default:
			return i
		}
	}
	return len(text)
}
