package narrate

import "strings"

// Language is the language of the narration.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// LanguageFor chooses the language: what was asked for ("en", "zh"), else ("auto", "") what the environment says, in the
// order of locale(7), with MTP_LANG first.
func LanguageFor(asked string, getenv func(string) string) Language {
	if asked == "en" || asked == "zh" {
		return Language(asked)
	}
	for _, variable := range []string{"MTP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(variable); locale != "" {
			if strings.HasPrefix(locale, "zh") {
				return Chinese
			}
			return English
		}
	}
	return English
}
