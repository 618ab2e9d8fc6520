package narrate

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mtp/lessons/kit/kernel"
)

// at is a moment of the pictures below.
func at(ms int) time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(ms) * time.Millisecond)
}

func lane(pid, ppid int, name string, gone bool, begin int, spans ...any) kernel.Lane {
	l := kernel.Lane{PID: pid, PPID: ppid, Name: name, Gone: gone}
	for i := 0; i < len(spans); i += 2 {
		end := spans[i+1].(int)
		l.Spans = append(l.Spans, kernel.Span{State: spans[i].(kernel.State), Begin: at(begin), End: at(end)})
		begin = end
	}
	return l
}

func TestLanes(t *testing.T) {
	t.Parallel()
	lanes := []kernel.Lane{
		lane(7, 1, "mtp", false, 0, kernel.Running, 300, kernel.Sleeping, 1000),
		// A zombie fills its column, however short; so does a stop. Of the others, the one that lasted longest does.
		lane(12, 7, "吃饭", true, 0, kernel.Starting, 1, kernel.Sleeping, 505, kernel.Stopped, 506, kernel.Running, 690, kernel.Zombie, 691),
		lane(13, 7, "late", true, 490, kernel.Running, 500, kernel.Sleeping, 900),
		lane(14, 7, "end", false, 1000, kernel.Zombie, 1000),
	}
	const want = `    mtp 7    ████████████████████───────────────────────────────────────────────
    吃饭 12  +────────────────────────────────T███████████Z·····················
    late 13                                  █───────────────────────────·······
    end 14                                                                    ZZ
             0                                                               1 s
    (+ starting, █ running or ready, ─ sleeping, T stopped, Z zombie, · gone, one column is 15.2 ms)
`
	got := Stream{}.lanes(lanes, English)
	if got := strings.ReplaceAll(got, "\u00a0", " "); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestMoreLanesThanAreDrawn(t *testing.T) {
	t.Parallel()
	var lanes []kernel.Lane
	for pid := range 40 {
		lanes = append(lanes, lane(pid, 1, "p", false, 0, kernel.State("I"), 10))
	}
	got := Stream{}.lanes(lanes, Chinese)
	if !strings.Contains(got, "p 14  IIII") || strings.Contains(got, "p 15 ") || !strings.Contains(got, "… +25\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestTrace(t *testing.T) {
	t.Parallel()
	out := new(bytes.Buffer)
	n := New(t.Context(), Options{Lesson: "test", Trace: true, Out: Stream{Writer: out}})
	n.Say("test.said", "I say {what}.", "what", "this")
	var trace bytes.Buffer
	if err := n.WriteTrace(&trace); err != nil {
		t.Fatal(err)
	}
	var got struct {
		TraceEvents []struct {
			Ph, Name, Cat string
			Ts            float64
			Args          map[string]any
		}
	}
	if err := json.Unmarshal(trace.Bytes(), &got); err != nil || len(got.TraceEvents) != 1 {
		t.Fatalf("%v:\n%s", err, trace.String())
	}
	e := got.TraceEvents[0]
	if since := time.Since(time.UnixMicro(int64(e.Ts))); e.Ph != "i" || e.Name != "test.said" || e.Cat != "say" || e.Args["text"] != "I say this." || since < 0 || since > time.Minute {
		t.Errorf("got %+v", e)
	}
}
