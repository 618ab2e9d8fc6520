package workers

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Job is something to do that takes its time.
type Job struct {
	Name  string
	Lasts time.Duration // at pace 1
}

// longestJob is how long a job may take.
const longestJob = 24 * time.Hour

// UnmarshalText parses NAME=SECONDS.
func (j *Job) UnmarshalText(text []byte) error {
	name, value, found := strings.Cut(string(text), "=")
	if !found || name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("want NAME=SECONDS, as in eat=3")
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds > 0 && seconds <= longestJob.Seconds()) { // NaN too
		return errors.New("want NAME=SECONDS, with more than 0 seconds and at most 86400")
	}
	j.Name, j.Lasts = name, time.Duration(seconds*float64(time.Second))
	return nil
}
