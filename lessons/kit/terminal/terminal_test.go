package terminal

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text    string
		columns int
		want    []string
	}{
		{"one two three", 0, []string{"one two three"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"子进程已经死了。", 10, []string{"子进程已经", "死了。"}},
		{"子进程已经。了", 10, []string{"子进程已", "经。了"}}, // no line begins with a full stop
		{"PID 4711 已经", 10, []string{"PID 4711", "已经"}},
		{"", 10, []string{""}},
	} {
		if got := Wrap(test.text, test.columns); !slices.Equal(got, test.want) {
			t.Errorf("%q at %d: %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("Child 4711 已经死了，but listed.", 20)
	f.Fuzz(func(t *testing.T, text string, columns int) {
		text = strings.ToValidUTF8(text, "") // as all that is shown is
		lines := Wrap(text, columns)
		squeeze := func(s string) string {
			return strings.NewReplacer(" ", "", "\n", "").Replace(s)
		}
		if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
			t.Errorf("%q became %q", text, lines)
		}
	})
}

func TestCutBytesKeepsCharactersWhole(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]string{0: "", 2: "", 3: "还", 5: "还", 6: "还剩", 99: "还剩"} {
		if got := cutBytes("还剩", limit); got != want {
			t.Errorf("%d bytes: %q, want %q", limit, got, want)
		}
	}
}

// shown is what a terminal shows of these events.
func shown(t *testing.T, colour bool, events ...event.Event) string {
	t.Helper()
	var out strings.Builder
	terminal := New(Options{Out: Stream{Writer: &out, Color: colour}})
	for _, e := range events {
		if err := terminal.Show(e); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestTextAndColour(t *testing.T) {
	t.Parallel()
	step := event.Event{Kind: event.Step, Text: "Start it."}
	see := event.Event{Kind: event.See, Text: "State Z.", Source: "/proc/1/stat"}
	want := "\n● Start it.\n  │ State Z.  ← /proc/1/stat\n"
	if got := shown(t, false, step, see); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := shown(t, true, see); !strings.Contains(got, "\x1b[32mState Z.\x1b[0m") {
		t.Errorf("evidence is not green: %q", got)
	}
}

func TestOneBlankLineBetweenParts(t *testing.T) {
	t.Parallel()
	table := picture.Table{Columns: []picture.Column{{Key: "one", Head: "one"}}, Rows: [][]any{{1}}}
	got := shown(
		t, false,
		event.Event{Kind: event.Say, Text: "Here it is:"},
		event.Event{Kind: event.Table, Picture: table},
		event.Event{Kind: event.Step, Text: "Next."},
	)
	if want := "  Here it is:\n\n  one\n  1\n\n● Next.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The letters of states are explained once in each lesson.
func TestLettersAreExplainedOnce(t *testing.T) {
	t.Parallel()
	tree := event.Event{
		Kind: event.Tree, Text: "Tree:",
		Picture: picture.Tree{{PID: 1, Comm: "mtp", State: kernel.Zombie}},
	}
	title := event.Event{Kind: event.Title, Text: "Lesson"}
	got := strings.Count(shown(t, false, title, tree, tree, title, tree), "(Z zombie)")
	if got != 2 {
		t.Errorf("explained %d times in two lessons", got)
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	terminal := New(Options{Out: Stream{Writer: brokenWriter{}}})
	if err := terminal.Show(event.Event{Kind: event.Say}); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
