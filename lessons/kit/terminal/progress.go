package terminal

import (
	"strconv"
	"strings"
	"time"

	"github.com/briandowns/spinner"
	"github.com/fatih/color"

	"mtp/lessons/kit/event"
)

// Passed animates the last line with how long it has lasted, until something else is shown.
func (t *Terminal) Passed() {
	begun := time.Now()
	t.spin(func() string {
		return event.Text(time.Since(begun).Truncate(100 * time.Millisecond))
	})
}

// Progress animates the last line with how far something is, from 0 to 1, with the time that is
// left and a rate, until something else is shown. whole is how much there is to do.
func (t *Terminal) Progress(whole float64, done func() float64) {
	begun := time.Now()
	t.spin(func() string {
		part, passed := min(done(), 1), time.Since(begun)
		length := min(max(t.Err.Columns()-56, 6), 24)
		filled := int(part * float64(length))
		line := "[" + strings.Repeat("#", filled) + strings.Repeat("-", length-filled) + "] " +
			strconv.Itoa(int(part*100)) + "%"
		if part > 0 && passed > time.Second {
			left := time.Duration(float64(passed) * (1 - part) / part).Round(time.Second)
			line += t.voice.Text("progress", "  {left} left, {rate} numbers/s",
				"left", left.String(), "rate", inThousands(whole*part/passed.Seconds()))
		}
		return line
	})
}

// inThousands is a large number as people read it: 16.1 G.
func inThousands(x float64) string {
	for _, unit := range []string{"", " k", " M", " G", " T"} {
		if x < 1000 || unit == " T" {
			return strconv.FormatFloat(x, 'g', 3, 64) + unit
		}
		x /= 1000
	}
	return ""
}

// Still ends an animation.
func (t *Terminal) Still() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopSpinner()
}

// spin animates the last line until something else is shown. The cursor stays visible, for nobody
// could bring it back after a SIGKILL.
func (t *Terminal) spin(suffix func() string) {
	if t.Err.Terminal == nil || !t.Watched() || t.Out.Plain { // a pager may be drawing there
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopSpinner()
	s := spinner.New(spinner.CharSets[14], 100*time.Millisecond,
		spinner.WithWriterFile(t.Err.Terminal), spinner.WithHiddenCursor(false))
	color.NoColor = !t.Err.Color // the spinner asks nobody else
	_ = s.Color("bold")          // without, it is white, also on white
	s.Prefix = "  "
	s.PreUpdate = func(s *spinner.Spinner) {
		// The spinner counts bytes for columns, and would erase the lines above if the line were
		// "too long".
		s.Suffix = " " + cutBytes(suffix(), t.Err.Columns()-8)
	}
	s.Start()
	t.spinner = s
}

func (t *Terminal) stopSpinner() {
	if t.spinner != nil {
		t.spinner.Stop()
		t.spinner = nil
	}
}

// cutBytes shortens a text to at most so many bytes, at a character's border.
func cutBytes(text string, limit int) string {
	end := 0
	for i, r := range text {
		if i+len(string(r)) > limit {
			break
		}
		end = i + len(string(r))
	}
	return text[:end]
}
