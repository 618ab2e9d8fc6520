package watch_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// howMany random programs there are. They are one program's children, which live at the same time,
// because what takes long is to start strace, and mtp.
const howMany = 30

// life is what one process did, call by call, and how it ended.
type life struct {
	parent, number int // the number'th child of it
	children       int
	orphan         bool
	calls          []string // <4711> in them is a process
}

// lives are a program's processes, by PID.
type lives map[int]*life

// of is a process's life, which may be told of before its birth.
func (l lives) of(pid int) *life {
	if l[pid] == nil {
		l[pid] = &life{}
	}
	return l[pid]
}

func (l lives) born(parent, child int) {
	p, c := l.of(parent), l.of(child)
	c.parent, c.number = parent, p.children
	p.children++
}

func (l lives) does(pid int, format string, args ...any) {
	l.of(pid).calls = append(l.of(pid).calls, fmt.Sprintf(format, args...))
}

// path names a process in a way that does not depend on how all were scheduled: /4/1 is the second
// child of the program's fifth one. The program itself is "".
func (l lives) path(pid int) string {
	p := l[pid]
	if p == nil || p.parent == 0 {
		return ""
	}
	return fmt.Sprintf("%s/%d", l.path(p.parent), p.number)
}

// families are the lives below each of the program's children; the order in which that itself has
// waited for them is chance, and left out.
func (l lives) families() map[string]string {
	all := map[string][]string{}
	pid := regexp.MustCompile(`<\d+>`)
	for who, p := range l {
		path := l.path(who)
		if path == "" {
			continue
		}
		family := strings.Split(path, "/")[1]
		calls := pid.ReplaceAllStringFunc(strings.Join(p.calls, ", "), func(other string) string {
			return l.path(atoi(strings.Trim(other, "<>")))
		})
		all[family] = append(all[family], fmt.Sprintf("%s orphan=%v: %s", path, p.orphan, calls))
	}
	whole := map[string]string{}
	for family, processes := range all {
		slices.Sort(processes)
		whole[family] = strings.Join(processes, "\n")
	}
	return whole
}

// byStrace are the lives as `strace -f` has them.
func byStrace(t *testing.T, p programs) lives {
	t.Helper()
	file := filepath.Join(t.TempDir(), "strace")
	if _, errs, code := caged(t, "", "strace", "-f", "-e",
		"trace=fork,vfork,clone,clone3,wait4,waitid,kill,exit_group", "-o", file, p.seeds,
		strconv.Itoa(howMany)); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, errs)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	l := lives{}
	begun := map[int]string{} // calls that other lines interrupt
	resumed := regexp.MustCompile(`^<\.\.\. \w+ resumed>(.*)$`)
	for line := range strings.Lines(string(text)) {
		word, said, _ := strings.Cut(strings.TrimSpace(line), " ")
		pid, _ := strconv.Atoi(word)
		said = strings.TrimSpace(said)
		if before, unfinished := strings.CutSuffix(said, " <unfinished ...>"); unfinished {
			begun[pid] = before
			continue
		}
		if m := resumed.FindStringSubmatch(said); m != nil {
			said = begun[pid] + m[1]
		}
		l.straced(pid, said)
	}
	return l
}

// straced takes in a line of strace's.
func (l lives) straced(pid int, said string) {
	match := func(pattern string) []string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(said)
		if m != nil {
			m = m[1:]
		}
		return m
	}
	if m := match(`^(fork|vfork|clone|clone3)\(.* = (\d+)$`); m != nil {
		l.born(pid, atoi(m[1]))
		l.does(pid, "%s <%d>", m[0], atoi(m[1]))
	} else if m := match(`^wait4\(.*WIFEXITED.*WEXITSTATUS\(s\) == (\d+).* = (\d+)$`); m != nil {
		l.does(pid, "reaps <%d> %s", atoi(m[1]), m[0])
	} else if m := match(`^wait4\(.*WIFSIGNALED.*WTERMSIG\(s\) == (\w+).* = (\d+)$`); m != nil {
		l.does(pid, "reaps <%d> %s", atoi(m[1]), m[0])
	} else if m := match(`^wait4\(.*NULL, 0, NULL\) = (\d+)$`); m != nil {
		l.does(pid, "reaps <%d> ?", atoi(m[0]))
	} else if m := match(`^wait4\(.* = -1 (\w+)`); m != nil {
		l.does(pid, "waits %s", m[0])
	} else if m := match(`^waitid\(.*si_pid=(\d+).* = 0$`); m != nil {
		l.does(pid, "reaps <%d> ?", atoi(m[0]))
	} else if m := match(`^kill\((\d+), (\w+)\) `); m != nil && atoi(m[0]) != pid {
		l.does(pid, "sends %s <%d>", m[1], atoi(m[0]))
	} else if m := match(`^exit_group\((\d+)\)`); m != nil && atoi(m[0]) > 255 {
		l.does(pid, "asks for %s", m[0])
	} else if m := match(`^\+\+\+ exited with (\d+) \+\+\+`); m != nil {
		l.ends(pid, m[0])
	} else if m := match(`^\+\+\+ killed by (\w+)`); m != nil {
		l.ends(pid, m[0])
	}
}

// ends is about the end of a process, after which its children are orphans.
func (l lives) ends(pid int, how string) {
	l.does(pid, "ends %s", how)
	for _, p := range l {
		if p.parent == pid && !slices.ContainsFunc(p.calls, func(call string) bool {
			return strings.HasPrefix(call, "ends ")
		}) {
			p.orphan = true
		}
	}
}

// byMTP are the lives as mtp watch tells them.
func byMTP(t *testing.T, events []outside.Event) lives {
	t.Helper()
	l := lives{}
	for _, e := range events {
		pid, child := e.Number("pid"), e.Number("child")
		switch e.Name {
		case "forked":
			l.born(pid, child)
			l.does(pid, "%s <%d>", e.Fields["how"], child)
		case "waited":
			l.does(pid, "reaps <%d> %v", child, e.Fields["status"])
		case "waited.killed":
			l.does(pid, "reaps <%d> %v", child, e.Fields["signal"])
		case "nochild":
			l.does(pid, "waits ECHILD")
		case "sent":
			l.does(pid, "sends %v <%d>", e.Fields["signal"], e.Number("target"))
		case "cut":
			l.does(pid, "asks for %d", e.Number("asked"))
		case "exited":
			l.does(pid, "ends %v", e.Fields["status"])
		case "killed", "killed.by":
			l.does(pid, "ends %v", e.Fields["signal"])
		case "orphaned":
			if l[pid] != nil {
				l[pid].orphan = true
			}
		case "failed", "wait.failed", "notyet", "reaped", "reaped.kernel":
			t.Errorf("it says %s: %s", e.Name, e.Text)
		}
	}
	return l
}

// For random programs, with the filter and without, what is told is what strace reports, call by
// call.
func asStrace(t *testing.T, p programs) {
	outside.Needs(t, "strace")
	want := byStrace(t, p)
	if families := want.families(); len(families) != howMany || len(want) < 4*howMany {
		t.Fatalf("strace sees %d families and %d processes", len(families), len(want))
	}
	for _, flag := range []string{"--no-lines", "--no-seccomp"} {
		t.Run(flag, func(t *testing.T) {
			t.Parallel()
			w := watch(t, "", flag, "--", p.seeds, strconv.Itoa(howMany))
			got := byMTP(t, w.events)
			if len(got) != len(want) {
				t.Errorf("it tells of %d processes, strace of %d", len(got), len(want))
			}
			v, _ := verdict(w.events)
			wantNumber(t, v, "processes", len(want))
			told := got.families()
			for family, ours := range want.families() {
				if difference := differ(told[family], ours); difference != "" {
					t.Errorf("seed %s:\n%s", family, difference)
				}
			}
			if w.code != 0 {
				t.Errorf("exit code %d", w.code)
			}
			_, unfiltered := kinds(w.events)["unfiltered.asked"]
			if unfiltered != (flag == "--no-seccomp") {
				t.Errorf("it says that it has no filter: %v", unfiltered)
			}
		})
	}
}

// What is killed while it forks can't tell of its child; the child lives nonetheless, and all are
// told of from birth to death.
func killedInAFork(t *testing.T, p programs) {
	w := watch(t, "", "--no-lines", "--", p.cases, "killsforkers")
	if w.code != 0 {
		t.Errorf("exit code %d", w.code)
	}
	born, ended := map[int]bool{}, map[int]bool{}
	for _, e := range w.events {
		switch e.Name {
		case "forked":
			born[e.Number("child")] = true
		case "exited", "killed", "killed.by":
			ended[e.Number("pid")] = true
		}
	}
	if len(born) <= 100 {
		t.Errorf("only %d processes", len(born))
	}
	for pid := range born {
		if !ended[pid] {
			t.Errorf("%d was born, and did not end", pid)
		}
	}
	for pid := range ended {
		if first := outside.Named(w.events, "execed").Number("pid"); !born[pid] && pid != first {
			t.Errorf("%d ended, and was not born", pid)
		}
	}
}

// kinds are the names of events, and how often each has come.
func kinds(events []outside.Event) map[string]int {
	count := map[string]int{}
	for _, e := range events {
		count[e.Name]++
	}
	return count
}

// differ shows the lines in which two texts do. A status that strace was not shown is any.
func differ(got, want string) string {
	ours, theirs := strings.Split(got, "\n"), strings.Split(want, "\n")
	lines := map[string]bool{}
	for i := range max(len(ours), len(theirs)) {
		a, b := "nothing", "nothing"
		if i < len(ours) {
			a = ours[i]
		}
		if i < len(theirs) {
			b = theirs[i]
		}
		pattern := strings.ReplaceAll(regexp.QuoteMeta(b), ` \?`, ` \w+`)
		if !regexp.MustCompile("^" + pattern + "$").MatchString(a) {
			lines["mtp:    "+a+"\nstrace: "+b] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(lines)), "\n")
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
