package stage

import (
	"mtp/lessons/kit/event"
)

// page is what stands on the screen since it was last turned, for a class that steps through a
// lesson.
type page struct {
	rows  int
	title event.Event // the step that it belongs to
}

// paged reports whether somebody steps through the lesson page by page.
func (s *Stage) paged() bool { return s.setting.Stepwise && s.terminal.Watched() }

// place finds a place on the page for an event: a picture stays whole, and nothing scrolls away
// unread.
func (s *Stage) place(e event.Event) {
	if e.Kind == event.Step {
		s.page.title = event.Event{} // that of the step before
	}
	if s.paged() {
		s.LeaveRows(s.terminal.Rows(e))
	}
	if e.Kind == event.Step {
		s.page.title = e
	}
}

// LeaveRows leaves rows of the page for what other processes are going to write.
func (s *Stage) LeaveRows(rows int) {
	s.room(rows)
	s.page.rows += rows
}

// room turns the page if so many rows are not left of it, and repeats the step's title on the new
// one.
func (s *Stage) room(rows int) {
	const prompt = 2 // rows that are kept free for it
	if !s.paged() || s.page.rows == 0 || s.page.rows+rows <= s.terminal.Height()-prompt {
		return
	}
	s.prompt()
	s.turnPage()
	if title := s.page.title; s.keys == nil && title.Text != "" {
		s.page.rows = s.terminal.Rows(title)
		s.Must(s.terminal.Show(title))
	}
}

// turnPage begins a new page. In the tour, where one may want to look back, the old one stays
// above.
func (s *Stage) turnPage() {
	s.page.rows = 0
	if s.setting.Stepwise && s.keys == nil {
		s.terminal.TurnPage()
	}
}
