package watch_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mtp/lessons/kit/outside"
)

// Programs that do everything right get no complaint.
func cleanPrograms(t *testing.T, p programs) {
	for name, c := range map[string]struct {
		processes int
		program   []string
	}{
		// Each case is performed by a child: 12 of them, the program itself, and what they make.
		"C": {13 + 4 + 5 + 3 + 2 + 1 + 1 + 3 + 0 + 0 + 1 + 1 + 1, []string{
			p.cases, "waits", "handler", "ignored", "twice", "vforks", "spawns", "systems", "threads",
			"threadexecs", "threadforks", "peeks", "flushes",
		}},
		"500 forks": {501, []string{p.cases, "many"}},
		"sh": {8, []string{
			"sh", "-c", "echo a | cat | cat >/dev/null; true & wait; (true; true); (exec cat) </dev/null; x=$(echo)",
		}},
		"Python": {9, []string{"python3", p.python, "clean"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clean(t, watch(t, "", append([]string{"--"}, c.program...)...), c.processes)
		})
	}
}

// Threads are no processes, and their calls are their process's; vfork and posix_spawn make
// processes; a program that another thread executes is the process's.
func whatIsNoProcess(t *testing.T, p programs) {
	w := watch(t, "", "--", p.cases, "threads", "threadexecs", "threadforks", "vforks", "spawns", "peeks")
	clean(t, w, 11)
	b := birthsOf(w.events)
	forks := []string{}
	for _, e := range w.events {
		if e.Name == "forked" {
			forks = append(forks, fmt.Sprintf("%s>%s", b.of(e.Number("pid")), b.of(e.Number("child"))))
		}
	}
	if got, want := strings.Join(forks, " "),
		"#0>#1 #0>#2 #0>#3 #3>#4 #0>#5 #5>#6 #0>#7 #7>#8 #0>#9 #9>#10"; got != want {
		t.Errorf("who forked whom: %s, want %s", got, want)
	}
	for _, e := range w.events {
		switch said := b.said(e); {
		case e.Name == "execed" && strings.Contains(said, "nothing"):
			finding{"execed", "", []string{"pid=[#2]"}}.is(t, "cases.c", said)
		case e.Name == "forked" && b.of(e.Number("child")) == "#4":
			finding{"forked", "@threadforks in forks", nil}.is(t, "cases.c", strings.Replace(said, ", from", "]", 1))
		case e.Name == "forked" && b.of(e.Number("child")) == "#6":
			finding{"forked", "@vforks in vforks, from perform at @perform", []string{
				"how=[vfork]",
			}}.is(t, "cases.c", said)
		case strings.HasPrefix(e.Name, "waited") && b.of(e.Number("child")) == "#10":
			if e.Name == "waited" && strings.Contains(said, at(t, "cases.c", "@peeks ")) {
				t.Errorf("a wait with WNOWAIT does not reap: %s", e.Text)
			}
		}
	}
	if n := kinds(w.events)["execed"]; n != 3 {
		t.Errorf("%d programs were executed, want 3", n)
	}
}

// A program that wants to trace is told that it can't, as it would be below strace, and goes on.
func aProgramThatTraces(t *testing.T, p programs) {
	w := watch(t, "", "--", p.cases, "traces")
	b := birthsOf(w.events)
	finding{"ptraced", "@traces in traces, from perform at @perform", []string{"pid=[#1]"}}.is(t, "cases.c",
		b.said(outside.Named(w.events, "ptraced")))
	if w.code != 7 {
		t.Errorf("exit code %d, want the program's own, 7", w.code)
	}
}

func thirtyTwoBits(t *testing.T, p programs) {
	if p.thirtytwo == "" {
		t.Skip("programs of 32 bits don't run here")
	}
	for _, flag := range []string{"--idle=2s", "--no-seccomp"} {
		s := live(t, flag, "--", p.thirtytwo)
		s.Until("zombie")
		code, events := s.End()
		if code != 9 {
			t.Errorf("exit code %d, want 9", code)
		}
		b := birthsOf(events)
		finding{"waited", "", []string{"pid=[#0]", "child=[#1]", "status=[9]"}}.is(t, "thirtytwo.c",
			b.said(outside.Named(events, "waited")))
		if _, found := verdict(events); len(found) != 1 {
			t.Errorf("it says %v, want the zombie", found)
		} else {
			finding{"neverwaited.doing", "", []string{"parent=[#0]", "pids=[[#2]]", "call=[read]"}}.is(t,
				"thirtytwo.c", b.said(found[0]))
		}
	}
}

// What goes through the program's streams is the same, byte for byte, with mtp and without.
func streams(t *testing.T, p programs) {
	input := strings.Repeat("all of\x00this\xff\n", 5000)
	out, errs, _ := caged(t, input, nil, p.cases, "streams")
	if len(out) != len(input)+256 || len(errs) != 256 {
		t.Fatalf("alone it writes %d and %d bytes", len(out), len(errs))
	}
	w := watch(t, input, "--", p.cases, "streams")
	if w.code != 0 || w.out != out || w.errors != errs {
		t.Errorf("exit code %d, and %d, %d bytes; want 0 and %d, %d", w.code, len(w.out), len(w.errors),
			len(out), len(errs))
	}
	if w := watch(t, input, "-q", "--", p.cases, "streams"); w.out != out || w.errors != errs {
		t.Error("with -q its streams are not the same")
	}
	// Without a file, what mtp says is on the standard error.
	narrated, both, code := caged(t, input, nil, "mtp", "watch", "--", p.cases, "streams")
	if code != 0 || narrated != out || !strings.Contains(both, errs) || !strings.Contains(both, "Verdict") {
		t.Errorf("exit code %d; the standard output is %d bytes, want %d; the standard error is %q", code,
			len(narrated), len(out), both)
	}
}

// mtp ends as the program does, or as env(1) would.
func exitCodes(t *testing.T, _ programs) {
	dir := t.TempDir()
	for name, text := range map[string]string{"garbage": "\x7fELF\x02garbage", "nointerpreter": "#!/no/such\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		code    int
		program []string
	}{
		{0, []string{"true"}},
		{255, []string{"sh", "-c", "exit 255"}},
		{128 + int(syscall.SIGKILL), []string{"sh", "-c", "kill -9 $$"}},
		{128 + int(syscall.SIGUSR1), []string{"sh", "-c", "kill -USR1 $$"}},
		{127, []string{"no-such-program"}},
		{127, []string{dir + "/nointerpreter"}},
		{126, []string{dir}},
		{126, []string{"/etc/passwd"}},
		{126, []string{dir + "/garbage"}},
		{3, []string{"sh", "-c", "(sleep 0.2; exit 9) & exit 3"}}, // it is the first process's
	} {
		t.Run(fmt.Sprint(c.program), func(t *testing.T) {
			t.Parallel()
			_, errs, code := caged(t, "", nil, append([]string{"mtp", "watch", "-q", "--"}, c.program...)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d; it said:\n%s", code, c.code, errs)
			}
			if c.code > 125 && c.code < 128 && strings.TrimSpace(errs) == "" {
				t.Error("it does not say why")
			}
		})
	}
}

// With -q only the verdict is said.
func quiet(t *testing.T, p programs) {
	w := watch(t, "", "-q", "--", p.cases, "cut", "nochild", "sibling")
	for name, count := range kinds(w.events) {
		switch name {
		case "begin", "title.program", "verdict", "wrong.cut", "wrong.nochild", "end":
			if count != 1 {
				t.Errorf("it says %s %d times", name, count)
			}
		default:
			t.Errorf("it says %s", name)
		}
	}
	v, found := verdict(w.events)
	wantNumber(t, v, "wrong", 2)
	wantNumber(t, v, "processes", 6)
	if len(found) != 2 {
		t.Errorf("it says %v, want two things", found)
	}
}

// Both languages have the same events with the same fields, and different sentences.
func languages(t *testing.T, p programs) {
	told := map[string][]string{}
	texts := map[string]map[string]string{}
	for _, lang := range []string{"en", "zh"} {
		w := watch(t, "", "--lang="+lang, "--idle=0", "--", p.cases, "cut", "nochild", "sibling", "segv", "waits",
			"traces", "threadexecs")
		b := birthsOf(w.events)
		texts[lang] = map[string]string{}
		for _, e := range w.events {
			switch e.Name {
			case "tree", "begin", "lanes", "lanes.traced", "sigchld":
				continue // these depend on time
			}
			delete(e.Fields, "zombies") // of a busy machine, some last longer
			told[lang] = append(told[lang], b.said(e))
			texts[lang][e.Name] = e.Text
		}
		slices.Sort(told[lang]) // in which order processes run is chance
	}
	for i := range min(len(told["en"]), len(told["zh"])) {
		if len(told["en"]) != len(told["zh"]) || told["en"][i] != told["zh"][i] {
			t.Errorf("they differ: en says\n%s\nand zh\n%s", strings.Join(told["en"][i:], "\n"),
				strings.Join(told["zh"][i:], "\n"))
			break
		}
	}
	for name, text := range texts["en"] {
		if text != "" && texts["zh"][name] == text && name != "title.program" {
			t.Errorf("%s is the same sentence in both languages: %s", name, text)
		}
	}
	if len(texts["en"]) < 12 {
		t.Errorf("only these events: %v", slices.Sorted(maps.Keys(texts["en"])))
	}
}

// When the time is up, all processes are ended, with timeout(1)'s exit code.
func timeout(t *testing.T, p programs) {
	w := watch(t, "", "--timeout=400ms", "--", p.cases, "stays")
	if w.code != 124 {
		t.Errorf("exit code %d, want 124", w.code)
	}
	if kinds(w.events)["timeout"] != 1 {
		t.Error("it does not say that the time is up")
	}
}

// With --no-adopt, orphans go where they would go without mtp: here, to the cage.
func noAdoption(t *testing.T, p programs) {
	s := live(t, "--no-adopt", "--", p.cases, "orphan")
	cage := s.Command.Process.Pid
	s.Until("orphaned")
	code, events := s.End()
	if to := outside.Named(events, "orphaned").Fields["to"]; to != fmt.Sprintf("%d (cage)", cage) {
		t.Errorf("it goes to %v, want %d (cage)", to, cage)
	}
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A process that runs already is watched from then on, and left alone when mtp is ended.
func attached(t *testing.T, p programs) {
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err == nil && strings.TrimSpace(string(scope)) != "0" && os.Getuid() != 0 {
		t.Skip("only descendants may be traced here")
	}
	server := exec.Command(p.cases, "serves")
	keys, err := server.StdinPipe()
	out, err2 := server.StdoutPipe()
	if err := errors.Join(err, err2, server.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill() })
	answers := bufio.NewReader(out)
	serves := func(again bool) {
		t.Helper()
		if again {
			if _, err := io.WriteString(keys, "\n"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := answers.ReadByte(); err != nil {
			t.Fatal(err)
		}
	}
	serves(false)
	s := live(t, fmt.Sprintf("--pid=%d", server.Process.Pid))
	if e := s.Until("attached"); e.Number("pid") != server.Process.Pid {
		t.Errorf("it is attached to %d, want %d", e.Number("pid"), server.Process.Pid)
	}
	serves(true)
	waited := s.Until("waited")
	b := birthsOf(s.Seen)
	finding{"forked", "@serves in serves, from perform at @perform", []string{"pid=[#0]", "child=[#1]"}}.is(t,
		"cases.c", b.said(outside.Named(s.Seen, "forked")))
	finding{"waited", "", []string{"pid=[#0]", "child=[#1]", "status=[4]"}}.is(t, "cases.c", b.said(waited))
	if err := syscall.Kill(s.MTP(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.End()
	serves(true)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Process.Pid))
	if err != nil || !strings.Contains(string(status), "\nTracerPid:\t0\n") {
		t.Errorf("it is traced still (%v):\n%s", err, status)
	}
	keys.Close()
	if err := server.Wait(); err != nil {
		t.Errorf("it was disturbed: %v", err)
	}
}
