package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// JSON is the event as one object on one line, for programs.
func (e Event) JSON() string {
	line, err := json.Marshal(struct {
		Time   time.Time      `json:"time"`
		Lesson string         `json:"lesson"`
		Kind   Kind           `json:"kind"`
		Name   string         `json:"name"`
		Fields map[string]any `json:"fields"`
		Text   string         `json:"text"`
	}{e.Time, e.Lesson, e.Kind, e.Name, e.ForPrograms(), e.Text})
	if err != nil { // a mistake in the code of who says it
		panic(fmt.Sprintf("event %s has a field that is no JSON: %v", e.Name, err))
	}
	return string(line) + "\n"
}

// ForPrograms are all fields by name, those of its picture included.
func (e Event) ForPrograms() map[string]any {
	all := map[string]any{}
	for _, f := range e.Fields {
		all[f.Name] = f.Value
		if duration, is := f.Value.(time.Duration); is {
			all[f.Name] = duration.Seconds()
		}
	}
	if e.Source != "" {
		all["source"] = e.Source
	}
	if e.Kind == Try {
		all["command"] = e.Command
	}
	if e.Kind == Verdict {
		all["right"] = e.Right
	}
	if e.Picture != nil {
		maps.Copy(all, e.Picture.Fields())
	}
	return all
}
