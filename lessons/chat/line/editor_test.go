package line

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// screen is what a terminal shows: it obeys what the editor writes, and wraps as terminals do.
type screen struct {
	columns  int
	rows     [][]string // cells; the second cell of a wide character is empty
	row, col int
}

func newScreen(columns int) *screen {
	return &screen{columns: columns, rows: [][]string{nil}}
}

func (s *screen) Write(p []byte) (int, error) {
	for text := string(p); text != ""; {
		switch {
		case text[0] == '\r':
			s.col, text = 0, text[1:]
		case text[0] == '\n':
			if s.row++; s.row == len(s.rows) {
				s.rows = append(s.rows, nil)
			}
			text = text[1:]
		case strings.HasPrefix(text, "\033["):
			isFinal := func(r rune) bool { return r >= '@' && r <= '~' }
			end := strings.IndexFunc(text[2:], isFinal) + 2
			n := 0
			_, _ = fmt.Sscanf(text[2:end], "%d", &n)
			switch text[end] {
			case 'K':
				s.rows[s.row] = s.rows[s.row][:min(s.col, len(s.rows[s.row]))]
			case 'D':
				s.col = max(s.col-max(n, 1), 0)
			case 'm':
			case 'H':
				s.row, s.col = 0, 0
			case 'J':
				s.rows = [][]string{nil}
			default:
				panic(fmt.Sprintf("what is %q?", text[:end+1]))
			}
			text = text[end+1:]
		default:
			i := firstCharacter(text)
			s.put(text[:i])
			text = text[i:]
		}
	}
	return len(p), nil
}

func (s *screen) put(character string) {
	width := displaywidth.String(character)
	if width == 0 {
		return // it is drawn over the one before
	}
	if s.col+width > s.columns {
		s.col = 0
		if s.row++; s.row == len(s.rows) {
			s.rows = append(s.rows, nil)
		}
	}
	for len(s.rows[s.row]) < s.col+width {
		s.rows[s.row] = append(s.rows[s.row], " ")
	}
	cells := s.rows[s.row][s.col:]
	cells[0] = character
	for i := 1; i < width; i++ {
		cells[i] = ""
	}
	s.col += width
}

func (s *screen) lines() (lines []string) {
	for _, row := range s.rows {
		lines = append(lines, strings.Join(row, ""))
	}
	return lines
}

// session types keys, and checks what is on the bottom row, with | where the cursor is.
func TestEditing(t *testing.T) {
	t.Parallel()
	const (
		left, right, upKey, downK = "\033[D", "\033[C", "\033[A", "\033[B"
		homeKey, endKey, del      = "\033[H", "\033OF", "\033[3~"
	)
	for _, test := range []struct{ keys, want string }{
		{"hello", "> hello|"},
		{"你好", "> 你好|"},
		{"你好" + left, "> 你|好"},
		{"你好" + left + "们", "> 你们|好"},
		{"你好\x7f", "> 你|"},
		{"e\u0301a\x7f\x7f", "> |"}, // é as two code points goes at once
		{"👩\u200d👩\u200d👧x" + left + left, "> |👩\u200d👩\u200d👧x"}, // a family is one character
		{"你好" + homeKey + del, "> |好"},
		{"abc" + homeKey + "x" + endKey + "y", "> xabcy|"},
		{"abc\x01x\x05y", "> xabcy|"},
		{"one two  \x17three", "> one three|"},
		{"one two" + left + left + "\x0b", "> one t|"},
		{"one two" + left + left + "\x15", "> |wo"},
		{"\x7f" + left + del + upKey + downK, "> |"},
		{"one\rtwo\r" + upKey + upKey + downK, "> two|"},
		{"one\r draft" + upKey + downK, ">  draft|"},
		{"1\r1\r2\r" + upKey + upKey, "> 1|"},
		{"a\x04", "> a|"},
		{"a" + left + "\x04", "> |"},
		{"\033[200~a\nb\tc \033[31md\033[201~!", "> a b c d!|"},
		{"a\x1bxb\x00c\x0fd", "> abcd|"}, // keys that mean nothing
		{"a\033[Ib\033[Oc", "> abc|"},
		{"\033[200~a\033[O\x0c\033[201~b", "> ab|"},
		{"bad \xff\xfebytes", "> |"}, // refused as a whole
		{"0123456789012345678901234567", "> 12345678901234567|"},
		{"一二三四五六七八九十一二三四", "> 七八九十一二三四|"},
		{"0123456789012345678901234567\x01", "> |01234567890123456"},
	} {
		for _, atOnce := range []bool{true, false} { // or byte by byte
			s := newScreen(20)
			e := New(s, size(20, 24), "> ", 1000)
			if atOnce {
				e.Feed([]byte(test.keys))
			} else {
				for i := range len(test.keys) {
					e.Feed([]byte{test.keys[i]})
				}
			}
			if test.keys == "bad \xff\xfebytes" && !atOnce {
				continue // by bytes, the good ones before are taken
			}
			got := bottom(s)
			if got != test.want {
				t.Errorf("%q at once %v: %q, want %q", test.keys, atOnce, got, test.want)
			}
		}
	}
}

// bottom is the row with the cursor, marked.
func bottom(s *screen) string {
	row := s.rows[s.row]
	return strings.Join(row[:s.col], "") + "|" + strings.Join(row[s.col:], "")
}

func TestEvents(t *testing.T) {
	t.Parallel()
	e := New(newScreen(40), size(40, 24), "> ", 10)
	for _, test := range []struct {
		input string
		want  []Typed
	}{
		{"hi\r", []Typed{{Kind: Entered, Text: "hi"}}},
		{"\r\r", nil},
		{"a\rb\r", []Typed{{Kind: Entered, Text: "a"}, {Kind: Entered, Text: "b"}}},
		{"half", nil},
		{"\x03", []Typed{{Kind: Interrupt}}},
		{"\x15\x04", []Typed{{Kind: End}}},
		{"12345678901", []Typed{{Kind: Refused}}}, // all of it, up to the end of the line
		{"and more", nil},
		{"\r", nil},
		{"\033[200~12345678901\033[201~", []Typed{{Kind: Refused}}},
		{"\x1b\x03\x1b[\x03", []Typed{{Kind: Interrupt}, {Kind: Interrupt}}}, // never swallowed
		{"\033[200~\x03\033[201~", []Typed{{Kind: Interrupt}}},
		{"1234567890", nil},
		{"1", []Typed{{Kind: Refused}}},
		{"\r", []Typed{{Kind: Entered, Text: "1234567890"}}},
		{"\xff\r", []Typed{{Kind: Refused}}},
		{strings.Repeat("长", 30000), []Typed{{Kind: Refused}}},
		{"\r", nil},
		{"\xe4\xbd", nil},
		{"\xa0\r", []Typed{{Kind: Entered, Text: "你好"[:3]}}},
	} {
		if got := e.Feed([]byte(test.input)); !slices.Equal(got, test.want) {
			t.Errorf("%.20q: %v, want %v", test.input, got, test.want)
		}
	}
}

// What arrives stands above, whole, and what is half typed stays whole below.
func TestMessagesArriveWhileTyping(t *testing.T) {
	t.Parallel()
	s := newScreen(16)
	columns := 16
	e := New(s, func() (int, int) { return columns, 24 }, "> ", 1000)
	e.Feed([]byte("half ty"))
	e.Print("张三: 你好\n")
	e.Feed([]byte("ped\033[D\033[D"))
	e.Print("notice one\nnotice two\n")
	e.Feed([]byte("X"))
	want := []string{"张三: 你好", "notice one", "notice two", "> half typXed"}
	if got := s.lines(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	columns, s.columns = 8, 8 // the window became smaller
	e.Redraw()
	if got := bottom(s); got != "> typX|ed" && displaywidth.String(got) > 8 {
		t.Errorf("in eight columns: %q", got)
	}
	e.Close()
	e.Print("after\n")
	if lines := s.lines(); lines[len(lines)-2] != "after" {
		t.Errorf("after Close: %q", lines)
	}
}

// size is that of a terminal that nobody resizes.
func size(columns, rows int) func() (int, int) {
	return func() (int, int) { return columns, rows }
}

// Tab completes names, one after the other; whoever begins a line is spoken to.
func TestTab(t *testing.T) {
	t.Parallel()
	const tabKey, left = "\t", "\033[D"
	for _, test := range []struct{ keys, want string }{
		{"张" + tabKey, "> 张三: |"},
		{"张" + tabKey + "你好", "> 张三: 你好|"},
		{"hi 张" + tabKey, "> hi 张三 |"},
		{"AN" + tabKey, "> ann: |"}, // the one that was learnt last
		{"AN" + tabKey + tabKey, "> Anna: |"},
		{"an" + tabKey + tabKey + tabKey, "> ann: |"},
		{"an" + tabKey + "x" + tabKey, "> ann: x|"},
		{"hi an, bye" + left + left + left + left + left + tabKey, "> hi ann |, bye"},
		{"/q" + tabKey, "> /quit |"},
		{"eve" + tabKey, "> eve|"}, // she has left
		{"x" + tabKey, "> x|"},
		{tabKey, "> |"},
		{"hi " + tabKey, "> hi |"},
		{"012345678901234567890123 an" + tabKey, "> 01234567890123 an|"}, // no room for more
		{"bell" + tabKey, "> bell|"},
	} {
		s := newScreen(20)
		e := New(s, size(20, 24), "> ", 28)
		for _, name := range []string{"/quit", "eve", "ann", "Anna", "张三", "ann", "bell\a"} {
			e.Learn(name)
		}
		e.Forget("eve")
		e.Feed([]byte(test.keys))
		if got := bottom(s); got != test.want {
			t.Errorf("%q: %q, want %q", test.keys, got, test.want)
		}
	}
	var names Names
	for n := range 3 * maxNames {
		names.Learn(strconv.Itoa(n))
	}
	if len(names) != maxNames || names[0] != strconv.Itoa(3*maxNames-1) {
		t.Errorf("%d names, the first %s", len(names), names[0])
	}
}

// Ctrl-L brings back what stood there, as much as fits, whatever another program has written over
// it.
func TestTheScreenIsDrawnAnew(t *testing.T) {
	t.Parallel()
	s := newScreen(10)
	e := New(s, size(10, 5), "> ", 100)
	e.Feed([]byte("half"))
	e.Print("gone\n")
	e.Print("one\ntwo\n")
	e.Print("\a\033[1mthree takes\033[0m two\n")
	_, _ = s.Write([]byte("garbage\nover it"))
	e.Feed([]byte("\x0c"))
	want := []string{"one", "two", "three take", "s two", "> half"}
	if got := s.lines(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for range 3 * maxKept {
		e.Print("more\n")
	}
	if len(e.printed) != maxKept {
		t.Errorf("%d lines are kept", len(e.printed))
	}
}

// What comes while the terminal has not the focus stands below a rule: one, until it had it again.
func TestWhatCameWhileAway(t *testing.T) {
	t.Parallel()
	const focusGone, focusBack = "\033[O", "\033[I"
	s := newScreen(12)
	e := New(s, size(12, 24), "> ", 100)
	e.Feed([]byte(focusGone))
	e.Print("no word yet\n")
	e.SetNewMark("新")
	e.Feed([]byte(focusBack))
	e.Print("here\n")
	e.Feed([]byte(focusGone))
	e.Print("one\n")
	e.Print("two\n")
	e.Feed([]byte(focusBack))
	e.Print("three\n")
	e.Feed([]byte(focusGone + focusBack + focusGone + "typed")) // so somebody is there
	e.Print("four\n")
	e.Feed([]byte(focusGone))
	e.Print("five\n")
	const rule = "── 新 ─────"
	want := []string{
		"no word yet", "here", rule, "one", "two", "three", "four", rule, "five", "> typed",
	}
	if got := s.lines(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		command string
		is      bool
		said    string
	}{
		"hello":     {"", false, "hello"},
		"/quit":     {"/quit", true, ""},
		"/nick ann": {"/nick", true, ""},
		"/":         {"/", true, ""},
		"//":        {"", false, "/"},
		"//etc":     {"", false, "/etc"},
		"///":       {"", false, "//"},
		"a /quit":   {"", false, "a /quit"},
		" /quit":    {"", false, " /quit"},
		"":          {"", false, ""},
	} {
		typed := Typed{Kind: Entered, Text: text}
		command, is := typed.Command()
		if command != want.command || is != want.is || !is && typed.Said() != want.said {
			t.Errorf("%q: %q, %v, %q", text, command, is, typed.Said())
		}
	}
}

// Whatever is typed, the line takes one row, and what is entered is text of at most so many bytes.
// What was printed stands above it, also after Ctrl-L.
func FuzzEditor(f *testing.F) {
	f.Add("hello\r你好\x7f\033[A\033[D\x0b", byte(20))
	f.Add("\033[200~paste\n\033[201~\x1b[\xff", byte(3))
	f.Add("a\t\t张\t/\t\x0c\033[Ox\033[I\033[O\x0c", byte(9))
	f.Fuzz(func(t *testing.T, input string, width byte) {
		columns := int(width)%60 + 6
		s := newScreen(columns)
		e := New(s, size(columns, 24), "> ", 100)
		for _, name := range []string{"ann", "Anna", "张三", "/quit", "a\u0301\u200d"} {
			e.Learn(name)
		}
		e.SetNewMark("n")
		e.Print("above\n")
		for i := range len(input) {
			for _, typed := range e.Feed([]byte{input[i]}) {
				text := typed.Text
				isText := len(text) <= 100 && valid(text) && utf8.ValidString(text)
				if typed.Kind == Entered && !isText {
					t.Fatalf("%q was entered", text)
				}
			}
			if s.row != 1 || len(s.rows) != 2 || s.lines()[0] != "above" {
				t.Fatalf("after %q: %q", input[:i+1], s.lines())
			}
		}
		e.Feed([]byte("\x03\033[I\033[201~\033[O")) // Ctrl-C ends any sequence
		e.Print("new\n")
		if lines := s.lines(); len(lines) != 4 || !strings.HasPrefix(lines[1], "── n ") ||
			lines[2] != "new" || displaywidth.String(lines[1]) >= columns {
			t.Fatalf("after %q: %q", input, lines)
		}
	})
}
