// Package exit shows how a process ends, and what its parent learns of it.
//
// A process ends by _exit(2), or by a signal. Its parent gets a status word from wait(2): which of the two it was, and eight bits of the number
// that _exit was given, or the signal. (Windows keeps 32 bits.) exit(3) does something before it calls _exit: it runs the exit handlers and writes out what
// is in the buffers. Go's os.Exit and Python's os._exit are _exit: what is in a buffer then is lost. And a fork copies the
// buffers with all the rest, so that what was not written out before is written twice.
package exit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"mtp/lessons/kit/narrate"
	"mtp/lessons/kit/process"
)

// Options are the lesson's flags.
type Options struct {
	Status int `help:"What one of the children exits with." default:"404" placeholder:"N"`
}

// Run lets children end in every way, and reads what is left of them.
func (o Options) Run(ctx context.Context, say *narrate.Narrator) error {
	if err := say.Room(3 * narrate.Threads); err != nil {
		return err
	}
	leash, err := process.NewLeash(ctx, say.Watch.Add, say.Cleanup)
	if err != nil {
		return err
	}
	defer leash.Cut()

	say.Title("exit.title", "exit: how a process ends, and what its parent learns of it")
	for _, part := range []func(context.Context, *narrate.Narrator, *process.Leash) error{numbers, o.statuses, buffers, copies} {
		if err := part(ctx, say, leash); err != nil {
			return leash.Explain(err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	say.Lanes()
	say.Say("exit.summary", "A parent learns how its child has ended, and a small number. Whatever else a child has to say, it must write out before _exit, and before a fork.")
	return nil
}

// run starts a child in a role, and returns what it wrote, and the status with which it ended.
func run(say *narrate.Narrator, leash *process.Leash, role string, args ...string) (pid int, written string, status syscall.WaitStatus, err error) {
	child := leash.Command("exit", role, args...)
	child.Stderr = nil // one of them writes there
	out, err := child.StdoutPipe()
	if err != nil {
		return 0, "", status, err
	}
	if err := leash.Start(child); err != nil {
		return 0, "", status, say.StartError(err, 0)
	}
	text, err := io.ReadAll(out) // to the end: then it has ended
	if err != nil {
		return 0, "", status, fmt.Errorf("read what the child wrote: %w", err)
	}
	if err := child.Wait(); err != nil && child.ProcessState == nil {
		return 0, "", status, fmt.Errorf("wait for %d: %w", child.Process.Pid, err)
	}
	return child.Process.Pid, string(text), child.ProcessState.Sys().(syscall.WaitStatus), nil
}

// numbers shows who is who.
func numbers(_ context.Context, say *narrate.Narrator, leash *process.Leash) error {
	say.Step("exit.who", "Start a child that asks for its own PID and for its parent's: getpid and getppid.")
	pid, written, _, err := run(say, leash, "who")
	if err != nil {
		return err
	}
	var own, parent int
	if _, err := fmt.Sscan(written, &own, &parent); err != nil {
		return fmt.Errorf("hear from the child: %w", err)
	}
	say.See("exit.child", fmt.Sprintf("stdout of %d", pid), "The child: getpid says {pid}, getppid says {ppid}.", "pid", own, "ppid", parent)
	say.See("exit.parent", fmt.Sprintf("getpid in %d", os.Getpid()), "I, its parent, am {pid}, and have been told that the child is {child}.", "pid", os.Getpid(), "child", pid)
	return nil
}

// statuses lets children end in different ways, and compares what is made of each.
func (o Options) statuses(_ context.Context, say *narrate.Narrator, leash *process.Leash) error {
	arrives := say.Ask("exit.ask.status", "A child is going to call _exit({status}). Which exit status will wait report?", narrate.Number,
		say.Text("exit.rule.status", "On Unix the low 8 bits arrive: the remainder after division by 256. On Windows all 32 do."), "status", o.Status)
	say.Step("exit.ways", "Children end in different ways. What does wait say of each, and what does a shell make of it?")
	shell, err := exec.LookPath("sh")
	if err != nil {
		shell = ""
	}
	asked, arrived, from := strconv.Itoa(o.Status), 0, 0
	var rows [][]any
	for _, way := range []struct{ name, what string }{
		{"return", say.Text("exit.return", "main returns")},
		{"7", "_exit(7)"},
		{asked, fmt.Sprintf("_exit(%d)", o.Status)},
		{"-1", "_exit(-1)"},
		{"text", say.Text("exit.complains", "complains, exits 1")},
		{"kill", say.Text("exit.killed", "SIGKILL ends it")},
	} {
		pid, _, status, err := run(say, leash, "end", way.name)
		if err != nil {
			return err
		}
		if way.name == asked {
			arrived, from = status.ExitStatus(), pid
		}
		told, code := say.Text("exit.exited", "exited"), status.ExitStatus()
		if status.Signaled() {
			told, code = say.Text("exit.signaled", "signal"), int(status.Signal())
		}
		rows = append(rows, []any{way.what, fmt.Sprintf("%#x", word(status)), fmt.Sprintf("%s %d", told, code), inShell(leash, shell, way.name), inPython(status)})
	}
	say.Table("exit.table", "the child|status|that is|in sh, $?|Python", []string{"child", "word", "meaning", "shell", "python"}, rows)
	arrives.Is(arrived, process.StatusSource(from))
	if runtime.GOOS == "windows" {
		say.Say("exit.windows", "Windows keeps all 32 bits of an exit code, and has no signals: TerminateProcess ended the last one, and gave it its code.")
		return nil
	}
	say.Say("exit.word", "status is the word that wait fills in; WIFEXITED, WEXITSTATUS, WIFSIGNALED and WTERMSIG take it apart. A shell shows a signal as 128 + its number. The last column is by rule, for no Python runs here: its exitcode is the status, or the signal's number with a minus.")
	say.Say("exit.text", "The fifth does what Python's sys.exit(\"text\") does: the text goes to the standard error, and the status is 1. sys.exit raises SystemExit, so that finally blocks run; os._exit does not.")
	return nil
}

// inShell lets a shell run such a child, and asks it for $?; nil if there is no shell.
func inShell(leash *process.Leash, shell, way string) any {
	if shell == "" {
		return nil
	}
	script := leash.Command("exit", "end", way)
	script.Args = append([]string{"sh", "-c", `"$@"; echo $?`, "sh", script.Path}, script.Args[1:]...)
	script.Path = shell
	out, err := script.StdoutPipe()
	if err != nil {
		return nil
	}
	if err := leash.Start(script); err != nil {
		return nil
	}
	var code int
	_, err = fmt.Fscan(out, &code)
	if errors.Join(err, script.Wait()) != nil {
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

// buffers shows what _exit leaves in them.
func buffers(_ context.Context, say *narrate.Narrator, leash *process.Leash) error {
	say.Step("exit.buffer", "A child writes a line into a buffer. A deferred function is to write the buffer out. The child's main returns.")
	pid, written, _, err := run(say, leash, "buffered", "return")
	if err != nil {
		return err
	}
	say.See("exit.arrived", fmt.Sprintf("a pipe from %d", pid), "Bytes that have arrived: {bytes}.", "bytes", len(written))
	lost := say.Ask("exit.ask.bytes", "Another child does the same, but ends with _exit. How many bytes will arrive?", narrate.Number,
		say.Text("exit.rule.bytes", "_exit ends the process at once: nothing is written out, no deferred function and no exit handler runs."))
	say.Step("exit.skip", "The same, but now the child calls _exit (os.Exit in Go, os._exit in Python).")
	if pid, written, _, err = run(say, leash, "buffered", "exit"); err != nil {
		return err
	}
	say.See("exit.arrived", fmt.Sprintf("a pipe from %d", pid), "Bytes that have arrived: {bytes}.", "bytes", len(written))
	lost.Is(len(written), fmt.Sprintf("a pipe from %d", pid))
	say.Say("exit.handlers", "The buffer was in the child's memory, and went with it. C's exit writes stdio's buffers out and runs the handlers of atexit, before it calls _exit.")
	return nil
}

// Roles are the processes of this lesson.
func Roles() process.Roles {
	return process.Roles{"who": who, "end": end, "buffered": buffered, "copied": copied}
}

// who says who it is.
func who([]string) error {
	fmt.Println(os.Getpid(), os.Getppid())
	return nil
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

// buffered writes a line into a buffer, and ends in the way that its argument says.
func buffered(args []string) error {
	buffer := bufio.NewWriter(os.Stdout)
	defer func() { _ = buffer.Flush() }()
	fmt.Fprintln(buffer, "a line in a buffer")
	if strings.Join(args, " ") == "exit" {
		os.Exit(0)
	}
	return nil
}
