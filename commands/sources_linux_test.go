package commands_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// A source that is named was read: in the step that names it, and before the sentence. strace saw
// it. Each variant is told in one of the languages, which take turns: events have the same sources
// in both.
func TestSourcesWereRead(t *testing.T) {
	if raceDetector {
		t.Skip("too slow with the race detector, which has the other tests")
	}
	t.Parallel()
	outside.Needs(t, "strace")
	first := rand.N(2)
	for i, lesson := range variants() {
		language := []string{"en", "zh"}[(first+i)%2]
		t.Run(strings.Join(lesson, " ")+" in "+language, func(t *testing.T) {
			t.Parallel()
			events, log := straced(t, append(lesson, "--lang="+language)...)
			for _, e := range events {
				if source, named := e.Fields["source"].(string); named {
					if err := log.read(e, source); err != nil {
						t.Errorf("%s, %q: %v", e.Name, e.Text, err)
					}
				}
			}
		})
	}
}

// The guard notices when evidence names a source that was not read for it.
func TestAnotherSourceIsNoticed(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "strace")
	events, log := straced(t, "zombie", "--hold=0")
	for _, e := range events {
		source, named := e.Fields["source"].(string)
		if !named {
			continue
		}
		for _, other := range []string{
			regexp.MustCompile(`\d+`).ReplaceAllString(source, "1"), // another process
			"/proc/self/environ", "wait4(1)", "kill(1, SIGKILL)", "getsockopt(SO_RCVBUF)", "stdout of 1",
			"somewhere",
		} {
			if err := log.read(e, other); err == nil {
				t.Errorf("%s: %s is taken for %s", e.Name, other, source)
			}
		}
	}
}

// calls is what strace saw.
type calls struct {
	lines  []call
	groups map[int]int // thread -> process
	mtp    int
	at     map[string]int // where an event was written, by its time
	step   map[string]int // where the step before it began
}

// call is a system call, once it has returned.
type call struct {
	thread int
	name   string
	args   string // and what it returned
}

// straced performs a lesson below strace.
func straced(t *testing.T, lesson ...string) ([]outside.Event, *calls) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "strace")
	traced := "openat,open,readlink,readlinkat,clone,clone3,vfork,fork,execve,wait4,waitid,kill," +
		"pidfd_send_signal,prctl,process_vm_readv,write,writev,getsockopt,sched_getaffinity," +
		"getpriority,getpid,prlimit64"
	command := []string{
		"strace", "-f", "--seccomp-bpf", "-s", "300", "-o", path, "-e", "trace=" + traced,
		"-e", "signal=none", "mtp", "--json", "--pace=0",
	}
	events := outside.Start(t, append(command, lesson...)...).Finish()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return events, parseCalls(string(text), events)
}

// parseCalls reads strace's log, and finds in it where each event was written.
func parseCalls(text string, events []outside.Event) *calls {
	c := &calls{groups: map[int]int{}, at: map[string]int{}, step: map[string]int{}}
	begun := map[int]string{} // calls that have not returned
	thread := regexp.MustCompile(`^(\d+) +(.*)$`)
	resumed := regexp.MustCompile(`^<\.\.\. \w+ resumed>(.*)$`)
	whole := regexp.MustCompile(`^(\w+)\((.*)$`)
	for line := range strings.Lines(text) {
		found := thread.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if found == nil {
			continue
		}
		tid, _ := strconv.Atoi(found[1])
		said := found[2]
		if c.mtp == 0 {
			c.mtp = tid
		}
		if before, is := strings.CutSuffix(said, " <unfinished ...>"); is {
			begun[tid] = before
			continue
		}
		if rest := resumed.FindStringSubmatch(said); rest != nil {
			said = begun[tid] + rest[1]
		}
		if parts := whole.FindStringSubmatch(said); parts != nil {
			c.lines = append(c.lines, call{thread: tid, name: parts[1], args: parts[2]})
			c.join(tid, parts[1], parts[2])
		}
	}
	written := regexp.MustCompile(`\\"time\\":\\"([^\\]+)\\"`)
	for i, l := range c.lines {
		if found := written.FindStringSubmatch(l.args); found != nil && l.name == "write" {
			c.at[found[1]] = i
		}
	}
	step := 0
	for _, e := range events {
		key := timeOf(e)
		if e.Kind == "step" {
			step = c.at[key]
		}
		c.step[key] = step
	}
	return c
}

func timeOf(e outside.Event) string { return e.Time.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// join remembers whose thread a new one is.
func (c *calls) join(tid int, name, args string) {
	if name != "clone" && name != "clone3" || !strings.Contains(args, "CLONE_THREAD") {
		return
	}
	if i := strings.LastIndex(args, "= "); i >= 0 {
		if made, err := strconv.Atoi(strings.Fields(args[i+2:])[0]); err == nil {
			c.groups[made] = c.process(tid)
		}
	}
}

func (c *calls) process(tid int) int {
	if group, is := c.groups[tid]; is {
		return group
	}
	return tid
}

// read returns an error unless the source was read in the step of the event, before it was said.
func (c *calls) read(e outside.Event, source string) error {
	key := timeOf(e)
	end, written := c.at[key]
	if !written {
		return errors.New("strace did not see when it was said")
	}
	made := c.lines[c.step[key]:end]
	source = strings.TrimSuffix(source, " …")
	for part := range strings.SplitSeq(source, ", and ") {
		if !c.exempt(part) && !c.match(part, made, c.lines[:end]) {
			return fmt.Errorf("%s was not read in this step", part)
		}
	}
	return nil
}

// exempt are the sources that are read without a system call: what is in mtp's own memory, and the
// clock.
func (c *calls) exempt(source string) bool {
	own := regexp.MustCompile(`^(&?\w+|0x[0-9a-f]+) in ` + strconv.Itoa(c.mtp) + `$`)
	return own.MatchString(source) &&
		!regexp.MustCompile(`^getpid in `).MatchString(source) ||
		source == "clock_gettime(CLOCK_MONOTONIC)"
}

// match reports whether the calls of this step read the source. What a child has written may have
// been written before.
func (c *calls) match(source string, made, before []call) bool {
	has := func(within []call, process int, name, pattern string) bool {
		args := regexp.MustCompile(pattern)
		return slices.ContainsFunc(within, func(l call) bool {
			return (process == 0 || c.process(l.thread) == process) &&
				regexp.MustCompile("^("+name+")$").MatchString(l.name) && args.MatchString(l.args)
		})
	}
	if strings.HasPrefix(source, "/") {
		return has(made, c.mtp, "openat|open|readlinkat|readlink", `"`+regexp.QuoteMeta(source)+`"`)
	}
	if strings.HasPrefix(source, "ps ") {
		var argv []string
		for word := range strings.FieldsSeq(source) {
			argv = append(argv, `"`+regexp.QuoteMeta(word)+`"`)
		}
		return has(made, 0, "execve", `\[`+strings.Join(argv, ", ")+`\]`)
	}
	output := regexp.MustCompile(`^(?:stdout of|a pipe from) (\d+)$`)
	if found := output.FindStringSubmatch(source); found != nil {
		writer, _ := strconv.Atoi(found[1])
		return has(before, writer, "write|writev", ``)
	}
	found := regexp.MustCompile(`^(\w+)(?:\((.*)\))?(?: in (\d+))?$`).FindStringSubmatch(source)
	if found == nil {
		return false
	}
	name, args := found[1], regexp.QuoteMeta(found[2])
	process := c.mtp
	if found[3] != "" {
		process, _ = strconv.Atoi(found[3])
	}
	pid, rest, _ := strings.Cut(found[2], ", ")
	switch name {
	case "wait4":
		return has(made, process, name, `^`+args+`[,)]`) ||
			has(made, process, name, `^`+pid+`, .*`+regexp.QuoteMeta(rest))
	case "waitid": // by PID or by pidfd; the kernel says whose status it is
		whose := `(P_PID, ` + pid + `,|si_pid=` + pid + `,).*`
		return has(made, process, name, whose+regexp.QuoteMeta(rest))
	case "kill":
		return has(made, process, name, `^`+args+`\)`)
	case "prctl", "getpriority", "process_vm_readv":
		return has(made, process, name, strings.Split(args, ", ")[0])
	case "getrlimit":
		return has(made, process, "prlimit64", args)
	case "clone": // seen where it was called, and where it returned 0: in the child
		return has(made, process, name, args) ||
			has(made, 0, name, args+`.* = `+strconv.Itoa(process)+`$`)
	case "writev":
		return has(made, process, name, `^`+args+`[,<]`)
	case "sched_getaffinity", "getpid":
		return has(before, process, name, ``)
	case "getsockopt":
		for option := range strings.SplitSeq(found[2], ", ") {
			if !has(made, process, name, option) {
				return false
			}
		}
		return true
	}
	return false
}
