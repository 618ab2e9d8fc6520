package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
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
		getenv := func(name string) string { return test.env[name] }
		if got := LanguageFor(test.asked, getenv); got != test.want {
			t.Errorf("%q, %v: %s, want %s", test.asked, test.env, got, test.want)
		}
	}
}

func TestText(t *testing.T) {
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
		if got := Text(value); got != want {
			t.Errorf("%v: %q, want %q", value, got, want)
		}
	}
}

// zombie is a fact that knows two of its parts.
type zombie struct{}

func (zombie) From() string  { return "/proc/7/stat" }
func (zombie) Fields() []any { return []any{"pid", 7, "state", "Z"} }

// The fact fills the holes that nothing else fills, and no others; the Chinese sentence is filled
// with the same.
func TestAFactFillsHoles(t *testing.T) {
	t.Parallel()
	for _, v := range []Voice{
		{Lesson: "test", Language: English},
		{Lesson: "test", Language: Chinese, Chinese: []Sentences{
			{"b": "x"},
			{"a": "状态 {state}，{time}"},
		}},
	} {
		e := v.Make(See, "a", zombie{}, "State {state} for {time}.", "time", 1500*time.Millisecond)
		want := map[Language]string{English: "State Z for 1.5\u00a0s.", Chinese: "状态 Z，1.5\u00a0s"}
		if e.Text != want[v.Language] {
			t.Errorf("got %q, want %q", e.Text, want[v.Language])
		}
		var got struct {
			Lesson, Kind, Name, Text string
			Fields                   json.RawMessage
		}
		if err := json.Unmarshal([]byte(e.JSON()), &got); err != nil {
			t.Fatal(err)
		}
		const fields = `{"source":"/proc/7/stat","state":"Z","time_ns":1500000000}`
		if string(got.Fields) != fields || got.Lesson != "test" || got.Kind != "see" ||
			got.Name != "a" {
			t.Errorf("got %+v, want the fields %s", got, fields)
		}
	}
}

func TestAHoleThatNothingFillsIsAMistake(t *testing.T) {
	t.Parallel()
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "{ppid}") {
			t.Errorf("it does not name the hole: %q", text)
		}
	}()
	Voice{}.Make(Say, "a", zombie{}, "The parent is {ppid}.")
}

// A line in pieces is the line that would have been shown, with the number to come.
func TestPieces(t *testing.T) {
	t.Parallel()
	e := Voice{}.Make(Say, "a", nil, "PID {pid}, says {pid}.", "pid", Blank{})
	if line := strings.Join(Pieces(e.Text), "4711"); line != "PID 4711, says 4711." {
		t.Errorf("%q", line)
	}
	line := strings.Join(Pieces(e.JSON()), "4711")
	if !strings.Contains(line, `"fields":{"pid":4711}`) ||
		!strings.Contains(line, `"text":"PID 4711, says 4711."`) {
		t.Errorf("%q", line)
	}
}
