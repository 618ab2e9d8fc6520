package narrate

import (
	"encoding/json"
	"fmt"
	"time"

	"mtp/lessons/kit/kernel"
)

// renderJSON is one object on one line.
func renderJSON(e Event) string {
	line, err := json.Marshal(struct {
		Time   time.Time      `json:"time"`
		Lesson string         `json:"lesson"`
		Kind   Kind           `json:"kind"`
		Name   string         `json:"name"`
		Fields map[string]any `json:"fields"`
		Text   string         `json:"text"`
	}{e.Time, e.Lesson, e.Kind, e.Name, jsonFields(e), e.Text})
	if err != nil {
		panic(fmt.Sprintf("event %s has a field that is no JSON: %v", e.Name, err)) // a mistake in the lesson's code
	}
	return string(line) + "\n"
}

// jsonFields are an event's fields as programs read them.
func jsonFields(e Event) map[string]any {
	fields := map[string]any{}
	for name, value := range e.Fields {
		switch v := value.(type) {
		case time.Duration:
			fields[name] = v.Seconds()
		case []kernel.Stat:
			fields[name] = jsonProcesses(v)
		case []kernel.Lane:
			fields[name] = jsonLanes(v)
		default:
			fields[name] = value
		}
	}
	switch keys, _ := fields["keys"].([]string); e.Kind {
	case KindTable:
		fields = map[string]any{"rows": jsonRows(keys, fields["rows"].([][]any))}
	case KindBars:
		values := map[string]int{}
		for i, value := range fields["values"].([]int) {
			values[keys[i]] = value
		}
		fields = map[string]any{"values": values}
	case KindChart:
		values := map[string]float64{}
		for i, value := range fields["values"].([]float64) {
			values[keys[i]] = value
		}
		fields = map[string]any{"values": values}
	}
	return fields
}

func jsonProcesses(processes []kernel.Stat) []map[string]any {
	list := make([]map[string]any, len(processes))
	for i, p := range processes {
		list[i] = map[string]any{"pid": p.PID, "ppid": p.PPID, "comm": p.Comm, "state": p.State, "args": p.Args}
	}
	return list
}

func jsonRows(keys []string, rows [][]any) []map[string]any {
	list := make([]map[string]any, len(rows))
	for i, row := range rows {
		list[i] = map[string]any{}
		for k, key := range keys {
			list[i][key] = row[k]
		}
	}
	return list
}
