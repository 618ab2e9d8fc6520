package line

import (
	"slices"
	"strings"
)

// Names are names that Tab can complete: the one that was learnt last comes first.
type Names []string

// maxNames is how many names are remembered: strangers may make up any number.
const maxNames = 1000

// Learn puts a name first.
func (n *Names) Learn(name string) {
	if len(*n) > 0 && (*n)[0] == name {
		return
	}
	n.Forget(name)
	*n = slices.Insert(*n, 0, name)
	*n = (*n)[:min(len(*n), maxNames)]
}

// Forget takes a name out.
func (n *Names) Forget(name string) {
	*n = slices.DeleteFunc(*n, func(known string) bool { return known == name })
}

// beginning are the names that begin so, in capitals or not.
func (n *Names) beginning(with string) (found []string) {
	for _, name := range *n {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(with)) {
			found = append(found, name)
		}
	}
	return found
}

// completion is what Tab goes through, as long as nothing else is typed.
type completion struct {
	head  string // what stands before the word
	found []string
	next  int
}

// complete completes the word before the cursor, with another name each time. A name that begins
// the line is somebody who is spoken to; a command is not.
func (e *Editor) complete() {
	if e.completion == nil {
		begin := strings.LastIndexByte(e.before, ' ') + 1
		word := e.before[begin:]
		found := e.names.beginning(word)
		if word == "" || len(found) == 0 {
			return
		}
		e.completion = &completion{head: e.before[:begin], found: found}
	}
	c := e.completion
	completed := c.head + c.found[c.next%len(c.found)]
	c.next++
	if c.head == "" && !strings.HasPrefix(completed, "/") {
		completed += ":"
	}
	completed += " "
	if len(completed)+len(e.after) <= e.limit {
		e.before = completed
	}
}
