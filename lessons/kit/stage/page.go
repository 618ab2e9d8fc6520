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

// makeRoom turns the page if an event would not fit on it any more, and repeats the step's title:
// a picture stays whole, and nothing scrolls away unread.
func (s *Stage) makeRoom(e event.Event) {
	if !s.setting.Stepwise || !s.terminal.Watched() {
		return
	}
	const prompt = 2 // rows that are kept free for it
	rows := s.terminal.Rows(e)
	if s.page.rows > 0 && s.page.rows+rows > s.terminal.Height()-prompt {
		s.prompt()
		s.Check()
		s.turnPage()
		if s.keys == nil && s.page.title.Text != "" && e.Kind != event.Step {
			title := s.page.title
			s.page.rows += s.terminal.Rows(title)
			s.Must(s.terminal.Show(title))
		}
	}
	if e.Kind == event.Step {
		s.page.title = e
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
