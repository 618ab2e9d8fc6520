package room

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/secure/precis"

	"mtp/lessons/chat/visible"
)

// maxName is how many characters a name may have.
const maxName = 32

// fold returns what makes a name the same as another: "Ann" and "ann" are one, and so are names
// that look alike, such as "apple" and "аррӏе". It fails for a name that nobody may have: too long,
// with spaces or characters that are not seen, of scripts that are not written together, or one
// that reads like the administrator's. (RFC 8266, the Nickname profile of PRECIS, and UTS #39.)
func fold(name string) (key string, ok bool) {
	if utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, isHidden) {
		return "", false
	}
	folded, err := precis.Nickname.CompareKey(name)
	if err != nil || utf8.RuneCountInString(folded) > maxName {
		return "", false
	}
	if strings.ContainsFunc(folded, unicode.IsSpace) || !strings.ContainsFunc(folded, shows) {
		return "", false
	}
	if strings.ContainsAny(name+folded, ":：") { // "name:text" is how the others are told
		return "", false
	}
	key = skeleton(name, folded)
	return key, key != "" && !isAdmins(key) && !mixes(folded)
}

// skeleton is the same for names that may be taken for each other. I is i in another case, and it
// looks like l: so "Ian", "ian" and "lan" are one.
func skeleton(name, folded string) string {
	// Letters of other scripts may look like Latin ones in one case only: Н, but not н, is an H.
	written, _ := precis.Nickname.String(name)
	latin := folded
	for _, cased := range []string{written, folded, strings.ToUpper(folded)} {
		if s := confusable.Skeleton(cased); isLatin(s) {
			latin = s
			break
		}
	}
	lower := strings.ToLower(confusable.Skeleton(strings.ToLower(latin)))
	return strings.ReplaceAll(lower, "i", "l")
}

// isLatin reports whether all letters are those of the Latin alphabet.
func isLatin(skeleton string) bool {
	return !strings.ContainsFunc(skeleton, func(r rune) bool {
		return r >= utf8.RuneSelf && unicode.IsLetter(r)
	})
}

// What admin and administrator are as keys: m looks like rn, and i and l are one.
const (
	adminKey         = "adrnln"
	administratorKey = "adrnlnlstrator"
)

// isAdmins reports whether a name with this key reads like the administrator's. Punctuation and
// marks make no other name of it.
func isAdmins(key string) bool {
	letters := strings.Map(func(r rune) rune {
		switch r { // as at a glance, or in traditional Chinese: UTS #39 has few ideographs
		case '菅', '筦':
			return '管'
		case '埋':
			return '理'
		case '員', '貟', '贠':
			return '员'
		}
		if !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, key)
	return strings.Contains(letters, Admin) || letters == adminKey || letters == administratorKey
}

// mixes reports whether a name is of scripts that are not written together: those of East Asia are,
// with Latin; any other stands alone. (UTS #39, "highly restrictive", but with all of East Asia.)
func mixes(name string) bool {
	var alone *unicode.RangeTable
	together := false
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.Common, unicode.Inherited):
		case unicode.In(r, unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana,
			unicode.Hangul, unicode.Bopomofo):
			together = true
		case alone == nil:
			alone = scriptOf(r)
		case !unicode.Is(alone, r):
			return true
		}
	}
	return together && alone != nil
}

func scriptOf(r rune) *unicode.RangeTable {
	for _, script := range unicode.Scripts {
		if unicode.Is(script, r) {
			return script
		}
	}
	return nil // it is not assigned yet; PRECIS lets none of these through
}

// isHidden reports whether a character leaves no mark of its own, or hides.
func isHidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsSpace(r) || !visible.Allowed(r) || r == nonJoiner || r == joiner
}

// shows reports whether a character can be seen.
func shows(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u2800' && !unicode.IsMark(r)
}
