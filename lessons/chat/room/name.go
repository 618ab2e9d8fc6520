package room

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"mtp/lessons/chat/visible"
)

// maxName is how many characters a name may have.
const maxName = 32

// fold returns what makes a name the same as another: "Ann" and "ann" are one. It fails for a name
// that nobody may have: too long, with spaces or characters that are not seen, or one that reads
// like the administrator's. (RFC 8266, the Nickname profile of PRECIS.)
func fold(name string) (key string, ok bool) {
	if utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, isHidden) {
		return "", false
	}
	key, err := precis.Nickname.CompareKey(name)
	if err != nil || utf8.RuneCountInString(key) > maxName {
		return "", false
	}
	if strings.ContainsFunc(key, unicode.IsSpace) || !strings.ContainsFunc(key, shows) {
		return "", false
	}
	if strings.ContainsAny(name+key, ":：") { // "name:text" is how the others are told
		return "", false
	}
	return key, !isAdmins(key) && !mixes(key)
}

// isAdmins reports whether a name reads like the administrator's.
func isAdmins(key string) bool {
	return strings.Contains(key, Admin) || strings.Contains(key, "管理員") ||
		key == "admin" || key == "administrator"
}

// mixes reports whether a name has Latin letters, and Cyrillic or Greek ones, which look like them.
func mixes(name string) bool {
	isLatin := func(r rune) bool { return unicode.Is(unicode.Latin, r) }
	isAlike := func(r rune) bool { return unicode.In(r, unicode.Cyrillic, unicode.Greek) }
	return strings.ContainsFunc(name, isLatin) && strings.ContainsFunc(name, isAlike)
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
