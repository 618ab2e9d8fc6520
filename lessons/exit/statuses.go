package exit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/stage"
)

// statuses lets children end in different ways, and compares what is made of each.
func (o Options) statuses(s *stage.Stage) {
	arrives := s.AskNumber("status",
		"A child is going to call _exit({status}). Which exit status will wait report?",
		"status", o.Status)
	s.Step("ways",
		"Children end in different ways. What does wait report of each, and what does $? say in a shell?")
	asked, arrived := strconv.Itoa(o.Status), 0
	var from, source, shell kernel.Source
	table := s.Table("table", "child", "the child", "word", "status", "how", "that is",
		"number", "", "shell", "in sh, $?")
	for _, way := range []struct {
		name string
		what any
	}{
		{"return", s.Word("return", "main returns")},
		{"7", "_exit(7)"},
		{asked, fmt.Sprintf("_exit(%d)", o.Status)},
		{"-1", "_exit(-1)"},
		{"kill", s.Word("killed", "SIGKILL ends it")},
	} {
		child := s.Start("end", way.name)
		status, read := wait(s, child)
		source = read
		if way.name != "kill" {
			s.ExitStatus(child.PID, status)
		}
		how, number := s.Word("exited", "exited"), status.ExitStatus()
		if status.Signaled() {
			how, number = s.Word("signaled", "signal"), int(status.Signal())
		}
		if way.name == asked {
			arrived, from = status.ExitStatus(), read
		}
		var code any // nil: there is no shell
		code, shell = inShell(s, way.name)
		table.Row(way.what, fmt.Sprintf("%#x", word(status)), how, number, code)
	}
	if shell != "" {
		source += ", and " + shell
	}
	table.From(source + " …")
	table.Show()
	arrives.Is(arrived, from)
	if runtime.GOOS == "windows" {
		s.Say("codes",
			"Windows keeps all 32 bits of an exit code, and has no signals: TerminateProcess ended the last one, and gave it its code.")
		return
	}
	s.Say("word",
		"status is the word that wait fills in; WIFEXITED, WEXITSTATUS, WIFSIGNALED and WTERMSIG take it apart. A shell shows a signal as 128 + its number. (Python's exitcode would be the exit status, or the signal's number with a minus.)")
}

// end ends in the way that its argument says.
func end(args []string) error {
	switch way := strings.Join(args, " "); way {
	case "return":
	case "kill":
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Kill(); err != nil {
			return err
		}
		select {} // the signal is on its way
	default:
		status, err := strconv.Atoi(way)
		if err != nil {
			return errors.New("want return, kill or an exit status as the only argument")
		}
		os.Exit(status)
	}
	return nil
}

// inShell lets a shell run such a child, and asks it for $?; nil if there is no shell.
func inShell(s *stage.Stage, way string) (code any, from kernel.Source) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil, ""
	}
	script := s.Child("end", way)
	role := append([]string{script.Cmd.Path}, script.Cmd.Args[1:]...)
	script.Cmd.Path = shell
	script.Cmd.Args = append([]string{"sh", "-c", `"$@"; echo $?`, "sh"}, role...)
	script.Cmd.Stderr = nil // where some shells say that it was killed
	script.Listen()
	script.Start()
	var status int
	_, err = fmt.Sscan(script.HearAll(), &status)
	s.Mustf(err, "hear from sh")
	wait(s, script)
	return status, script.Stdout()
}
