package workers

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"mtp/lessons/kit/kernel"
	"mtp/lessons/kit/process"
	"mtp/lessons/kit/stage"
)

// worker is a Process that the lesson listens to.
type worker struct {
	*process.Process
	called any      // its name, as it is shown
	out    *os.File // what it prints
}

// start starts a process, and listens to it.
func start(s *stage.Stage, p *process.Process) *worker {
	out, err := p.StdoutPipe()
	s.Must(err)
	s.Cleanup(func() { out.Close() })
	s.Must(p.Start())
	return &worker{Process: p, called: p.Name, out: out}
}

// hear reads what the process prints, as fmt.Fscanf does. If that fails, how the process has ended
// says why.
func (w *worker) hear(s *stage.Stage, format string, into ...any) {
	if _, err := fmt.Fscanf(w.out, format, into...); err != nil {
		s.Mustf(errors.Join(err, w.Join(s.Context())), "hear from %s", w.Name)
	}
}

// hello hears from a job who it is.
func (w *worker) hello(s *stage.Stage) {
	var pid, ppid int
	w.hear(s, "%d %d\n", &pid, &ppid)
	s.See("hello", kernel.Stdout(w.PID()),
		"{name}: my PID is {pid}, my parent's is {ppid}.",
		"name", w.called, "pid", pid, "ppid", ppid)
}

// job says who it is, waits until it may begin, and takes as long as it is told.
func job(args []string) error {
	flags := flag.NewFlagSet("job", flag.ContinueOnError)
	lasts := flags.Duration("lasts", time.Second, "how long the job takes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	fmt.Println(os.Getpid(), os.Getppid())
	await(process.File(0))
	time.Sleep(*lasts)
	return nil
}
