package stage

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/picture"
)

func TestReadingTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"":                           0,
		strings.Repeat("word ", 200): time.Minute,
		strings.Repeat("进", 400):     time.Minute,
		"PID 4711's parent.":         3 * perWord,
		"子进程 4711。":                  3*perCharacter + perWord,
		"    ├─ ↓ ":                  0,
		"/proc/4711/stat":            perWord,
	} {
		if got := readingTime(text); got != want {
			t.Errorf("%q takes %v, want %v", text, got, want)
		}
	}
}

// A pause is as long as what was shown takes to read, less what has passed since.
func TestThePauseBelongsToTheWords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		say := event.Event{Kind: event.Say, Text: strings.Repeat("word ", 20)} // 6 seconds
		tree := event.Event{Kind: event.Tree, Text: "Two words:", Picture: picture.Tree{}}
		r := reader{pace: 1}
		r.shown(say)
		r.shown(tree)
		all := 22*perWord + perPicture
		if got := r.left(); got != all {
			t.Errorf("it takes %v, want %v", got, all)
		}
		time.Sleep(2 * time.Second) // the lesson acts, or holds
		if got := r.left(); got != all-2*time.Second {
			t.Errorf("after two seconds %v are left, want %v", got, all-2*time.Second)
		}
		time.Sleep(time.Hour)
		r.shown(say)
		if got := r.left(); got != 20*perWord {
			t.Errorf("a reader who had nothing left to read takes %v", got)
		}
		r.isThrough()
		if got := r.left(); got != 0 {
			t.Errorf("after Enter %v are left", got)
		}
		slow, none := reader{pace: 2}, reader{}
		slow.shown(say)
		none.shown(say)
		if slow.left() != 40*perWord || none.left() != 0 {
			t.Errorf("pace 2 takes %v, pace 0 %v", slow.left(), none.left())
		}
	})
}
