package line

import (
	"fmt"
	"slices"
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
		{"bad \xff\xfebytes", "> |"},     // refused as a whole
		{"0123456789012345678901234567", "> 12345678901234567|"},
		{"一二三四五六七八九十一二三四", "> 七八九十一二三四|"},
		{"0123456789012345678901234567\x01", "> |01234567890123456"},
	} {
		for _, atOnce := range []bool{true, false} { // or byte by byte
			s := newScreen(20)
			e := New(s, func() int { return 20 }, "> ", 1000)
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
	e := New(newScreen(40), func() int { return 40 }, "> ", 10)
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
	e := New(s, func() int { return columns }, "> ", 1000)
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

// Whatever is typed, the line takes one row, and what is entered is text of at most so many bytes.
func FuzzEditor(f *testing.F) {
	f.Add("hello\r你好\x7f\033[A\033[D\x0b", byte(20))
	f.Add("\033[200~paste\n\033[201~\x1b[\xff", byte(3))
	f.Fuzz(func(t *testing.T, input string, width byte) {
		columns := int(width)%60 + 6
		s := newScreen(columns)
		e := New(s, func() int { return columns }, "> ", 100)
		for i := range len(input) {
			for _, typed := range e.Feed([]byte{input[i]}) {
				text := typed.Text
				isText := len(text) <= 100 && valid(text) && utf8.ValidString(text)
				if typed.Kind == Entered && !isText {
					t.Fatalf("%q was entered", text)
				}
			}
			if s.row != 0 || len(s.rows) != 1 {
				t.Fatalf("after %q: %q", input[:i+1], s.lines())
			}
		}
	})
}
