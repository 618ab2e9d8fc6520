package terminal

import (
	"errors"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/picture"

	"github.com/clipperhouse/displaywidth"
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
		{"not broken at all", 0, []string{"not broken at all"}},
		{"hello, everybody", 10, []string{"hello,", "everybody"}},
		{"你好，世界，早上好", 10, []string{"你好，世", "界，早上好"}},
		{"0123456789abcdef and more", 10, []string{"0123456789", "abcdef and", "more"}},
		{"a 0123456789abcdefghijkl b", 10, []string{"a", "0123456789", "abcdefghij", "kl b"}},
		{
			"https://example.com/a/long/path/to", 10,
			[]string{"https://", "example.co", "m/a/long/", "path/to"},
		},
		{"a b a 0123456789ab a", 10, []string{"a b a", "0123456789", "ab a"}},
		{"你好", 1, []string{"你", "好"}},
	} {
		if got := Wrap(test.text, test.columns); !slices.Equal(got, test.want) {
			t.Errorf("%q at %d: %q, want %q", test.text, test.columns, got, test.want)
		}
	}
}

// What may be typed or copied stays in one line, if it fits into one.
func TestWrapKeepsWhatIsTyped(t *testing.T) {
	t.Parallel()
	for _, word := range []string{
		"homework.c:13", "/proc/1234/stat", "--no-baseline", "PTRACE_O_TRACEFORK", "127.0.0.1:8888",
		"[::1]:8888", "$XDG_STATE_HOME/mtp", "ui.perfetto.dev", "kill(1234,-SIGTERM)", "a|b?c!d%e",
	} {
		for _, text := range []string{
			"It is " + word + ", see?", "(" + word + ")", word + " " + word, "你好" + word + "你好",
			"它在" + word + "。看，它（" + word + "）在" + word,
		} {
			for columns := len(word) + len("（）"); columns < 60; columns++ {
				lines := Wrap(text, columns)
				whole := strings.Count(strings.Join(lines, "\n"), word)
				if want := strings.Count(text, word); whole != want {
					t.Errorf("%q in %d columns: %q", text, columns, lines)
				}
			}
		}
	}
}

// Lines fit, nothing is lost but spaces and line ends, and no word is broken that fits. It is so
// for what is not UTF-8, too.
func FuzzWrap(f *testing.F) {
	f.Add("Child 4711 已经死了，but listed.", 20)
	f.Add("a 0123456789abcdefghijklmnop b", 12)
	f.Add("你好，世界 https://example.com/你好 👩\u200d👩\u200d👧", 9)
	f.Add("（homework.c:13 的 main）/proc/1/stat\xff\xe4 \xbd\xa0--pace\n\nx", 14)
	f.Fuzz(func(t *testing.T, text string, columns int) {
		lines := Wrap(text, columns)
		squeeze := func(s string) string {
			return strings.NewReplacer(" ", "", "\n", "").Replace(s)
		}
		if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
			t.Errorf("%q became %q", text, lines)
		}
		typed := func(r rune) bool { return r > ' ' && r < 0x7f }
		rest := text
		for i, line := range lines {
			width := displaywidth.String(line)
			if columns > 0 && width > columns && len(broken(line, 1)) > 1 {
				t.Errorf("%q in %d columns: %q", text, columns, line)
			}
			rest = strings.TrimLeft(rest, " \n")
			before := strings.TrimRightFunc(text[:len(text)-len(rest)], typed)
			after := strings.TrimLeftFunc(rest, typed)
			word := text[len(before) : len(text)-len(after)]
			if i > 0 && len(after) < len(rest) && len(rest) < len(text)-len(before) &&
				len(word) <= columns &&
				strings.HasSuffix(" "+before, " ") && strings.HasPrefix(after+" ", " ") {
				t.Errorf("%q in %d columns breaks %q: %q", text, columns, word, lines)
			}
			for _, r := range []byte(strings.ReplaceAll(line, " ", "")) {
				rest = rest[strings.IndexByte(rest, r)+1:]
			}
		}
	})
}

// A part is as wide as it may be; nothing is lost, and no character is cut.
func TestBrokenWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text    string
		columns int
		want    []string
	}{
		{"", 4, []string{""}},
		{"abcd", 4, []string{"abcd"}},
		{"abcde", 4, []string{"abcd", "e"}},
		{"你好啊", 5, []string{"你好", "啊"}},
		{"e\u0301e\u0301e", 2, []string{"e\u0301e\u0301", "e"}},
		{"👩\u200d👩\u200d👧👧", 2, []string{"👩\u200d👩\u200d👧", "👧"}},
		{"你好", 1, []string{"你", "好"}}, // it can't be narrower
	} {
		if got := broken(test.text, test.columns); !slices.Equal(got, test.want) {
			t.Errorf("%q in %d columns: %q, want %q", test.text, test.columns, got, test.want)
		}
	}
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

// On a terminal each line fits, with its source: beside the text, or below it.
func TestSourcesFit(t *testing.T) {
	t.Parallel()
	file, err := os.Open(os.DevNull) // which has no width, so it has 80 columns
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text := strings.Repeat("word ", 12) + "end."
	long := "/proc/18433/stat, and " + strings.Repeat("/proc/18433/sched, and ", 4) + "/proc/1/stat"
	listing := picture.Listing{{PID: 1, State: "S", Comm: "init"}}
	for _, e := range []event.Event{
		{Kind: event.See, Text: text, Source: "/proc/1"},
		{Kind: event.See, Text: text, Source: "/proc/18433/stat"},
		{Kind: event.See, Text: text, Source: long},
		{Kind: event.Verdict, Text: text, Source: long},
		{Kind: event.Tree, Text: text, Picture: listing, Source: "/proc/1/stat …"},
		{Kind: event.Tree, Text: text, Picture: listing, Source: long},
	} {
		var out strings.Builder
		terminal := New(Options{Out: Stream{Writer: &out, Terminal: file}})
		if err := terminal.Show(e); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if width := displaywidth.String(strings.TrimSuffix(line, "\n")); width > 80 {
				t.Errorf("%d columns: %q", width, line)
			}
			if e.Picture != nil && strings.Contains(line, ")  ←") {
				t.Errorf("the source stands beside the picture: %q", line)
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), "← "+e.Source[:7]) {
			t.Errorf("no source in %q", out.String())
		}
	}
}

func TestTextAndColour(t *testing.T) {
	t.Parallel()
	step := event.Event{Kind: event.Step, Text: "Start it."}
	see := event.Event{Kind: event.See, Text: "State Z.", Source: "/proc/1/stat"}
	want := "\n● Start it.\n  │ State Z.  ← /proc/1/stat\n"
	if got := shown(t, false, step, see); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := shown(t, true, see); !strings.Contains(got, "State Z.  ") {
		t.Errorf("evidence is not in the terminal's own colour: %q", got)
	}
}

// luminance is that of WCAG 2, of a colour of xterm's cube or of its greys.
func luminance(t *testing.T, index int) float64 {
	t.Helper()
	levels := []int{0, 95, 135, 175, 215, 255}
	red, green, blue := 0, 0, 0
	switch {
	case index >= 232 && index < 256:
		red = 8 + 10*(index-232)
		green, blue = red, red
	case index >= 16 && index < 232:
		red, green = levels[(index-16)/36], levels[(index-16)/6%6]
		blue = levels[(index-16)%6]
	default:
		t.Fatalf("colour %d is whatever the reader's terminal makes of it", index)
	}
	linear := func(level int) float64 {
		c := float64(level) / 255
		if c <= 0.03928 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(red) + 0.7152*linear(green) + 0.0722*linear(blue)
}

// Whatever is coloured can be read on black and on white.
func TestContrast(t *testing.T) {
	t.Parallel()
	const least = 4.5 // WCAG 2, AA
	var all strings.Builder
	for _, kind := range []event.Kind{
		event.Title, event.Step, event.See, event.So, event.Warn, event.Try, event.Ask,
		event.Verdict,
	} {
		e := event.Event{Kind: kind, Text: "text", Source: "source", Command: "command"}
		all.WriteString(shown(t, true, e))
	}
	stream := Stream{Color: true}
	for i := event.Bold; i <= event.Violet; i++ {
		all.WriteString(stream.Draw("ink", i))
	}
	coloured := 0
	for _, code := range regexp.MustCompile("\x1b\\[([0-9;]*)m").
		FindAllStringSubmatch(all.String(), -1) {
		numbers := strings.Split(code[1], ";")
		for i := 0; i < len(numbers); i++ {
			n, _ := strconv.Atoi(numbers[i])
			switch {
			case n == 38 && i+2 < len(numbers) && numbers[i+1] == "5":
				index, _ := strconv.Atoi(numbers[i+2])
				l := luminance(t, index)
				onWhite, onBlack := 1.05/(l+0.05), (l+0.05)/0.05
				if onWhite < least || onBlack < least {
					t.Errorf("colour %d: %.2f on white, %.2f on black", index, onWhite, onBlack)
				}
				coloured++
				i += 2
			case n >= 30 && n <= 49 || n == 2 || n >= 90:
				t.Errorf("%q: nobody knows what that looks like", code[0])
			}
		}
	}
	if coloured == 0 {
		t.Error("nothing is coloured")
	}
}

// For a screen reader there are no marks that it would have to spell out.
func TestPlainText(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	terminal := New(Options{Out: Stream{Writer: &out, Plain: true}})
	for _, e := range []event.Event{
		{Kind: event.Step, Text: "Start it.", Step: 2, Steps: 5},
		{Kind: event.See, Text: "State Z.", Source: "/proc/1/stat"},
		{Kind: event.Try, Text: "Type:", Command: "ps"},
	} {
		if err := terminal.Show(e); err != nil {
			t.Fatal(err)
		}
	}
	want := "\n2/5. Start it.\nState Z. (/proc/1/stat)\nType:\nps\n"
	if got := out.String(); got != want {
		t.Errorf("%q, want %q", got, want)
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
