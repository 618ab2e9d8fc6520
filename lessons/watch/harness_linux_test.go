package watch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

func TestMain(m *testing.M) { outside.Main(m) }

// programs are what is watched here, compiled once.
type programs struct {
	cases, seeds string // in C
	thirtytwo    string // of 32 bits; "" where such a program does not run
	python       string // a script
}

// All tests of the watch need the programs.
func TestWatch(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "cc", "python3")
	p := compile(t)
	for name, test := range map[string]func(*testing.T, programs){
		"names what is wrong":        namesWhatIsWrong,
		"says by whom it was killed": saysByWhomItWasKilled,
		"clean programs":             cleanPrograms,
		"what is no process":         whatIsNoProcess,
		"a program that traces":      aProgramThatTraces,
		"32 bits":                    thirtyTwoBits,
		"as strace":                  asStrace,
		"killed in a fork":           killedInAFork,
		"streams":                    streams,
		"exit codes":                 exitCodes,
		"quiet":                      quiet,
		"languages":                  languages,
		"timeout":                    timeout,
		"no adoption":                noAdoption,
		"attached":                   attached,
		"job control":                jobControl,
		"Ctrl-C":                     ctrlC,
		"Ctrl-C twice":               ctrlCTwice,
		"nothing is left":            nothingIsLeft,
		"worlds":                     worlds,
	} {
		if outside.RaceDetector && rand.N(3) > 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

func compile(t *testing.T) (p programs) {
	t.Helper()
	//nolint:usetesting // t.TempDir is below a folder that is closed to other users
	dir, err := os.MkdirTemp("/tmp", "mtp-watch-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p = programs{cases: filepath.Join(dir, "cases"), seeds: filepath.Join(dir, "seeds")}
	for _, binary := range []string{p.cases, p.seeds} {
		source := "testdata/" + filepath.Base(binary) + ".c"
		out, err := exec.Command("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-O0",
			"-fno-omit-frame-pointer", "-pthread", source, "-o", binary).CombinedOutput()
		if err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
	}
	thirtytwo := filepath.Join(dir, "thirtytwo")
	if exec.Command("cc", "-m32", "-g", "-nostdlib", "-static", "-ffreestanding", "-fno-pie",
		"-no-pie", "-fno-stack-protector", "testdata/thirtytwo.c", "-o", thirtytwo).Run() == nil {
		var exit *exec.ExitError
		if errors.As(exec.Command(thirtytwo).Run(), &exit) && exit.ExitCode() == 9 {
			p.thirtytwo = thirtytwo
		}
	}
	text, err := os.ReadFile("testdata/cases.py")
	if err != nil {
		t.Fatal(err)
	}
	p.python = filepath.Join(dir, "cases.py")
	if err := os.WriteFile(p.python, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// marks are the lines of a source that its comments name: @zombie.
func marks(t *testing.T, source string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + source)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	mark, line := regexp.MustCompile(`(?://|#) (@[\w.]+)$`), 0
	for text := range strings.Lines(string(text)) {
		line++
		if m := mark.FindStringSubmatch(strings.TrimSpace(text)); m != nil {
			found[m[1]] = fmt.Sprintf("%s:%d", source, line)
		}
	}
	return found
}

// at replaces marks by their lines.
func at(t *testing.T, source, text string) string {
	t.Helper()
	lines := marks(t, source)
	return regexp.MustCompile(`@[\w.]*\w`).ReplaceAllStringFunc(text, func(mark string) string {
		if lines[mark] == "" {
			t.Fatalf("no mark %s in %s", mark, source)
		}
		return lines[mark]
	})
}

// live starts mtp watch with its events on the standard output, where they are read as they come.
func live(t *testing.T, args ...string) *outside.Session {
	t.Helper()
	command := []string{"mtp", "watch", "--json", "-o", "/dev/stdout"}
	return outside.Start(t, append(command, args...)...)
}

// watched is what came of a run.
type watched struct {
	events      []outside.Event
	out, errors string
	code        int
}

// watch runs mtp watch in a cage to its end; it tells in a file.
func watch(t *testing.T, input string, command ...string) (w watched) {
	t.Helper()
	told := filepath.Join(t.TempDir(), "told")
	command = slices.Concat([]string{"mtp", "watch", "--json", "-o", told}, command)
	w.out, w.errors, w.code = caged(t, input, command...)
	file, err := os.Open(told)
	if err != nil {
		t.Fatalf("%v; it said:\n%s", err, w.errors)
	}
	defer file.Close()
	for lines := json.NewDecoder(file); lines.More(); {
		var e outside.Event
		if err := lines.Decode(&e); err != nil {
			t.Fatal(err)
		}
		w.events = append(w.events, e)
	}
	return w
}

// caged runs a command in a cage.
func caged(t *testing.T, input string, command ...string) (out, errs string, code int) {
	t.Helper()
	cage := exec.Command("cage", command...)
	cage.Env = append(os.Environ(), "MTP_LANG=en")
	cage.Stdin = strings.NewReader(input)
	var stdout, stderr strings.Builder
	cage.Stdout, cage.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cage.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	code = cage.ProcessState.ExitCode()
	if code == outside.Escaped {
		t.Errorf("%v left something behind: %s", command, stderr.String())
	}
	return stdout.String(), stderr.String(), code
}

// births number the program's processes as they were born: the program itself is #0.
type births map[int]string

func birthsOf(events []outside.Event) births {
	b := births{}
	number := func(pid int) {
		if b[pid] == "" {
			b[pid] = fmt.Sprintf("#%d", len(b))
		}
	}
	for _, e := range events {
		switch e.Name {
		case "execed", "attached":
			number(e.Number("pid"))
		case "forked":
			number(e.Number("pid"))
			number(e.Number("child"))
		}
	}
	return b
}

var digits = regexp.MustCompile(`\d+`)

// of is a value with the PIDs that are known replaced by the processes' numbers.
func (b births) of(value any) string {
	return digits.ReplaceAllStringFunc(fmt.Sprint(value), func(number string) string {
		pid, _ := strconv.Atoi(number)
		if b[pid] != "" {
			return b[pid]
		}
		return number
	})
}

// said is an event in a line: its name, and its fields except times, with processes numbered.
func (b births) said(e outside.Event) string {
	words := []string{e.Name}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		switch value := e.Fields[name]; {
		case strings.HasSuffix(name, "_ns"), name == "after_s":
		default:
			words = append(words, fmt.Sprintf("%s=[%s]", name, b.of(value)))
		}
	}
	return strings.Join(words, " ")
}

// verdict is the event that sums up, and what it is followed by: what went wrong.
func verdict(events []outside.Event) (verdict outside.Event, findings []outside.Event) {
	i := slices.IndexFunc(events, func(e outside.Event) bool {
		return strings.HasPrefix(e.Name, "verdict")
	})
	if i < 0 {
		return outside.Event{}, nil
	}
	for _, e := range events[i+1:] {
		if e.Kind != "end" && e.Name != "notes" { // a heading
			findings = append(findings, e)
		}
	}
	return events[i], findings
}

// wantNumber expects a number in a field, such as 501 "processes" of a verdict.
func wantNumber(t *testing.T, e outside.Event, field string, want int) {
	t.Helper()
	if got, is := e.Fields[field].(float64); !is || int(got) != want {
		t.Errorf("%s says %s=%v, want %d", e.Name, field, e.Fields[field], want)
	}
}

// clean expects no complaint.
func clean(t *testing.T, w watched, processes int) {
	t.Helper()
	if w.code != 0 {
		t.Errorf("exit code %d; it said:\n%s", w.code, w.errors)
	}
	v, findings := verdict(w.events)
	if v.Name != "verdict.clean" {
		t.Errorf("it says %q, want verdict.clean", v.Name)
	}
	wantNumber(t, v, "wrong", 0)
	wantNumber(t, v, "processes", processes)
	for _, f := range findings {
		t.Errorf("it complains: %s: %s", f.Name, f.Text)
	}
	for _, e := range w.events {
		switch e.Name {
		case "zombie", "zombie.busy", "orphaned", "stuck":
			t.Errorf("while it ran: %s", e.Text)
		}
	}
}
