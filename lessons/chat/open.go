package chat

import (
	"errors"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/stage"
)

// opened is something that a process has open: what it is, and its name among the process's open
// files (proc_pid_fd(5)). A socket and a pipe have an inode for a name, which is the same in each
// process that has them.
type opened struct {
	what event.Word
	name string
}

// showOpen shows by which descriptors this process and its child have files open: these, and this
// process's standard ones. It returns the child's descriptors by name, or nil if the kernel does
// not let this process see them.
func showOpen(
	s *stage.Stage, table *stage.Table, child int, files ...opened,
) (its map[string][]string) {
	own, source, err := descriptors(os.Getpid())
	its, itsSource, itsErr := descriptors(child)
	err = errors.Join(err, itsErr)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		s.Warn("open.hidden", "What both have open can't be shown here: {error}.", "error", err)
		return nil
	}
	for _, file := range append(files, standardFiles(s)...) {
		table.Row(file.what, file.name, numbers(s, own[file.name]), numbers(s, its[file.name]))
	}
	table.From(source + ", and " + itsSource)
	table.Show()
	return its
}

// standardFiles are standard input, output and error of this process, each file once.
func standardFiles(s *stage.Stage) (files []opened) {
	for _, standard := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		what := s.Word("open.standard", "standard file")
		if term.IsTerminal(int(standard.Fd())) {
			what = s.Word("open.terminal", "terminal")
		}
		file := opened{what, nameOf(standard)}
		if !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	return files
}

// numbers are descriptors in a cell.
func numbers(s *stage.Stage, descriptors []string) any {
	if len(descriptors) == 0 {
		return s.Word("open.none", "none")
	}
	return strings.Join(descriptors, " ")
}
