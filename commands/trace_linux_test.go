package commands_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mtp/lessons/kit/outside"
)

// traceFile is a file in the Trace Event Format ("JSON object format") that Chrome defined and
// Perfetto reads.
type traceFile struct {
	DisplayTimeUnit string `json:"displayTimeUnit"`
	TraceEvents     []traceEvent
}

type traceEvent struct {
	Ph, Name, Cat, BP string
	TS, Dur           *float64
	PID, TID, ID      int
	Args              map[string]any
}

func (e traceEvent) begin() time.Time { return time.Unix(0, int64(*e.TS*1000)) }

func (e traceEvent) end() time.Time { return e.begin().Add(time.Duration(*e.Dur * 1000)) }

func readTrace(t *testing.T, path string) traceFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var trace traceFile
	if err := json.Unmarshal(text, &trace); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return trace
}

// The trace is what the format wants, and says what the JSON events say.
func TestTraceAgreesWithTheEvents(t *testing.T) {
	t.Parallel()
	for _, lesson := range firstVariants() {
		t.Run(lesson[0], func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "trace.json")
			events := outside.Start(t, append([]string{
				"mtp", "--json", "--pace=0.1",
				"--trace=" + path,
			}, lesson...)...).Finish()
			trace := readTrace(t, path)
			ofProcess, names := map[int][]traceEvent{}, map[int]string{}
			forks := map[int]map[string]traceEvent{}
			narrated := 0
			for _, e := range trace.TraceEvents {
				if e.TS == nil || e.PID == 0 || e.TID == 0 || e.Name == "" {
					t.Fatalf("incomplete: %+v", e)
				}
				switch e.Ph {
				case "M":
					if name, ok := e.Args["name"].(string); e.Name == "process_name" && ok {
						names[e.PID] = name
					}
				case "X":
					if e.Dur == nil || *e.Dur < 0 {
						t.Errorf("a slice without a duration: %+v", e)
					}
					ofProcess[e.PID] = append(ofProcess[e.PID], e)
				case "s", "f":
					if forks[e.ID] == nil {
						forks[e.ID] = map[string]traceEvent{}
					}
					forks[e.ID][e.Ph] = e
				case "i":
					narrated++
				default:
					t.Errorf("what is phase %q?", e.Ph)
				}
			}
			lanes := outside.LanesOf(t, events)
			if len(lanes) == 0 && len(names) > 1 {
				return // a lesson may leave them to the trace
			}
			if len(lanes) < 2 || len(lanes) != len(names) {
				t.Errorf("%d lanes, %d names", len(lanes), len(names))
			}
			for i, lane := range lanes {
				if names[lane.PID] != lane.Name {
					t.Errorf("%d is %q in the trace, %q in the events", lane.PID, names[lane.PID],
						lane.Name)
				}
				of := ofProcess[lane.PID]
				if len(of) < len(lane.Spans) {
					t.Fatalf("%d: %d slices, %d spans", lane.PID, len(of), len(lane.Spans))
				}
				for s, span := range lane.Spans {
					const resolution = 2 * time.Microsecond // it is cut, and float64 rounds
					// it may have gone on until the trace was written
					last := s == len(lane.Spans)-1
					if of[s].Args["state"] != span.State ||
						of[s].begin().Sub(span.Begin).Abs() > resolution || !last &&
						of[s].end().Sub(span.End).Abs() > resolution {
						t.Errorf("%s %d: slice %v from %v to %v; span %+v", lane.Name, lane.PID,
							of[s].Args, of[s].begin(), of[s].end(), span)
					}
				}
				if _, ok := names[lane.PPID]; !ok {
					// whose parent may have ended before it was met
					if i > 0 && lane.Name != "grandchild" {
						t.Errorf("no lane for %d, the parent of %s %d", lane.PPID, lane.Name,
							lane.PID)
					}
					continue
				}
				from, to := forks[lane.PID]["s"], forks[lane.PID]["f"]
				if from.PID != lane.PPID || to.PID != lane.PID || to.BP != "e" ||
					*from.TS > *to.TS ||
					to.begin().Sub(lane.Spans[0].Begin).Abs() > 2*time.Microsecond {
					t.Errorf("the arrow from %d to %d: %+v, %+v", lane.PPID, lane.PID, from, to)
				}
				if !slices.ContainsFunc(ofProcess[from.PID],
					func(e traceEvent) bool {
						return *e.TS <= *from.TS &&
							*from.TS <= *e.TS+*e.Dur
					}) {
					t.Errorf("the arrow to %d begins at no slice of %d", lane.PID, from.PID)
				}
			}
			if narrated == 0 || narrated > len(events) {
				t.Errorf("%d of %d events are in the trace", narrated, len(events))
			}
		})
	}
}

func TestTraceIsWrittenAfterAnInterruption(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "trace.json")
	s := outside.Start(t, "mtp", "zombie", "--json", "--pace=0", "--hold=1h", "--trace", path)
	s.Until("hold")
	if err := s.Interrupt(); err != nil {
		t.Fatal(err)
	}
	if code, _ := s.End(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	trace := readTrace(t, path)
	if !slices.ContainsFunc(trace.TraceEvents,
		func(e traceEvent) bool { return e.Args["state"] == "Z" }) {
		t.Error("the trace has no zombie")
	}
}
