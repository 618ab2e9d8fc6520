package workers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"
)

// Job is something to do that takes its time.
type Job struct {
	Name  string
	Lasts time.Duration // at pace 1

	translated string // the name in the reader's language; empty: as it is
}

// called is the job's name, as it is shown.
func (j Job) called() any {
	if j.translated == "" {
		return j.Name
	}
	return event.Word{Key: j.Name, Text: j.translated}
}

// maxLasts is how long a job may take.
const maxLasts = 24 * time.Hour

// UnmarshalText parses NAME=SECONDS.
func (j *Job) UnmarshalText(text []byte) error {
	name, value, found := strings.Cut(string(text), "=")
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if !found || name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) {
		return event.Mistake("mistake.job", "--job: want NAME=SECONDS, as in eat=3")
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds > 0 && seconds <= maxLasts.Seconds()) { // NaN too
		return event.Mistake("mistake.seconds",
			"--job: want NAME=SECONDS, with more than 0 seconds and at most 86400")
	}
	j.Name, j.Lasts = name, time.Duration(seconds*float64(time.Second))
	return nil
}

// jobs are those that were asked for, or the course's.
func (o Options) jobs(s *stage.Stage) []Job {
	jobs := slices.Clone(o.Job)
	if len(jobs) == 0 {
		jobs = []Job{
			{Name: "eat", Lasts: 3 * time.Second, translated: s.Text("job.eat", "eat")},
			{Name: "sleep", Lasts: 4 * time.Second, translated: s.Text("job.sleep", "sleep")},
			{Name: "play", Lasts: 5 * time.Second, translated: s.Text("job.play", "play")},
		}
	}
	for i := range jobs {
		jobs[i].Lasts = o.scaled(jobs[i].Lasts)
	}
	return jobs
}

// durations lists how long each job takes.
func durations(s *stage.Stage, jobs []Job) event.Word {
	var list event.Word
	for i, job := range jobs {
		if i > 0 {
			list.Key += ", "
			list.Text += s.Text("lasts.and", ", ")
		}
		lasts := job.Lasts
		list.Key += fmt.Sprint(job.Name, "=", lasts)
		list.Text += event.Text(job.called()) + " " + event.Text(lasts)
	}
	return list
}
