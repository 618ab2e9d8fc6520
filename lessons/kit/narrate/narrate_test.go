package narrate

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mtp/lessons/kit/kernel"

	"github.com/clipperhouse/displaywidth"
)

func TestLanguageFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		asked string
		env   map[string]string
		want  Language
	}{
		{"", nil, English},
		{"zh", map[string]string{"MTP_LANG": "en"}, Chinese},
		{"auto", map[string]string{"LANG": "zh_CN.UTF-8"}, Chinese},
		{"auto", map[string]string{"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "de_DE"}, English},
		{"auto", map[string]string{"LC_MESSAGES": "zh_TW", "LC_ALL": "C"}, English},
		{"auto", map[string]string{"LC_ALL": "C", "MTP_LANG": "zh"}, Chinese},
		{"auto", map[string]string{"LC_ALL": "", "LANG": "zh"}, Chinese},
	} {
		if got := LanguageFor(test.asked, func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%q, %v: %s, want %s", test.asked, test.env, got, test.want)
		}
	}
}

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
		lines := Wrap(text, columns)
		squeeze := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == ' ' || r == '\n' {
					return -1
				}
				return r
			}, s)
		}
		if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
			t.Errorf("%q became %q", text, lines)
		}
	})
}

func TestCutBytesKeepsCharactersWhole(t *testing.T) {
	t.Parallel()
	for most, want := range map[int]string{0: "", 2: "", 3: "还", 5: "还", 6: "还剩", 99: "还剩"} {
		if got := cutBytes("还剩", most); got != want {
			t.Errorf("%d bytes: %q, want %q", most, got, want)
		}
	}
}

// told returns what a narrator writes.
func told(t *testing.T, o Options, tell func(n *Narrator)) string {
	t.Helper()
	var out strings.Builder
	o.Out.Writer, o.Lesson = &out, "test"
	tell(New(t.Context(), o))
	return out.String()
}

func TestTextAndColour(t *testing.T) {
	t.Parallel()
	tell := func(n *Narrator) {
		n.Step("a.step", "Start {what}.", "what", "it")
		n.See("a.see", "/proc/1/stat", "State {state}.", "state", kernel.Zombie)
	}
	if got, want := told(t, Options{}, tell), "\n● Start it.\n  │ State Z.  ← /proc/1/stat\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := told(t, Options{Out: Stream{Color: true}}, tell); !strings.Contains(got, "\x1b[32mState Z.\x1b[0m") {
		t.Errorf("evidence is not green: %q", got)
	}
	chinese := Options{Language: Chinese, Chinese: Sentences{"a.step": "启动{what}。", "a.see": "状态 {state}。"}}
	if got, want := told(t, chinese, tell), "\n● 启动it。\n  │ 状态 Z。  ← /proc/1/stat\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	out := told(t, Options{JSON: true}, func(n *Narrator) {
		n.See("a.see", "wait4(1)", "It took {time}.", "time", 1500*time.Millisecond, "code", 7)
		n.Tree("a.tree", "Tree:", []kernel.Stat{{PID: 2, PPID: 1, Comm: "mtp", State: kernel.Zombie}})
		n.Table("a.table", "x|y", []string{"x", "y"}, [][]any{{"a", true}})
		n.Bars("a.bars", "p|c", []string{"parent", "child"}, []int{3, 4})
	})
	want := []string{
		`{"code":7,"source":"wait4(1)","time":1.5}`,
		`{"processes":[{"args":"","comm":"mtp","pid":2,"ppid":1,"state":"Z"}]}`,
		`{"rows":[{"x":"a","y":true}]}`,
		`{"values":{"child":4,"parent":3}}`,
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, line := range lines {
		var e struct {
			Lesson, Kind, Name, Text string
			Time                     time.Time
			Fields                   json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if string(e.Fields) != want[i] || e.Lesson != "test" || e.Time.IsZero() || e.Text == "" {
			t.Errorf("%s\nwant fields %s", line, want[i])
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d lines, want %d", len(lines), len(want))
	}
}

// What is prepared is what would have been said, with the number to come.
func TestPrepare(t *testing.T) {
	t.Parallel()
	for _, asJSON := range []bool{false, true} {
		n := New(t.Context(), Options{JSON: asJSON})
		pieces := n.Prepare(KindSay, "a.say", "PID {pid}, says {pid}.", "pid", Hole)
		line := strings.Join(pieces, "4711")
		if !asJSON && line != "  PID 4711, says 4711.\n" {
			t.Errorf("%q", line)
		}
		if asJSON && (!strings.Contains(line, `"fields":{"pid":4711}`) || !strings.Contains(line, `"text":"PID 4711, says 4711."`)) {
			t.Errorf("%q", line)
		}
	}
}

func TestTableAlignsWideCharacters(t *testing.T) {
	t.Parallel()
	out := told(t, Options{Language: Chinese}, func(n *Narrator) {
		n.Table("a.table", "办法|会阻塞？|数", []string{"a", "b", "c"}, [][]any{{"wait", true, 1}, {"double-fork", false, 22}})
	})
	var starts []int
	for line := range strings.Lines(strings.Trim(out, "\n")) {
		cells := strings.Fields(line)
		starts = append(starts, displaywidth.String(line[:strings.LastIndex(line, cells[2])]))
	}
	if len(starts) != 3 || starts[0] != starts[1] || starts[1] != starts[2] {
		t.Errorf("the third column starts at %v:\n%s", starts, out)
	}
}

func TestOneBlankLineBetweenParts(t *testing.T) {
	t.Parallel()
	out := told(t, Options{}, func(n *Narrator) {
		n.Say("a.say", "Here it is:")
		n.Table("a.table", "one", []string{"one"}, [][]any{{1}})
		n.Step("a.step", "Next.")
	})
	if want := "  Here it is:\n\n  one\n  1\n\n● Next.\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

func TestTreeOfManyChildrenIsShort(t *testing.T) {
	t.Parallel()
	family := []kernel.Stat{{PID: 1, Comm: "mtp", State: kernel.Sleeping}}
	for pid := 2; pid <= 1001; pid++ {
		family = append(family, kernel.Stat{PID: pid, PPID: 1, Comm: "mtp", State: kernel.Zombie})
	}
	out := told(t, Options{}, func(n *Narrator) { n.Tree("a.tree", "Tree:", family) })
	if lines := strings.Count(out, "\n"); lines != 11 || !strings.Contains(out, "└─ … +993") {
		t.Errorf("%d lines:\n%s", lines, out)
	}
}

// After an interruption a lesson observes its own tear-down; that is not to be told.
func TestSilentAfterInterruption(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	var out strings.Builder
	n := New(ctx, Options{Out: Stream{Writer: &out}})
	n.Say("a.say", "Before.")
	cancel(errors.New("interrupted"))
	n.Say("a.say", "After.")
	n.Cleanup([]int{7, 8})
	n.Cleanup(nil)
	if got, want := out.String(), "  Before.\n\n  Cleaned up: 7 8.\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	var failed error
	n := New(t.Context(), Options{Out: Stream{Writer: brokenWriter{}}, Closed: func(err error) { failed = err }})
	n.Say("a.say", "Hello.")
	if !errors.Is(failed, errBroken) {
		t.Errorf("Closed heard %v", failed)
	}
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// Pauses last as long as the pace says, and end with the context.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for pace, want := range map[float64]time.Duration{0: 0, 0.5: time.Second, 2: 4 * time.Second} {
			begun := time.Now()
			New(t.Context(), Options{Pace: pace}).Rest(2 * time.Second)
			if got := time.Since(begun); got != want {
				t.Errorf("pace %v: %v, want %v", pace, got, want)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		var out strings.Builder
		New(ctx, Options{Pace: 1, Out: Stream{Writer: &out}}).Hold(time.Hour, "a.hold", "Hold {hold}.")
		if got := time.Since(begun); got != time.Second {
			t.Errorf("an interrupted hold took %v, want 1s", got)
		}
	})
}

func TestFields(t *testing.T) {
	t.Parallel()
	for value, want := range map[any]string{
		250 * time.Microsecond:   "250\u00a0µs", // a line must not break there
		12 * time.Millisecond:    "12\u00a0ms",
		12345 * time.Microsecond: "12.3\u00a0ms",
		1234 * time.Millisecond:  "1.23\u00a0s",
		1610 * time.Millisecond:  "1.61\u00a0s",
		10 * time.Second:         "10\u00a0s",
		7:                        "7",
		"x":                      "x",
		nil:                      "–",
	} {
		if got := inText(value); got != want {
			t.Errorf("%v: %q, want %q", value, got, want)
		}
	}
}
