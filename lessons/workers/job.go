package workers

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mtp/lessons/kit/stage"
)

// Job is something to do that takes its time.
type Job struct {
	Name  string
	Lasts time.Duration // at pace 1
}

// maxLasts is how long a job may take.
const maxLasts = 24 * time.Hour

// UnmarshalText parses NAME=SECONDS.
func (j *Job) UnmarshalText(text []byte) error {
	name, value, found := strings.Cut(string(text), "=")
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if !found || name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) {
		return errors.New("want NAME=SECONDS, as in eat=3")
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds > 0 && seconds <= maxLasts.Seconds()) { // NaN too
		return errors.New("want NAME=SECONDS, with more than 0 seconds and at most 86400")
	}
	j.Name, j.Lasts = name, time.Duration(seconds*float64(time.Second))
	return nil
}

// jobs are those that were asked for, or the course's.
func (o Options) jobs(s *stage.Stage) []Job {
	if len(o.Job) > 0 {
		return o.Job
	}
	return []Job{
		{Name: s.Text("job.eat", "eat"), Lasts: 3 * time.Second},
		{Name: s.Text("job.sleep", "sleep"), Lasts: 4 * time.Second},
		{Name: s.Text("job.play", "play"), Lasts: 5 * time.Second},
	}
}

// paced is how long something lasts at the pace that was asked for: without pauses, a hundredth is
// left.
func paced(s *stage.Stage, atPaceOne time.Duration) time.Duration {
	return max(s.Scaled(atPaceOne), atPaceOne/100)
}

// durations lists how long each job takes.
func durations(s *stage.Stage, jobs []Job) string {
	list := make([]string, len(jobs))
	for i, job := range jobs {
		list[i] = fmt.Sprintf("%s %v", job.Name, paced(s, job.Lasts))
	}
	return strings.Join(list, ", ")
}
