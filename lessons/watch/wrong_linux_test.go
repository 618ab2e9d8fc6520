package watch_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mtp/lessons/kit/outside"
)

// asLong is how long nothing has to happen before it is looked who waits for what.
const asLong = "--idle=700ms"

// wrong is a program that does something wrong, and what has to be said at the end.
type wrong struct {
	name     string
	flags    []string
	until    []string // the input stays open until these events have come
	stuck    []string // these events come; then what the last one names is sent SIGTERM, at which it exits
	code     int
	findings []finding
	lives    []finding // that come, too, while it runs
}

// finding is an event, and what it has to say besides: fields as said shows them. Of a process that
// sleeps and is not stopped not all registers are known, so where it was called from is "about".
type finding struct {
	name, line string
	fields     []string
}

func wrongs() []wrong {
	return []wrong{
		{
			name: "zombie", flags: []string{asLong}, until: []string{"asleep.reading"},
			findings: []finding{{
				"neverwaited.doing", "@zombie in zombie, from perform at @perform",
				[]string{
					"parent=[#0]", "pids=[[#1]]", "list=[#1]", "call=[read]",
					"there=[@input in untilInput, from zombie at about @zombie.waits]",
				},
			}},
			lives: []finding{
				{"forked", "@zombie in zombie, from perform at @perform", []string{"pid=[#0]", "child=[#1]"}},
				{"zombie", "@zombie in zombie, from perform at @perform", []string{
					"parent=[#0]", "pid=[#1]", "call=[read]",
				}},
			},
		},
		{
			name: "busy", until: []string{"zombie.busy"},
			findings: []finding{{
				"neverwaited", "@busy in busy, from perform at @perform",
				[]string{"parent=[#0]", "pids=[[#1]]"},
			}},
		},
		{
			name: "zombies", flags: []string{asLong}, until: []string{"asleep.reading"},
			findings: []finding{{
				"neverwaited.many", "@zombies in zombies, from perform at @perform",
				[]string{"parent=[#0]", "pids=[[#1 #2 #3]]", "list=[#1, #2, #3]", "count=[3]"},
			}},
		},
		{
			name: "late", flags: []string{"--idle=1200ms"}, until: []string{"asleep.reading"},
			findings: []finding{{
				"late", "@late in late, from perform at @perform", []string{"parent=[#0]", "pids=[[#1]]"},
			}},
		},
		{
			name: "orphan",
			findings: []finding{{
				"orphan", "@orphan in orphan, from perform at @perform",
				[]string{"parent=[#0]", "pids=[[#1]]", "to=[M (mtp)]"},
			}},
			lives: []finding{{"orphaned", "", []string{"pid=[#1]", "from=[#0]", "to=[M (mtp)]"}}},
		},
		{
			name: "orphans",
			findings: []finding{{
				"orphans", "@orphans in orphans, from perform at @perform",
				[]string{"parent=[#0]", "pids=[[#1 #2]]", "count=[2]"},
			}},
		},
		{
			name: "segv", code: 128 + int(syscall.SIGSEGV),
			findings: []finding{{
				"wrong.killed.kernel", "@segv in segv, from perform at @perform",
				[]string{"signal=[SIGSEGV]", "pids=[[#0]]"},
			}},
			lives: []finding{{
				"signalled.kernel", "@segv in segv, from perform at @perform", []string{"pid=[#0]"},
			}},
		},
		{
			name: "cut", code: 404 % 256,
			findings: []finding{{
				"wrong.cut", "@cut in cut, from perform at @perform",
				[]string{"asked=[404]", "status=[148]", "pids=[[#0]]"},
			}},
			lives: []finding{{
				"cut", "@cut in cut, from perform at @perform", []string{"asked=[404]", "status=[148]"},
			}},
		},
		{
			name: "unlooped", flags: []string{asLong}, until: []string{"asleep.reading"},
			findings: []finding{{
				"unlooped", "@unlooped in unlooped, from perform at @perform",
				[]string{"parent=[#0]", "pids=[[#2 #3]]", "count=[2]", "signals=[1]"},
			}},
		},
		{
			name: "nochild",
			findings: []finding{{
				"wrong.nochild", "@nochild in nochild, from perform at @perform", []string{"parent=[#0]"},
			}},
			lives: []finding{{"nochild", "@nochild in nochild, from perform at @perform", nil}},
		},
		{
			name: "nofork",
			findings: []finding{{
				"wrong.fork", "@nofork in nofork, from perform at @perform",
				[]string{"parent=[#0]", "errno=[EAGAIN]"},
			}},
			lives: []finding{{
				"failed", "@nofork in nofork, from perform at @perform", []string{"errno=[EAGAIN]"},
			}},
		},
		{
			name: "doubled",
			findings: []finding{{
				"doubled", "@doubled in doubled, from perform at @perform",
				[]string{"parent=[#0]", "pids=[[#1]]", `text=["hello\nfrom"]`},
			}},
		},
		{
			name: "selfpipe", flags: []string{asLong}, stuck: []string{"stuck"},
			findings: []finding{{
				"stuck", "@reads in reads, from selfpipe at about @selfpipe",
				[]string{"pid=[#0]", "call=[read]", "holders=[[#0]]"},
			}},
		},
		{
			name: "worksthenstuck", flags: []string{"--idle=50ms"}, stuck: []string{"stuck"},
			findings: []finding{{
				"stuck", "@reads in reads, from worksthenstuck at about @worksthenstuck", []string{"pid=[#0]"},
			}},
		},
		{
			name: "fullpipe", flags: []string{asLong}, stuck: []string{"stuck.self.writes"},
			findings: []finding{{
				"stuck.self.writes", "@fullpipe in fullpipe, from perform at about @perform",
				[]string{"pid=[#0]", "call=[write]", "holders=[[#0]]"},
			}},
		},
		{
			name: "oneanother", flags: []string{asLong}, stuck: []string{"stuck.others", "stuck.others"},
			findings: []finding{
				{
					"stuck.others", "@reads in reads, from oneanother at about @oneanother.parent",
					[]string{"pid=[#0]", "holders=[[#1]]"},
				},
				{
					"stuck.others", "@reads in reads, from oneanother at about @oneanother.child",
					[]string{"pid=[#1]", "holders=[[#0]]"},
				},
			},
		},
		{
			name: "waitsforreader", flags: []string{asLong}, stuck: []string{"stuck.others"},
			findings: []finding{{
				"stuck.others", "@reads in reads, from waitsforreader at about @waitsforreader",
				[]string{"pid=[#1]", "holders=[[#0]]"},
			}},
		},
	}
}

func pythonWrongs() []wrong {
	return []wrong{
		{
			name: "zombie", flags: []string{asLong}, until: []string{"asleep.reading"},
			findings: []finding{{
				"neverwaited.doing", "@zombie in zombie, from perform at @perform",
				[]string{
					"parent=[#0]", "pids=[[#1]]", "call=[read]",
					"there=[@input in until_input, from zombie at @zombie.waits]",
				},
			}},
		},
		{
			name: "orphan",
			findings: []finding{{
				"orphan", "@orphan in orphan, from perform at @perform", []string{"parent=[#0]", "pids=[[#1]]"},
			}},
		},
		{
			name: "segv", code: 128 + int(syscall.SIGSEGV),
			findings: []finding{{
				"wrong.killed.kernel", "@segv in segv, from perform at @perform",
				[]string{"signal=[SIGSEGV]", "pids=[[#0]]"},
			}},
		},
		{
			name: "cut", code: 404 % 256,
			findings: []finding{{
				"wrong.cut", "@cut in cut, from perform at @perform", []string{"asked=[404]", "status=[148]"},
			}},
		},
		{
			name: "nochild",
			findings: []finding{{
				"wrong.nochild", "@nochild in nochild, from perform at @perform", []string{"parent=[#0]"},
			}},
		},
		{
			name: "doubled",
			findings: []finding{{
				"doubled.perhaps", "@doubled in doubled, from perform at @perform",
				[]string{"parent=[#0]", "pids=[[#1]]", `text=["hello\n"]`},
			}},
		},
		{
			name: "selfpipe", flags: []string{asLong}, stuck: []string{"stuck"},
			findings: []finding{{
				"stuck", "@selfpipe in selfpipe, from perform at @perform",
				[]string{"pid=[#0]", "call=[read]", "holders=[[#0]]"},
			}},
		},
	}
}

// Each wrong thing is named with its line, once, and nothing else is complained of.
func namesWhatIsWrong(t *testing.T, p programs) {
	for _, w := range wrongs() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			w.named(t, "cases.c", p.cases, w.name)
		})
	}
	for _, w := range pythonWrongs() {
		t.Run(w.name+".py", func(t *testing.T) {
			t.Parallel()
			w.named(t, "cases.py", "env", "-u", "PYTHONUNBUFFERED", "python3", p.python, w.name)
		})
	}
	t.Run("zombie.sh", func(t *testing.T) {
		t.Parallel()
		w := wrong{
			flags: []string{asLong}, until: []string{"asleep.reading"},
			findings: []finding{{"neverwaited.doing", "", []string{"parent=[#0]", "pids=[[#1]]", "call=[read]"}}},
		}
		w.named(t, "cases.c", "sh", "-c", "true & exec cat")
	})
}

// named runs the program, and compares what is said.
func (w wrong) named(t *testing.T, source string, program ...string) {
	t.Helper()
	s := live(t, slices.Concat(w.flags, []string{"--"}, program)...)
	for _, name := range w.until {
		s.Until(name)
	}
	for _, name := range w.stuck {
		s.Until(name)
	}
	if len(w.stuck) > 0 { // the youngest; its end frees the others
		if err := syscall.Kill(s.Seen[len(s.Seen)-1].Number("pid"), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	code, events := s.End()
	if code != w.code {
		t.Errorf("exit code %d, want %d", code, w.code)
	}
	b := birthsOf(events)
	for _, child := range outsiders(events) {
		b[child] = "M" // mtp, which adopts
	}
	v, found := verdict(events)
	mistakes := 0
	for _, f := range found {
		if f.Kind == "warn" {
			mistakes++
		}
	}
	wantNumber(t, v, "wrong", mistakes)
	if want := map[bool]string{true: "verdict", false: "verdict.notes"}[mistakes > 0]; v.Name != want {
		t.Errorf("it says %q, want %q", v.Name, want)
	}
	for i, f := range found {
		if i >= len(w.findings) {
			t.Errorf("it says also: %s: %s", f.Name, f.Text)
			continue
		}
		w.findings[i].is(t, source, b.said(f))
	}
	for _, f := range w.findings[min(len(found), len(w.findings)):] {
		t.Errorf("it does not say %s %s", f.name, f.line)
	}
	for _, f := range w.lives {
		i := slices.IndexFunc(events, func(e outside.Event) bool { return e.Name == f.name })
		if i < 0 {
			t.Errorf("while it runs, it does not say %s", f.name)
			continue
		}
		f.is(t, source, b.said(events[i]))
	}
}

// outsiders are the processes by which orphans were adopted.
func outsiders(events []outside.Event) (pids []int) {
	for _, e := range events {
		if to, is := e.Fields["to"].(string); is && e.Name == "orphaned" {
			var pid int
			if _, err := fmt.Sscan(to, &pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// is compares an event as said shows it.
func (f finding) is(t *testing.T, source, got string) {
	t.Helper()
	want := []string{f.name + " "}
	if f.line != "" {
		want = append(want, "line=["+f.line+"]")
	}
	for _, part := range append(want, f.fields...) {
		if part = at(t, source, part); !strings.Contains(got+" ", part) {
			t.Errorf("it does not say %q:\n%s", part, got)
		}
	}
	if !strings.HasPrefix(got, want[0]) {
		t.Errorf("it says %q, want %s", got, f.name)
	}
}

// Who has sent the deadly signal is said where the kernel tells: a process of the program's own means
// it, and from outside comes what is wrong.
func saysByWhomItWasKilled(t *testing.T, p programs) {
	t.Run("sibling", func(t *testing.T) {
		t.Parallel()
		w := watch(t, "", "--", p.cases, "sibling")
		clean(t, w, 3)
		b := birthsOf(w.events)
		finding{"killed", "", []string{"pid=[#1]", "by=[#2]", "signal=[SIGTERM]"}}.is(t, "cases.c",
			b.said(outside.Named(w.events, "killed")))
		finding{"sent", "@sibling in sibling, from perform at @perform", []string{
			"pid=[#2]", "target=[#1]", "signal=[SIGTERM]",
		}}.is(t, "cases.c", b.said(outside.Named(w.events, "sent")))
		finding{"waited.killed", "", []string{"pid=[#0]", "child=[#1]", "signal=[SIGTERM]"}}.is(t, "cases.c",
			b.said(outside.Named(w.events, "waited.killed")))
	})
	for sig, want := range map[syscall.Signal]finding{
		syscall.SIGTERM: {"wrong.killed", "", []string{"signal=[SIGTERM]", "by=[T]", "pids=[[#0]]"}},
		syscall.SIGKILL: {"wrong.killed.kernel", "", []string{"signal=[SIGKILL]", "pids=[[#0]]"}},
	} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			s := live(t, "--", p.cases, "input")
			pid := s.Until("execed").Number("pid")
			if err := syscall.Kill(pid, sig); err != nil {
				t.Fatal(err)
			}
			code, events := s.End()
			if code != 128+int(sig) {
				t.Errorf("exit code %d, want that of %v", code, sig)
			}
			b := birthsOf(events)
			b[os.Getpid()] = "T" // this test
			if _, found := verdict(events); len(found) != 1 {
				t.Errorf("it says %v, want one thing", found)
			} else {
				want.is(t, "cases.c", b.said(found[0]))
			}
		})
	}
}
