package tour

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// progress is how far somebody has come in the tour, by lesson.
type progress map[string]Kept

// Kept is what is kept of a lesson that was walked through, or left in the middle.
type Kept struct {
	Done    time.Time           `json:"done,omitzero"` // zero: it was not walked to its end
	Left    time.Time           `json:"left,omitzero"`
	Step    int                 `json:"step,omitempty"` // where it was left
	Seconds float64             `json:"seconds"`
	Made    int                 `json:"predictions"`
	Right   int                 `json:"right"`
	Seen    map[string]evidence `json:"seen,omitempty"` // by the event's name, for the interview
}

// evidence is something that was seen, and where the kernel said so.
type evidence struct {
	Text   string `json:"text"`
	Source string `json:"source"`
}

// progressPath is where progress is kept: in the state directory of the XDG Base Directory
// Specification, which is below the home directory; on Windows in the local application data.
func progressPath(getenv func(string) string) (string, error) {
	// A relative one is to be ignored, says the specification.
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "mtp", "tour.json"), nil
	}
	if runtime.GOOS == "windows" {
		local, err := os.UserCacheDir()
		return filepath.Join(local, "mtp", "tour.json"), err
	}
	home := getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", errors.New("neither XDG_STATE_HOME nor HOME says where")
	}
	return filepath.Join(home, ".local", "state", "mtp", "tour.json"), nil
}

// errDamaged is of a file that can't be understood.
var errDamaged = errors.New("is damaged")

// readProgress reads what was kept; nothing, if there is nothing.
func readProgress(path string) (p progress, err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return progress{}, nil
	}
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(text, &p) != nil || p == nil {
		return nil, fmt.Errorf("%s %w", path, errDamaged)
	}
	maps.DeleteFunc(p, func(_ string, k Kept) bool {
		neither := k.Done.IsZero() && k.Step < 1
		return neither || k.Seconds < 0 || k.Seconds > longestLesson.Seconds()
	})
	return p, nil
}

// loadProgress is readProgress, but a file that can't be understood is set aside, under the name
// that is returned.
func loadProgress(path string) (p progress, aside string, err error) {
	p, err = readProgress(path)
	if !errors.Is(err, errDamaged) {
		return p, "", err
	}
	aside = path + ".damaged-" + time.Now().Format("20060102-150405.000000")
	if err := os.Rename(path, aside); err != nil {
		return nil, "", fmt.Errorf("it is damaged, and can't be set aside: %w", err)
	}
	return progress{}, aside, nil
}

// longestLesson is what a record can say; one that says more is damaged.
const longestLesson = 1000 * time.Hour

// save replaces the file as a whole, so that after a crash there is either the old one or the new
// one.
func (p progress) save(path string) error {
	text, err := json.MarshalIndent(p, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	file, err := os.CreateTemp(filepath.Dir(path), "tour-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // if it could not take its place
	_, err = file.Write(append(text, '\n'))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
