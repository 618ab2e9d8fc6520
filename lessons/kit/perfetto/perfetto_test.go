package perfetto

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"mtp/lessons/kit/event"
)

func TestWhatIsSaidIsAnInstant(t *testing.T) {
	t.Parallel()
	voice := event.Voice{Lesson: "test"}
	said := voice.Make(event.Say, "said", nil, "I say {what}.", "what", "this")
	var trace bytes.Buffer
	if err := Write(&trace, nil, []event.Event{said}, voice); err != nil {
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
	if e.Ph != "i" || e.Name != "I say this." || e.Cat != "say" || e.Args["name"] != "said" ||
		e.Args["what"] != "this" {
		t.Errorf("got %+v", e)
	}
	if since := time.Since(time.UnixMicro(int64(e.Ts))); since < 0 || since > time.Minute {
		t.Errorf("said %v ago", since)
	}
}
