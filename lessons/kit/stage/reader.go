package stage

import (
	"time"
	"unicode"

	"mtp/lessons/kit/event"
)

// reader is somebody who reads along, at a speed that most people read at.
type reader struct {
	pace   float64   // 1: at that speed, 2: twice as slow, 0: nobody waits for the reader
	doneAt time.Time // when all that was shown will have been read
}

// How long reading takes at pace 1.
const (
	perWord      = time.Minute / 200
	perCharacter = time.Minute / 400 // of Chinese
	perPicture   = 2 * time.Second
)

// readingTime is how long a text takes to be read at pace 1.
func readingTime(text string) (lasts time.Duration) {
	inWord := false
	for _, r := range text {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case unicode.Is(unicode.Han, r):
			lasts += perCharacter
			inWord = false
		case letter && !inWord:
			lasts += perWord
			inWord = true
		case !letter && unicode.IsSpace(r):
			inWord = false
		}
	}
	return lasts
}

// shown adds what was just shown to what is to be read.
func (r *reader) shown(e event.Event) {
	takes := readingTime(e.Text) + readingTime(e.Command)
	if e.Picture != nil {
		takes += perPicture
	}
	r.doneAt = time.Now().Add(r.left() + time.Duration(float64(takes)*r.pace))
}

// left is how long the reader will still read: what passes while a lesson acts is not paid twice.
func (r *reader) left() time.Duration { return max(time.Until(r.doneAt), 0) }

// isThrough has the reader through with all of it: Enter was pressed.
func (r *reader) isThrough() { r.doneAt = time.Time{} }
