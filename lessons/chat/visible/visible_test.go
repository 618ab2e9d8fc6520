package visible

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
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

// Living scripts and emoji stay as they are.
func TestScriptsAreNotHurt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ที่นี่ น้ำ ผู้ใหญ่", "क्षत्रिय हिन्दी र्\u200dक", "Vie\u0323\u0302t Nam: Nguye\u0302\u0303n",
		"בְּרֵאשִׁ֖ית בָּרָ֣א שָּׁ֖", "مُحَمَّدٌ رَّسُولُ اللّٰهِ", "می\u200cخواهم", "မြန်မာ ကျွန်ုပ် မြို့ ကြွှော", "ཧཱུྃ བསྒྲུབས", "한국 각",
		"👩\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 👍🏽 🧑🏽\u200d🚀 🇩🇪 ❤\ufe0f \u2764\ufe0e 1\ufe0f\u20e3 #\ufe0f\u20e3 ‼\ufe0f",
		"ɔ̃̀ ṩ̂ é̱̈́", "ক্ষ্ম্য তাঁর", "ശ്രീ ന്\u200d", "ශ්\u200dරී", "ខ្ញុំ", "𝒜𝓃𝓃 𠮷 ﷺ ｡ﾟ \U0001fae9",
	} {
		if got := string(Append(nil, []byte(text))); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// What shows nothing is not there, and what is piled up has an end.
func TestHiddenAndPiled(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\u034fb":                                    "ab",
		"a\u17b4\u17b5b":                              "ab",
		"a\u180b\u180c\u180d\u180e\u180fb":            "ab",
		"a\ufe00b\ufe0ec\ufe0fd":                      "abcd",
		"葛\U000e0100城\U000e01ef":                      "葛城",
		"\ufffe\uffff\ufdd0\U0010ffff":                "",
		"\u115f\u1160\u3164\uffa0\u2065":              "",
		"\u200dx\u200d y \u200c":                      "x y ",
		"❤\u200d\u200d\u200d❤\ufe0f\ufe0f":            "❤\u200d❤\ufe0f",
		"\U0001f3f4\U000e0067\U000e007f":              "\U0001f3f4",
		"Z" + strings.Repeat("\u0301", 9):             "Z" + strings.Repeat("\u0301", 4),
		"Z" + strings.Repeat("\u0301\u200d", 9) + "é": "Z" + strings.Repeat("\u0301\u200d", 4) + "é",
		"Z" + strings.Repeat("\u0301\x1b[m", 9):       "Z" + strings.Repeat("\u0301", 4),
		"क" + strings.Repeat("\u0903", 9):             "क" + strings.Repeat("\u0903", 4),
	} {
		if got := string(Append(nil, []byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Whatever comes, the result is UTF-8, shows all that it has, piles up little, and stays as it is.
func FuzzAppend(f *testing.F) {
	f.Add([]byte("\x1b[31mred\x1b[0m \x1b]0;t\x07"))
	f.Add([]byte("世界\u202e\xff\n"))
	f.Add([]byte("❤\ufe0f\u200d🔥 1\ufe0f\u20e3 e\u0301\u0302\u0303\u0304\u0305 \u034f\ufdd0\U000e0100"))
	f.Add([]byte("क्\u200dष \u0301\u200d\u0301\u200d\u0301\u200d\u0301\u200d\u0301"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := Append([]byte("lead "), text)
		if !utf8.Valid(got) || !bytes.HasPrefix(got, []byte("lead ")) {
			t.Fatalf("%q: %q", text, got)
		}
		over, beside, before := 0, 0, ' '
		for _, r := range string(got) {
			switch {
			case r == '\u200c', r == '\u200d':
				if before < 0x80 || before == '\u200c' || before == '\u200d' {
					t.Errorf("%q: %q has a joiner after %U", text, got, before)
				}
			case r == '\ufe0e', r == '\ufe0f':
				if unicode.IsLetter(before) || unicode.IsSpace(before) || unicode.IsMark(before) {
					t.Errorf("%q: %q has %U after %U", text, got, r, before)
				}
			case r == 0x34f, r >= 0x17b4 && r <= 0x17b5, r >= 0x180b && r <= 0x180f,
				r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff, // tags, selectors
				r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe, // noncharacters
				r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r >= 0xfff0 && r <= 0xfff8,
				unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
				t.Errorf("%q: %q holds %U", text, got, r)
			case unicode.In(r, unicode.Mn, unicode.Me):
				over++
			case unicode.Is(unicode.Mc, r):
				beside++
			default:
				over, beside = 0, 0
			}
			if over > 4 || beside > 4 {
				t.Errorf("%q: %q has %d and %d marks in a row", text, got, over, beside)
			}
			before = r
		}
		if again := Append(nil, got); !bytes.Equal(again, got) {
			t.Errorf("%q: %q, and again: %q", text, got, again)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	for name, text := range map[string]string{
		"english": strings.Repeat("The quick brown fox jumps over it. ", 4),
		"chinese": strings.Repeat("子进程已经死了，父进程还没有等它。", 4),
		"russian": strings.Repeat("Съешь ещё этих мягких булок. ", 4),
		"emoji":   strings.Repeat("👩\u200d👩\u200d👧\u200d👦 ❤\ufe0f 👍🏽", 4),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			to := make([]byte, 0, 2*len(text))
			for b.Loop() {
				to = Append(to[:0], []byte(text))
			}
		})
	}
}
