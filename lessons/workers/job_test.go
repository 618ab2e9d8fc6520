package workers

import (
	"testing"
	"time"
)

func TestJob(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Job{
		"eat=3":   {Name: "eat", Lasts: 3 * time.Second},
		"打豆豆=0.5": {Name: "打豆豆", Lasts: 500 * time.Millisecond},
		"a b=1e2": {Name: "a b", Lasts: 100 * time.Second},
		"":        {}, "eat": {}, "=3": {}, "eat=": {}, "eat=-1": {}, "eat=0": {}, "eat=NaN": {},
		"eat=1e9": {}, "eat=3=4": {}, "e\x1bt=3": {}, "e\xfft=3": {},
	} {
		var got Job
		if err := got.UnmarshalText([]byte(text)); got != want || err == nil != (want != Job{}) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}

func FuzzJob(f *testing.F) {
	f.Add("eat=3")
	f.Add("打豆豆=1e-9")
	f.Fuzz(func(t *testing.T, text string) {
		var job Job
		err := job.UnmarshalText([]byte(text))
		if err == nil && (job.Name == "" || job.Lasts < 0 || job.Lasts > maxLasts) {
			t.Errorf("%q: %+v", text, job)
		}
	})
}
