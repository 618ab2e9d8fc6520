package exit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// statuses lets children end in different ways, and compares what is made of each.
func (o Options) statuses(s *stage.Stage) {
	arrives := s.AskNumber("status",
		"A child is going to call _exit({status}). Which exit status will wait report?",
		"status", o.Status)
	s.Step("ways",
		"Children end in different ways. What does wait say of each, and what does a shell make of it?")
	asked, arrived, from := strconv.Itoa(o.Status), 0, 0
	table := s.Table("table", "child", "the child", "word", "status", "meaning", "that is",
		"shell", "in sh, $?", "python", "Python")
	for _, way := range []struct{ name, what string }{
		{"return", s.Text("return", "main returns")},
		{"7", "_exit(7)"},
		{asked, fmt.Sprintf("_exit(%d)", o.Status)},
		{"-1", "_exit(-1)"},
		{"text", s.Text("complains", "complains, exits 1")},
		{"kill", s.Text("killed", "SIGKILL ends it")},
	} {
		child, _ := run(s, "end", way.name)
		status := child.Cmd.ProcessState.Sys().(syscall.WaitStatus)
		if way.name == asked {
			arrived, from = status.ExitStatus(), child.PID
		}
		meaning := fmt.Sprintf("%s %d", s.Text("exited", "exited"), status.ExitStatus())
		if status.Signaled() {
			meaning = fmt.Sprintf("%s %d", s.Text("signaled", "signal"), status.Signal())
		}
		table.Row(way.what, fmt.Sprintf("%#x", word(status)), meaning,
			inShell(s, way.name), inPython(status))
	}
	table.Show()
	arrives.Is(arrived, process.StatusSource(from))
	if runtime.GOOS == "windows" {
		s.Say("codes",
			"Windows keeps all 32 bits of an exit code, and has no signals: TerminateProcess ended the last one, and gave it its code.")
		return
	}
	s.Say("word",
		"status is the word that wait fills in; WIFEXITED, WEXITSTATUS, WIFSIGNALED and WTERMSIG take it apart. A shell shows a signal as 128 + its number. The last column is by rule, for no Python runs here: its exitcode is the status, or the signal's number with a minus.")
	s.Say("text",
		"The fifth does what Python's sys.exit(\"text\") does: the text goes to the standard error, and the status is 1. sys.exit raises SystemExit, so that finally blocks run; os._exit does not.")
}

// end ends in the way that its argument says.
func end(args []string) error {
	switch way := strings.Join(args, " "); way {
	case "return":
	case "text":
		fmt.Fprintln(os.Stderr, "text")
		os.Exit(1)
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
			return errors.New("want return, text, kill or an exit status as the only argument")
		}
		os.Exit(status)
	}
	return nil
}

// inShell lets a shell run such a child, and asks it for $?; nil if there is no shell.
func inShell(s *stage.Stage, way string) any {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil
	}
	script := s.Child("end", way)
	role := append([]string{script.Cmd.Path}, script.Cmd.Args[1:]...)
	script.Cmd.Path = shell
	script.Cmd.Args = append([]string{"sh", "-c", `"$@"; echo $?`, "sh"}, role...)
	script.Cmd.Stderr = nil
	script.Listen()
	script.Start()
	var code int
	_, err = fmt.Sscan(script.HearAll(), &code)
	if errors.Join(err, script.Cmd.Wait()) != nil {
		return nil
	}
	return code
}

// inPython is what the exitcode of Python's multiprocessing.Process would be.
func inPython(status syscall.WaitStatus) int {
	if status.Signaled() {
		return -int(status.Signal())
	}
	return status.ExitStatus()
}
