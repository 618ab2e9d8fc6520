package stage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/terminal"
)

// perform performs on a stage whose output it returns.
func perform(ctx context.Context, setting Setting, act func(*Stage)) (string, error) {
	var out strings.Builder
	setting.Terminal = terminal.New(terminal.Options{
		Language: setting.Language, Out: terminal.Stream{Writer: &out},
	})
	setting.Cancel = func(error) {}
	l := Lesson{
		Name:    "test",
		Rules:   map[string]string{"number": "It is seven."},
		Chinese: event.Sentences{"ask.number": "几？", "rule.number": "是七。"},
	}
	err := New(ctx, l, &setting).Perform(act)
	return out.String(), err
}

var errTried = errors.New("tried in vain")

// A method that can't do its work ends the lesson there, and what was to be cleaned up is, the last
// first.
func TestAMethodThatFailsEndsTheLesson(t *testing.T) {
	t.Parallel()
	var done []string
	out, err := perform(t.Context(), Setting{}, func(s *Stage) {
		s.Cleanup(func() { done = append(done, "first") })
		s.Cleanup(func() { done = append(done, "second") })
		s.Say("a", "Before.")
		s.Mustf(errTried, "try for %s", "the test")
		s.Say("b", "After.")
	})
	if out != "  Before.\n" || !errors.Is(err, errTried) ||
		err.Error() != "try for the test: tried in vain" {
		t.Errorf("%q, %v", out, err)
	}
	if !slices.Equal(done, []string{"second", "first"}) {
		t.Errorf("cleaned up %q", done)
	}
}

// After an interruption a lesson observes its own tear-down; that is not to be told.
func TestAnInterruptionEndsTheLesson(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	for name, next := range map[string]func(*Stage){
		"say":      func(s *Stage) { s.Say("b", "After.") },
		"error":    func(s *Stage) { s.Must(errTried) },
		"rest":     func(s *Stage) { s.Pass(time.Hour) },
		"narrator": func(s *Stage) { s.Narrator().Say("b", "After.") },
		"nothing":  func(*Stage) {},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		out, err := perform(ctx, Setting{Pace: 1}, func(s *Stage) {
			s.Say("a", "Before.")
			s.Cleanup(func() { s.CleanedUp([]int{7, 8}) })
			cancel(interrupted)
			next(s)
		})
		if !errors.Is(err, interrupted) {
			t.Errorf("%s: ended by %v", name, err)
		}
		if want := "  Before.\n\n  Cleaned up: 7 8.\n"; out != want {
			t.Errorf("%s: %q, want %q", name, out, want)
		}
	}
}

// A mistake in the code is no end of the lesson.
func TestOtherPanicsGoOn(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() != "mistake" {
			t.Error("the panic is gone")
		}
	}()
	_, _ = perform(t.Context(), Setting{}, func(*Stage) { panic("mistake") })
}

func TestLimitsAreNamed(t *testing.T) {
	t.Parallel()
	_, err := perform(t.Context(), Setting{}, func(s *Stage) { s.MustStart(syscall.EMFILE, 12) })
	if err == nil ||
		!strings.HasPrefix(err.Error(), "after 12 children mtp has no file descriptor left") {
		t.Errorf("got %v", err)
	}
}

// An hour's hold ends with the context.
func TestAnInterruptedHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		_, err := perform(ctx, Setting{Pace: 1}, func(s *Stage) {
			s.Hold(time.Hour)
		})
		got := time.Since(begun)
		if got != time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an interrupted hold took %v, %v, want 1s", got, err)
		}
	})
}

// Answers are used up in order; the rule is found by the question's name, in both languages.
func TestPredictions(t *testing.T) {
	t.Parallel()
	for language, want := range map[event.Language]string{
		event.English: "\n? Which?\n  You predict: 7.\n" +
			"  ✓ You predicted 7: right. It is seven.  ← wait4(1)\n" +
			"\n? Which?\n  You predict: 8.\n" +
			"  ✗ You predicted 8; the answer was 7. It is seven.  ← wait4(1)\n\n? Which?\n",
		event.Chinese: "\n? 几？\n  你预测：7。\n  ✓ 你预测“7”，对了。是七。  ← wait4(1)\n" +
			"\n? 几？\n  你预测：8。\n  ✗ 你预测“8”，实际是“7”。是七。  ← wait4(1)\n\n? 几？\n",
	} {
		setting := Setting{Language: language, Predict: true, Answers: []string{"7", "8"}}
		out, err := perform(t.Context(), setting, func(s *Stage) {
			for range 3 {
				s.AskNumber("number", "Which?").Is(7, kernel.Call("wait4", 1))
			}
			if score := s.Score(); score.Made != 2 || score.Right != 1 {
				t.Errorf("score %+v", score)
			}
		})
		if out != want || err != nil {
			t.Errorf("%v: got\n%s\nwant\n%s", err, out, want)
		}
	}
}
