// Package visible makes text from strangers harmless to a terminal.
package visible

import (
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may stand in a row that are drawn over a character, or below
// it, and how many beside it. Living scripts need up to four; more grow into the lines around.
const maxMarks = 4

// Append appends the text without what a terminal would obey or hide: control characters, escape
// sequences, bidirectional overrides, invisible characters, and what is no UTF-8. A newline shows
// as ⏎, and a tab as a space. Joiners and the choice between text and emoji stay where scripts and
// emoji need them, and of combining marks as many as those need.
func Append(to []byte, text []byte) []byte {
	var after context
	for len(text) > 0 {
		plain := 0
		for plain < len(text) && text[plain] >= ' ' && text[plain] < 0x7f {
			plain++
		}
		if plain > 0 {
			after = context{last: rune(text[plain-1])}
			to, text = append(to, text[:plain]...), text[plain:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n', r == '\u2028', r == '\u2029':
			to, after = append(to, "⏎"...), context{last: '⏎'}
		case r == '\t':
			to, after = append(to, ' '), context{last: ' '}
		case r == utf8.RuneError && size == 1:
		case r == 0x1b:
			size = escape(text)
		case r == 0x9b: // CSI in one character
			size += parameters(text[size:])
		case isIdeograph(r): // nearly all of a Chinese text
			to, after = append(to, text[:size]...), context{last: r}
		case after.allows(r):
			to = append(to, text[:size]...)
		}
		text = text[size:]
	}
	return to
}

// context is what stands before a character.
type context struct {
	last  rune // 0: nothing
	marks [2]int
}

// allows reports whether a character is shown here, and if so, it is now the last one.
func (c *context) allows(r rune) bool {
	kind := 0
	switch {
	case unicode.IsLetter(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		*c = context{last: r} // the usual one first: it costs half
		return true
	case !Allowed(r):
		return false
	case isJoiner(r): // it shapes letters, and makes one emoji of many
		if c.last < utf8.RuneSelf || isJoiner(c.last) || unicode.IsSpace(c.last) {
			return false
		}
	case isPresentation(r): // of what may be an emoji
		if !unicode.In(c.last, unicode.S, unicode.P, unicode.Nd) {
			return false
		}
	case !unicode.IsMark(r):
		*c = context{last: r}
		return true
	case unicode.Is(unicode.Mc, r):
		kind = 1
		fallthrough
	default:
		if c.marks[kind] == maxMarks {
			return false
		}
		c.marks[kind]++
	}
	c.last = r
	return true
}

// Allowed reports whether a character may be shown as it is, in some place at least.
func Allowed(r rune) bool {
	if isIdeograph(r) || isJoiner(r) || isPresentation(r) {
		return true
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp,
		unicode.Noncharacter_Code_Point, unicode.Other_Default_Ignorable_Code_Point,
		unicode.Variation_Selector)
}

func isIdeograph(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }

// isJoiner reports whether a character is one of no width that joins its neighbours, or keeps them
// apart.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// isPresentation reports whether a character chooses text or emoji for the one before it.
func isPresentation(r rune) bool { return r == '\ufe0e' || r == '\ufe0f' }

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
