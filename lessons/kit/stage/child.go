package stage

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
)

// Child is a process that the lesson starts: mtp once more, in one of the lesson's roles, or
// another program. It ends with the lesson, at the latest.
type Child struct {
	PID int
	Cmd *exec.Cmd // to be changed before Start

	stage *Stage
	name  string
	input io.WriteCloser
	heard *bufio.Reader
}

// Child returns a child that is not started yet: mtp in a role, as `mtp role LESSON ROLE ARGS`.
// Unless the lesson gives it another standard input, that is a pipe which LetExit closes; what it
// prints goes nowhere, unless the lesson listens.
func (s *Stage) Child(role string, args ...any) *Child {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = fmt.Sprint(arg)
	}
	return &Child{stage: s, name: role, Cmd: s.Leash().Command(s.lesson.Name, role, words...)}
}

// Program returns a child that is not started yet: another program.
func (s *Stage) Program(path string, args ...string) *Child {
	return &Child{stage: s, name: path, Cmd: exec.Command(path, args...)}
}

// Start starts mtp once more, in a role; see Child.
func (s *Stage) Start(role string, args ...any) *Child {
	c := s.Child(role, args...)
	c.Start()
	return c
}

// Give has the child inherit files, which its role finds by process.File. It is for before Start.
func (c *Child) Give(files ...*os.File) { process.Give(c.Cmd, files...) }

// Listen has what the child prints come to the lesson. It is for before Start.
func (c *Child) Listen() {
	out, err := c.Cmd.StdoutPipe()
	c.stage.Mustf(err, "make a pipe from %s", c.name)
	c.heard = bufio.NewReader(out)
}

// Start starts the child.
func (c *Child) Start() {
	s := c.stage
	if c.Cmd.Stdin == nil {
		var err error
		c.input, err = c.Cmd.StdinPipe()
		s.Mustf(err, "make a pipe to %s", c.name)
	}
	s.Mustf(s.Leash().Start(c.Cmd), "start a child")
	c.PID = c.Cmd.Process.Pid
}

// LetExit ends the child's standard input, for which it waits.
func (c *Child) LetExit() { c.input.Close() }

// SendLine writes an empty line to the child's standard input, for which it waits.
func (c *Child) SendLine() {
	_, err := c.input.Write([]byte("\n"))
	if errors.Is(err, syscall.EPIPE) {
		c.stage.Must(fmt.Errorf("%s has ended too early", c.name))
	}
	c.stage.Mustf(err, "write to %s", c.name)
}

// Hear reads what the child prints, as fmt.Fscanf does.
func (c *Child) Hear(format string, into ...any) {
	_, err := fmt.Fscanf(c.heard, format, into...)
	c.stage.Mustf(err, "hear from %s", c.name)
}

// HearAll reads all that the child prints, until it has ended.
func (c *Child) HearAll() string {
	text, err := io.ReadAll(c.heard)
	c.stage.Mustf(err, "hear from %s", c.name)
	return string(text)
}

// Output is what the child prints.
func (c *Child) Output() io.Reader { return c.heard }

// Stdout is the source of what the child has printed.
func (c *Child) Stdout() kernel.Source { return kernel.Stdout(c.PID) }

// Leash holds all that the lesson starts. It is made when it is needed first.
func (s *Stage) Leash() *process.Leash {
	if s.leash == nil {
		s.Check()
		leash, err := process.NewLeash(s.ctx, s.sampler.Add, s.narrator.cleanedUp)
		s.Must(err)
		s.leash = leash
		s.Cleanup(leash.Cut)
	}
	return s.leash
}

// Parent is mtp as the parent of processes that play the lesson's roles.
func (s *Stage) Parent() *process.Parent {
	parent, err := process.NewParent(s.lesson.Name, s.lesson.Roles, s.Leash())
	s.Must(err)
	return parent
}

// CleanedUp says which processes had to be ended on the way out. It is for clean-ups.
func (s *Stage) CleanedUp(pids []int) { s.narrator.cleanedUp(pids) }

// Tie has a descendant that is not a child of mtp end with the lesson as well.
func (s *Stage) Tie(pid int, name string) { s.Leash().Tie(pid, name) }

// Pipe makes a pipe, which is closed when the lesson is over.
func (s *Stage) Pipe() (read, write *os.File) {
	read, write, err := os.Pipe()
	s.Mustf(err, "make a pipe")
	s.Cleanup(func() {
		read.Close()
		write.Close()
	})
	return read, write
}
