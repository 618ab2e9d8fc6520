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

// fold returns what makes a name the same as another: "Ann" and "ann" are one. It fails for a name that nobody may have: too long, with
// spaces or characters that are not seen, or one that reads like the administrator's. (RFC 8266, the Nickname profile of
// PRECIS.)
func fold(name string) (key string, ok bool) {
	if utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || !visible.Allowed(r) || r == '\u200c' || r == '\u200d'
	}) {
		return "", false
	}
	key, err := precis.Nickname.CompareKey(name)
	if err != nil || key == "" || utf8.RuneCountInString(key) > maxName || strings.ContainsFunc(key, unicode.IsSpace) {
		return "", false
	}
	if strings.ContainsAny(name+key, ":：") || !strings.ContainsFunc(key, shows) { // "name:text" is how the others are told
		return "", false
	}
	if strings.Contains(key, admin) || strings.Contains(key, "管理員") || key == "admin" || key == "administrator" || mixes(key) {
		return "", false
	}
	return key, true
}

// mixes reports whether a name has Latin letters and such as look like them, from Cyrillic or Greek.
func mixes(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) &&
		strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Cyrillic, unicode.Greek) })
}

// shows reports whether a character can be seen.
func shows(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != '\u2800' && !unicode.IsMark(r)
}
