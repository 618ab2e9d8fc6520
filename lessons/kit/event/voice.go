package event

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Language is the language of the narration.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// LanguageFor chooses the language: what was asked for ("en", "zh"), else ("auto", "") what the
// environment says, in the order of locale(7), with MTP_LANG first.
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

// Sentences maps a name to the Chinese sentence, which has the same holes as the English one.
type Sentences map[string]string

// Voice makes events, in the reader's language.
type Voice struct {
	Lesson   string
	Language Language
	Chinese  []Sentences // the first that has a name counts
}

// Make makes an event. A hole of the sentence that no field fills is filled by the fact, if there
// is one.
func (v Voice) Make(kind Kind, name string, fact Fact, text string, pairs ...any) Event {
	e := Event{Time: time.Now(), Lesson: v.Lesson, Kind: kind, Name: name, Fields: fields(pairs)}
	if fact != nil {
		e.Source = fact.From()
		known := fields(fact.Fields())
		for _, hole := range holes(text) {
			_, given := lookUp(e.Fields, hole)
			if value, ok := lookUp(known, hole); ok && !given {
				e.Fields = append(e.Fields, Field{Name: hole, Value: value})
			}
		}
	}
	e.Text = fill(v.translate(name, text), e.Fields)
	return e
}

// Text is a sentence, or a word or two, in the reader's language.
func (v Voice) Text(name, text string, pairs ...any) string {
	return fill(v.translate(name, text), fields(pairs))
}

// Error returns an error whose text is the sentence in the reader's language. It is for what a
// student can do something about; other errors are English, as the system's are.
func (v Voice) Error(name, text string, pairs ...any) error {
	return errors.New(v.Text(name, text, pairs...))
}

// Unsupported is Error for what is not possible here; it matches errors.ErrUnsupported.
func (v Voice) Unsupported(name, text string, pairs ...any) error {
	return unsupported{v.Error(name, text, pairs...)}
}

type unsupported struct{ error }

func (unsupported) Is(target error) bool { return target == errors.ErrUnsupported }

func (v Voice) translate(name, text string) string {
	if v.Language != Chinese || text == "" {
		return text
	}
	i := slices.IndexFunc(v.Chinese, func(s Sentences) bool { _, has := s[name]; return has })
	if i < 0 {
		return text
	}
	return v.Chinese[i][name]
}

// Mistake returns an error about what somebody has typed. Its sentence is made when the language is
// known: see Voice.Explain.
func Mistake(name, text string, pairs ...any) error {
	return &MistakeError{name: name, text: text, pairs: pairs}
}

// MistakeError is a mistake on the command line.
type MistakeError struct {
	name, text string
	pairs      []any
}

// Error is the sentence in English.
func (m *MistakeError) Error() string { return Voice{}.Text(m.name, m.text, m.pairs...) }

// Explain is the sentence in the reader's language.
func (v Voice) Explain(m *MistakeError) string { return v.Text(m.name, m.text, m.pairs...) }
