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

// makeRoom turns the page if an event would not fit on it any more: a picture stays whole, and
// nothing scrolls away unread.
func (s *Stage) makeRoom(e event.Event) {
	if !s.setting.Stepwise || !s.terminal.Watched() {
		return
	}
	rows := s.terminal.Rows(e)
	if e.Kind == event.Step {
		s.page.title = event.Event{}
	}
	s.leave(rows)
	if e.Kind == event.Step {
		s.page.title = e
	}
}

// LeaveRows leaves room on the page for what other processes are going to write.
func (s *Stage) LeaveRows(rows int) {
	if s.setting.Stepwise && s.terminal.Watched() {
		s.leave(rows)
	}
}

// leave takes so many rows of the page. If they are not left, it begins a new one, and repeats the
// step's title there.
func (s *Stage) leave(rows int) {
	const prompt = 2 // rows that are kept free for it
	if s.page.rows > 0 && s.page.rows+rows > s.terminal.Height()-prompt {
		s.prompt()
		s.Check()
		s.turnPage()
		if title := s.page.title; s.keys == nil && title.Text != "" {
			s.page.rows += s.terminal.Rows(title)
			s.Must(s.terminal.Show(title))
		}
	}
	s.page.rows += rows
}

// turnPage begins a new page. In the tour, where one may want to look back, the old one stays
// above.
func (s *Stage) turnPage() {
	s.page.rows = 0
	if s.keys == nil {
		s.terminal.TurnPage()
	}
}
