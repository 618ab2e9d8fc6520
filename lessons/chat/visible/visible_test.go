package visible

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestAppend(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"hello, 世界":                      "hello, 世界",
		"one\ntwo\u2028three":            "one⏎two⏎three",
		"a\tb\rc\x00d\x7fe\u0085f":       "a bcdef",
		"\x1b[31mred\x1b[0m":             "red",
		"\u009b31mred":                   "red",
		"\x1b]0;title\x07text":           "text",
		"\x1b]8;;http://x\x1b\\link":     "link",
		"\x1b]0;never ends":              "",
		"\x1b]0;never ends\nnext":        "⏎next",
		"\x1b(Bplain\x1bcmore\x1b":       "plainmore",
		"\x1b[31\n":                      "⏎",
		"abc\u202edef\u2066g\u200bh":     "abcdefgh",
		"👩\u200d👩\u200d👧":                "👩\u200d👩\u200d👧",
		"cut \xe4\xbd":                   "cut ",
		"private \ue000, tag \U000e0041": "private , tag ",
		"":                               "",
	} {
		if got := string(Append(nil, []byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte("\x1b[31mred\x1b[0m \x1b]0;t\x07"))
	f.Add([]byte("世界\u202e\xff\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := Append([]byte("lead "), text)
		if !utf8.Valid(got) || !bytes.HasPrefix(got, []byte("lead ")) {
			t.Fatalf("%q: %q", text, got)
		}
		for _, r := range string(got) {
			if r != '⏎' && !Allowed(r) {
				t.Errorf("%q: %q holds %U", text, got, r)
			}
		}
		if again := Append(nil, got); !bytes.Equal(again, got) {
			t.Errorf("%q: %q, and again: %q", text, got, again)
		}
	})
}
