package picture

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/sampler"
)

// pen draws without a terminal and without colour.
func pen(language event.Language) event.Pen {
	voice := event.Voice{Language: language, Chinese: []event.Sentences{Chinese}}
	return event.Pen{
		Paint: func(text string, _ ...event.Ink) string { return text },
		Wrap:  func(text string, _ int) []string { return []string{text} },
		Word:  func(name, text string) string { return voice.Text(name, text) },
		First: func(string) bool { return true },
	}
}

// at is a moment of the pictures below.
func at(ms int) time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(ms) * time.Millisecond)
}

func lane(pid, ppid int, name string, gone bool, begin int, spans ...any) sampler.Lane {
	l := sampler.Lane{PID: pid, PPID: ppid, Name: name, Gone: gone}
	for i := 0; i < len(spans); i += 2 {
		end := spans[i+1].(int)
		l.Spans = append(l.Spans, sampler.Span{
			State: spans[i].(kernel.State), Begin: at(begin),
			End: at(end),
		})
		begin = end
	}
	return l
}

func TestLanes(t *testing.T) {
	t.Parallel()
	lanes := Lanes{Lanes: []sampler.Lane{
		lane(7, 1, "mtp", false, 0, kernel.Running, 300, kernel.Sleeping, 1000),
		// A zombie fills its column, however short; so does a stop. Of the others, the one that
		// lasted longest does.
		lane(12, 7, "吃饭", true, 0, sampler.Starting, 1, kernel.Sleeping, 505, kernel.Stopped, 506,
			kernel.Running, 690, kernel.Zombie, 691),
		lane(13, 7, "late", true, 490, kernel.Running, 500, kernel.Sleeping, 900),
		lane(14, 7, "end", false, 1000, kernel.Zombie, 1000),
	}, Steps: []time.Time{at(0), at(500), at(505), at(995)}}
	lanes.Lanes[2].Adopted = []sampler.Adoption{{By: 1, Seen: at(700)}}
	const want = `    mtp 7    ████████████████████───────────────────────────────────────────────
    吃饭 12  +────────────────────────────────T███████████Z·····················
    late 13                                  █─────────────A─────────────·······
    end 14                                                                    ZZ
    step     1                               2                                4
             0                                                               1 s
` + "    (+ being started by mtp, █ running or ready, ─ sleeping, T stopped, " +
		"Z zombie, A adopted, · gone, one column is 15.2 ms)\n" +
		"    The zombie 12 is gone; its parent was 7.\n    13 was adopted by 1.\n"
	got := lanes.Draw(pen(event.English))
	if got := strings.ReplaceAll(got, "\u00a0", " "); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestMoreLanesThanAreDrawn(t *testing.T) {
	t.Parallel()
	var lanes Lanes
	for pid := range 40 {
		lanes.Lanes = append(lanes.Lanes, lane(pid, 1, "p", false, 0, kernel.State("I"), 10))
	}
	got := lanes.Draw(pen(event.Chinese))
	if !strings.Contains(got, "p 14  IIII") || strings.Contains(got, "p 15 ") ||
		!strings.Contains(got, "… +25\n") {
		t.Errorf("got\n%s", got)
	}
}

// The model fits 60 columns, and the arrow that was taken stands out without colour, too.
func TestModelInBothLanguages(t *testing.T) {
	t.Parallel()
	for language, want := range map[event.Language]string{
		event.English: "  new ───► ready ───────────────► running ───► terminated\n" +
			"           ▲   ▲                  │     ┃\n" +
			"           │   └──────────────────┘     ┃\n" +
			"           └───────── waiting ◀━━━━━━━━━┛\n",
		event.Chinese: "  新建 ───► 就绪 ───────────────► 运行 ───► 终止\n" +
			"            ▲  ▲                  │  ┃\n" +
			"            │  └──────────────────┘  ┃\n" +
			"            └──────── 等待 ◀━━━━━━━━━┛\n",
	} {
		if got := (Model{Taken: Block}).Draw(pen(language)); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

// A process that filled a column at most is counted, and not drawn, if there are many.
func TestLanesThatTellNothingAreFolded(t *testing.T) {
	t.Parallel()
	lanes := Lanes{Lanes: []sampler.Lane{lane(1, 0, "mtp", false, 0, kernel.Sleeping, 1000)}}
	for pid := 2; pid <= 16; pid++ {
		lanes.Lanes = append(lanes.Lanes, lane(pid, 1, "p", true, 0, kernel.Running, 5))
	}
	got := lanes.Draw(pen(event.English))
	if strings.Contains(got, "p 2 ") || !strings.Contains(got, "15 more lasted a column or less") {
		t.Errorf("got\n%s", got)
	}
}

// For a screen reader there is not a character that draws.
func TestPlainPictures(t *testing.T) {
	t.Parallel()
	plain := pen(event.English)
	plain.Plain = true
	for _, p := range []event.Picture{
		Lanes{Lanes: []sampler.Lane{
			lane(7, 1, "child", true, 0, kernel.Running, 300, kernel.Zombie, 1000),
		}},
		Tree{
			{PID: 1, Comm: "mtp", State: kernel.Sleeping},
			{PID: 2, PPID: 1, Comm: "mtp", State: kernel.Zombie},
		},
		Table{Columns: []Column{{Key: "a", Head: "PID"}}, Rows: [][]any{{7}}},
		Bars{{Key: "a", Label: "a", Value: 3}},
		Chart{{Key: "a", Label: "a", Value: 3}},
		Model{Taken: Wake},
	} {
		text := p.Draw(plain)
		if strings.ContainsAny(text, "│─└├█▒░·═▲◄►━┃") {
			t.Errorf("%T draws:\n%s", p, text)
		}
	}
	lanes := Lanes{Lanes: []sampler.Lane{
		// What is too short to be told is nobody else's time.
		lane(7, 1, "child", true, 0, kernel.Running, 300, kernel.Sleeping, 305,
			kernel.Zombie, 1000),
	}}
	want := "    child 7: running or ready from 0 µs to 300 ms, " +
		"zombie from 305 ms to 1 s, then gone.\n"
	got := strings.ReplaceAll(lanes.Draw(plain), "\u00a0", " ")
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTableAlignsWideCharacters(t *testing.T) {
	t.Parallel()
	table := Table{
		Columns: []Column{{Key: "a", Head: "办法"}, {Key: "b", Head: "会阻塞？"}, {Key: "c", Head: "数"}},
		Rows:    [][]any{{"wait", true, 1}, {"double-fork", false, 22}},
	}
	out := table.Draw(pen(event.Chinese))
	var starts []int
	for line := range strings.Lines(strings.Trim(out, "\n")) {
		cells := strings.Fields(line)
		starts = append(starts, displaywidth.String(line[:strings.LastIndex(line, cells[2])]))
	}
	if len(starts) != 3 || starts[0] != starts[1] || starts[1] != starts[2] {
		t.Errorf("the third column starts at %v:\n%s", starts, out)
	}
}

func TestTreeOfManyChildrenIsShort(t *testing.T) {
	t.Parallel()
	tree := Tree{{PID: 1, Comm: "mtp", State: kernel.Sleeping}}
	for pid := 2; pid <= 1001; pid++ {
		tree = append(tree, kernel.Stat{PID: pid, PPID: 1, Comm: "mtp", State: kernel.Zombie})
	}
	out := tree.Draw(pen(event.English))
	if !strings.Contains(out, "└─ … +993\n") || strings.Count(out, "mtp(") != 8 {
		t.Errorf("got\n%s", out)
	}
}

// What pictures are for programs.
func TestFields(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]event.Picture{
		`{"processes":[{"args":"","comm":"mtp","pid":2,"ppid":1,"state":"Z"}]}`: Tree{
			{PID: 2, PPID: 1, Comm: "mtp", State: kernel.Zombie},
		},
		`{"rows":[{"x":"a","y":true}]}`: Table{
			Columns: []Column{{Key: "x"}, {Key: "y"}}, Rows: [][]any{{"a", true}},
		},
		`{"values":{"child":4,"parent":3}}`: Bars{
			{Key: "parent", Value: 3},
			{Key: "child", Value: 4},
		},
		`{"arrow":"block"}`: Model{Taken: Block},
	} {
		if got, err := json.Marshal(p.Fields()); string(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}
