package commands_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// world is where a lesson may be told: a command that goes before it.
type world struct {
	name   string
	before []string
	mtp    string // the program
	ready  func(t *testing.T)
}

// worlds are all of them. In each, a lesson has to work, and its verdicts to follow what its kernel
// says there.
func worlds(t *testing.T) []world {
	t.Helper()
	mtp, err := exec.LookPath("mtp")
	if err != nil {
		t.Fatal(err)
	}
	here := func(*testing.T) {}
	root := func(t *testing.T) {
		t.Helper()
		outside.Needs(t, "setpriv", "unshare")
		if os.Getuid() != 0 {
			t.Skip("needs root")
		}
	}
	sh := func(script string) []string { return []string{"sh", "-c", script, "sh"} }
	user := func(uid int) []string {
		return []string{"setpriv", "--reuid=" + strconv.Itoa(uid), "--clear-groups"}
	}
	ordinary, unreadable := mtp, mtp
	if os.Getuid() == 0 {
		ordinary, unreadable = outside.OrdinaryMTP(t), outside.OrdinaryMTP(t)
		if err := os.Chmod(unreadable, 0o111); err != nil {
			t.Fatal(err)
		}
	}
	group := quota(t)
	hidden := sh("mount -t proc -o hidepid=2 proc /proc && cd / && exec \"$@\"")
	return []world{
		{"no environment", []string{"env", "-i"}, mtp, here},
		{"SIGCHLD ignored", sh(`trap "" CHLD; exec "$@"`), mtp, here},
		{
			"signals blocked",
			[]string{"env", "--block-signal=INT,TERM,HUP,CHLD,CONT,USR1"},
			mtp, here,
		},
		{"no standard input", sh(`exec "$@" <&-`), mtp, here},
		{"no standard error", sh(`exec "$@" <&- 2>&-`), mtp, here},
		{
			"deleted directory", sh(`d=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$@"`),
			mtp, here,
		},
		{"PID 1", []string{"unshare", "-Urpf", "--mount-proc"}, mtp, outside.NeedsNamespaces},
		{
			"below PID 1",
			append([]string{"unshare", "-Urpf", "--mount-proc"}, sh(`"$@"; exit $?`)...),
			mtp, outside.NeedsNamespaces,
		},
		{"a subreaper that ignores SIGCHLD", []string{"keeper", "ignores"}, mtp, here},
		{"a subreaper that never waits", []string{"keeper", "never"}, mtp, here},
		{"one processor", []string{"taskset", "-c", "0"}, mtp, func(t *testing.T) {
			t.Helper()
			outside.Needs(t, "taskset")
		}},
		{"an ordinary user", user(61004), ordinary, root},
		{"an ordinary user, unreadable", user(61005), unreadable, root},
		{
			"an ordinary user, hidepid",
			slices.Concat([]string{"unshare", "-m"}, hidden, user(61006)), ordinary, root,
		},
		{"a CPU quota", sh(`echo $$ >` + group + ` && exec "$@"`), mtp, func(t *testing.T) {
			t.Helper()
			if group == "" {
				t.Skip("no control group can be made here")
			}
		}},
	}
}

// quota makes a control group that may use one processor and a half, and returns the file that puts
// a process into it; empty if that can't be done here.
func quota(t *testing.T) string {
	t.Helper()
	for root, limit := range map[string][2]string{
		"/sys/fs/cgroup/cpu": {"cpu.cfs_quota_us", "150000"}, // version 1, of 100000
		"/sys/fs/cgroup":     {"cpu.max", "150000 100000"},   // version 2
	} {
		dir, err := os.MkdirTemp(root, "mtp-test-") //nolint:usetesting // it is no ordinary folder
		if err != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(dir) })
		if os.WriteFile(filepath.Join(dir, limit[0]), []byte(limit[1]), 0o600) == nil {
			return filepath.Join(dir, "cgroup.procs")
		}
	}
	return ""
}

// answersDiffer reports whether a kernel says other things there than elsewhere.
func (w world) answersDiffer() bool {
	return strings.Contains(w.name, "PID 1") || strings.Contains(w.name, "subreaper") ||
		w.name == "one processor" || w.name == "a CPU quota"
}

// In every world lessons work with predictions that are mostly wrong; and where answers differ,
// also with those that its kernel has just said. A start costs much, so lessons take turns: a world
// sees a third of them in a run, or a sixth where answers do not differ, and after a few runs all.
func TestWorlds(t *testing.T) {
	if raceDetector {
		t.Skip("too slow with the race detector, which has the other tests")
	}
	t.Parallel()
	first := rand.N(3 * 6)
	for i, w := range worlds(t) {
		turns := 6
		if w.answersDiffer() {
			turns = 3
		}
		for k, lesson := range firstVariants() {
			if (first+i+k)%turns > 0 {
				continue
			}
			t.Run(w.name+"/"+lesson[0], func(t *testing.T) {
				t.Parallel()
				w.ready(t)
				came := w.perform(t, lesson, answers(t, lesson))
				if w.answersDiffer() {
					w.perform(t, lesson, strings.Join(came, ","))
				}
			})
		}
	}
}

// perform performs a lesson in the world, and returns the answers that came.
func (w world) perform(t *testing.T, lesson []string, predicted string) (came []string) {
	t.Helper()
	command := append(slices.Clone(w.before), w.mtp, "--pace=0", "--json", "--answers="+predicted)
	cage := exec.Command("cage", append(command, lesson...)...)
	var out, errs bytes.Buffer
	cage.Stdout, cage.Stderr = &out, &errs
	if err := cage.Run(); err != nil {
		t.Fatalf("%v:\n%s%s", err, out.String(), errs.String())
	}
	var last outside.Event
	for line := range strings.Lines(out.String()) {
		var e outside.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		last = e
		if e.Kind != "verdict" {
			continue
		}
		came = append(came, fmt.Sprint(e.Fields["answer"]))
		if err := contradiction(e); err != nil {
			t.Errorf("%v: %s", err, line)
		}
	}
	if last.Kind != "end" || last.Fields["outcome"] != "done" {
		t.Errorf("it ends with %v; stderr:\n%s", last, errs.String())
	}
	return came
}

// contradiction says what is wrong with a verdict: who has predicted what came is right.
func contradiction(e outside.Event) error {
	same := fmt.Sprint(e.Fields["predicted"]) == fmt.Sprint(e.Fields["answer"])
	right := e.Fields["right"] == true
	switch {
	case same && !right:
		return errors.New("what came was predicted, and is called wrong")
	case e.Fields["source"] == "":
		return errors.New("nobody said so")
	}
	return nil
}
