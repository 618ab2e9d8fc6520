package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// version is that of the contract with programs. A field that is added does not change it.
const version = 1

// JSON is the event as one object on one line, for programs. Nothing in it but the text depends on
// the language.
func (e Event) JSON() string {
	line, err := json.Marshal(struct {
		Version int            `json:"v"`
		Time    string         `json:"time"`
		Lesson  string         `json:"lesson"`
		Kind    Kind           `json:"kind"`
		Name    string         `json:"name"`
		Fields  map[string]any `json:"fields"`
		Text    string         `json:"text"`
	}{version, Time(e.Time), e.Lesson, e.Kind, e.Name, e.ForPrograms(), e.Text})
	if err != nil { // a mistake in the code of who says it
		panic(fmt.Sprintf("event %s has a field that is no JSON: %v", e.Name, err))
	}
	return string(line) + "\n"
}

// Time is a moment as programs read it: RFC 3339, in UTC, always with nine digits behind the point.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// ForPrograms are all fields by name, those of its picture included.
func (e Event) ForPrograms() map[string]any {
	all := map[string]any{}
	for _, f := range e.Fields {
		Put(all, f.Name, f.Value)
	}
	if e.Source != "" {
		all["source"] = e.Source
	}
	if e.Steps > 0 {
		all["step"], all["of"] = e.Step, e.Steps
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

// Put adds a field as programs read it: a duration's name says its unit.
func Put(fields map[string]any, name string, value any) {
	if duration, is := value.(time.Duration); is {
		fields[name+"_ns"] = duration.Nanoseconds()
		return
	}
	fields[name] = value
}
