package tour

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Whatever is in the file, it is either read, or kept aside as it was; and what is saved is read
// again.
func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"zombie":{"done":"2026-01-02T03:04:05Z","seconds":1.5,"predictions":2,"right":1,"seen":{"a":{"text":"b","source":"c"}}}}`))
	f.Add([]byte(`{"zombie":null}`))
	f.Add([]byte(`[1]`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"zombie":{"done":"2026-01-02T03:04:05Z","seconds":1e300}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "tour.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		p, aside, err := loadProgress(path)
		if err != nil {
			t.Fatal(err)
		}
		if aside != "" {
			if kept, err := os.ReadFile(aside); err != nil || string(kept) != string(text) {
				t.Errorf("kept aside: %q, %v", kept, err)
			}
		}
		for name, r := range p {
			if r.Done.IsZero() || r.Seconds < 0 ||
				time.Duration(r.Seconds*float64(time.Second)) < 0 {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if err := p.save(path); err != nil {
			t.Skip(err) // a date that JSON does not have
		}
		again, aside, err := loadProgress(path)
		if err != nil || aside != "" || len(again) != len(p) {
			t.Errorf("saved %+v, read %+v, %q, %v", p, again, aside, err)
		}
	})
}
