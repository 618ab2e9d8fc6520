package tour

import "mtp/lessons/kit/stage"

// AllKept reads what the tour keeps, by lesson, and changes nothing.
func AllKept(getenv func(string) string) (map[string]Kept, error) {
	path, err := progressPath(getenv)
	if err != nil {
		return nil, err
	}
	return readProgress(path)
}

// GoesOnAt is where the tour goes on: at the lesson that was left last, or else at the first that
// was not done; -1 if all were.
func GoesOnAt(lessons []stage.Lesson, kept map[string]Kept) int {
	at := -1
	for i, l := range lessons {
		k := kept[l.Name]
		if k.Done.IsZero() && (at < 0 || k.Left.After(kept[lessons[at].Name].Left)) {
			at = i
		}
	}
	return at
}
