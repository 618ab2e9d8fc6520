package ps

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mtp/lessons/kit/kernel"
)

const zombieLine = "5091 (a) b (c) Z 5089 5086 25189 0 -1 4227084 95 0 0 0 0 0 0 0 20 0 1 0 2816492 0 0 18446744073709551615 0 0 0 0 0 0 0 6 0 1 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 1792"

func TestParseStat(t *testing.T) {
	t.Parallel()
	p, err := parseStat(zombieLine)
	if err != nil {
		t.Fatal(err)
	}
	want := process{
		PID: 5091, PPID: 5089, Comm: "a) b (c", State: kernel.Zombie, Session: 25189, Threads: 1,
		Started: 28164920 * time.Millisecond, ExitSignal: 17, CPU: 1, Status: 7 << 8,
		Readable: true,
	}
	if p != want {
		t.Errorf("got\n%+v, want\n%+v", p, want)
	}
	// Who may not read it is shown zeroes.
	p, err = parseStat(strings.NewReplacer(" 1792", " 0", "6 0 1 0 0 17", "6 0 0 0 0 17").
		Replace(zombieLine))
	if err != nil || p.Readable {
		t.Errorf("a status that may not be read: %+v, %v", p, err)
	}
	for _, line := range []string{
		"", "1", "1 (a", "1 (a) Z 2", ") (1", "x (a) " + zombieLine[14:],
	} {
		if p, err := parseStat(line); err == nil {
			t.Errorf("%q is %+v", line, p)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add(zombieLine)
	own, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(own))
	f.Fuzz(func(t *testing.T, line string) {
		p, err := parseStat(line)
		if err == nil && !strings.Contains(line, "("+p.Comm+")") {
			t.Errorf("the name %q is not in %q", p.Comm, line)
		}
	})
}

func TestLastRan(t *testing.T) {
	t.Parallel()
	const head = "sleep (5091, #threads: 1)\n----\nse.exec_start   :   "
	for text, want := range map[string]time.Duration{
		head + "28165251.5\nse.vruntime : 16300968.5\n": 28165251500 * time.Microsecond,
		head + "0.000000\n":                             0,
		head + "-1\n":                                   0,
		head + "1e300\n":                                0,
		head + "NaN\n":                                  0,
		"se.vruntime : 1.5\n":                           0,
	} {
		if at, ok := lastRan(text); at != want || ok != (want > 0) {
			t.Errorf("%q: got %v, %v, want %v", text, at, ok, want)
		}
	}
}

func FuzzLastRan(f *testing.F) {
	f.Add("se.exec_start : 28165251.800397\n")
	f.Fuzz(func(t *testing.T, text string) {
		if at, ok := lastRan(text); ok != (at > 0) && at != 0 || at < 0 {
			t.Errorf("%v, %v", at, ok)
		}
	})
}

func TestHidepid(t *testing.T) {
	t.Parallel()
	for mounts, want := range map[string]string{
		"proc /proc proc rw,relatime 0 0\n":                                                    "",
		"proc /proc proc rw,hidepid=2 0 0\n":                                                   "hidepid=2",
		"proc /proc proc rw,gid=4,hidepid=invisible 0 0\n":                                     "hidepid=invisible",
		"proc /proc proc rw,hidepid=off 0 0\n":                                                 "",
		"proc /mnt proc rw,hidepid=2 0 0\n":                                                    "",
		"proc /proc proc rw,hidepid=2 0 0\nproc /proc proc rw 0 0\n":                           "",
		"proc /proc proc rw 0 0\nx /proc/sys/fs/binfmt_misc autofs rw 0 0\nproc /proc proc rw": "",
	} {
		if got, _ := hidepid(mounts); got != want {
			t.Errorf("%q: got %q, want %q", mounts, got, want)
		}
	}
	if _, group := hidepid("proc /proc proc rw,gid=4,hidepid=2 0 0\n"); group != 4 {
		t.Errorf("the group is %d, want 4", group)
	}
}

const dockerID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestGroups(t *testing.T) {
	t.Parallel()
	const pod = "/kubepods.slice/kubepods-pod7.slice/cri-containerd-"
	for _, test := range []struct{ text, kind, name string }{
		{"0::/", "", ""},
		{"0::/system.slice/docker-" + dockerID + ".scope", "docker", "0123456789ab"},
		{"9:pids:/docker/" + dockerID + "\n0::/", "docker", "0123456789ab"},
		{"0::/machine.slice/libpod-" + dockerID + ".scope/container", "podman", "0123456789ab"},
		{"0::" + pod + dockerID + ".scope", "kubepods", "0123456789ab"},
		{"0::/kubepods/burstable/pod12/" + dockerID, "kubepods", "0123456789ab"},
		{"0::/lxc.payload.box/init.scope", "lxc", "box"},
		{"0::/machine.slice/systemd-nspawn@box.service/payload", "nspawn", "box"},
		{"0::/system.slice/nginx.service", "systemd", "nginx.service"},
		{"0::/user.slice/session-3.scope", "systemd", "session-3.scope"},
		{"0::/user.slice/user@1000.service/app.slice/a.scope", "systemd", "a.scope"},
		{"0::/docker/notanid", "", ""},
		{"rubbish\n1:2\n::", "", ""},
	} {
		_, got := mostTelling(parseGroups(test.text + "\n"))
		if got != (owner{test.kind, test.name}) {
			t.Errorf("%q: got %v", test.text, got)
		}
	}
	want := []group{{"cpu,cpuacct", "/a:b", true}, {"", "/../c", false}}
	got := parseGroups("3:cpu,cpuacct:/a:b (deleted)\n0::/../c\n")
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if l, ok := tightest(got[1:]); ok {
		t.Errorf("a group outside this namespace has the limit %+v", l)
	}
}

func FuzzGroups(f *testing.F) {
	f.Add("3:cpu,cpuacct:/a:b (deleted)\n0::/system.slice/docker-" + dockerID + ".scope\n")
	f.Fuzz(func(t *testing.T, text string) {
		groups := parseGroups(text)
		most, by := mostTelling(groups)
		if by.rank() > 0 && (by.Name == "" || !strings.Contains(most.Path, by.Name)) {
			t.Errorf("%v is not in %q", by, most.Path)
		}
	})
}

func TestUserLimit(t *testing.T) {
	t.Parallel()
	const form = "Limit      Soft Limit   Hard Limit  Units\nMax processes   %s   96364   processes \n"
	for soft, want := range map[string]int64{"500": 500, "unlimited": 0, "": 96364, "x": 0} {
		if got, ok := userLimit(fmt.Sprintf(form, soft)); got != want || ok != (want > 0) {
			t.Errorf("%q: got %d, %v, want %d", soft, got, ok, want)
		}
	}
}

func FuzzUserLimit(f *testing.F) {
	f.Add("Max processes   500   96364   processes \n")
	f.Fuzz(func(t *testing.T, text string) {
		if most, _ := userLimit(text); most < 0 {
			t.Errorf("got %d", most)
		}
	})
}

func FuzzAwaited(f *testing.F) {
	f.Add("61 0xffffffff 0x7ffd 0x0 0x0 0x0 0x0 0x7ffd170d0a78 0x7f5bcfd922ad")
	f.Add("247 0x1 0x1234 0x0")
	f.Add("running")
	f.Fuzz(func(t *testing.T, text string) {
		if pid := awaited(text); pid < 0 {
			t.Errorf("got %d", pid)
		}
	})
}

// A child that is in a session which its parent has never been in was forked by another process.
func TestAdoptedBy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		parent, child process
		want          bool
	}{
		{"the same session", process{PID: 10, Session: 5}, process{PID: 20, Session: 5}, false},
		{"the child's own", process{PID: 10, Session: 5}, process{PID: 20, Session: 20}, false},
		{"the parent's since", process{PID: 10, Session: 10}, process{PID: 20, Session: 5}, false},
		{"another's", process{PID: 10, Session: 5}, process{PID: 20, Session: 15}, true},
		{"from outside", process{PID: 10, Session: 0}, process{PID: 20, Session: 15}, true},
		{"both from outside", process{PID: 10, Session: 0}, process{PID: 20, Session: 0}, false},
	} {
		if got := adoptedBy(test.parent, test.child); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for want, a := range map[verdict]account{
		elsewhere: {Elsewhere: true},
		hidden:    {Hidden: true},
		traced:    {Traced: true, Found: kernel.Stopped},
		stopped:   {Found: kernel.Stopped, Handles: true},
		held:      {Found: "t", Ignores: true},
		stuck:     {Found: kernel.Disk, Handles: true},
		otherWay:  {OtherWay: true, Ignores: true},
		ignores:   {Ignores: true, First: true},
		first:     {First: true, Waits: true, Adopts: true},
		waits:     {Waits: true, Handles: true},
		pending:   {Pending: true, Handles: true},
		runtimes:  {Handles: true, HandlesAll: true, First: true},
		handler:   {Handles: true, First: true},
		subreaper: {Adopts: true},
		never:     {},
	} {
		if got := a.verdict(); got != want {
			t.Errorf("%+v: got %s, want %s", a, got, want)
		}
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	one := func(pid, parent int, comm string, state kernel.State) process {
		return process{PID: pid, PPID: parent, Comm: comm, State: state, Threads: 1}
	}
	of := func(list ...process) snapshot { return snapshot{all: list, list: list} }
	again := one(2, 1, "a", kernel.Sleeping)
	again.Started = time.Second
	was := of(one(1, 0, "root", kernel.Sleeping), one(2, 1, "a", kernel.Sleeping))
	for name, test := range map[string]struct {
		before, after snapshot
		want          []what
	}{
		"nothing": {was, was, nil},
		"sleep": {
			was, of(one(1, 0, "root", kernel.Running), one(2, 1, "a", kernel.Disk)), nil,
		},
		"begun":       {of(was.list[0]), was, []what{begun}},
		"gone":        {was, of(was.list[0]), []what{gone}},
		"died":        {was, of(was.list[0], one(2, 1, "a", kernel.Zombie)), []what{died}},
		"reaped":      {of(one(2, 1, "a", kernel.Zombie)), of(), []what{reaped}},
		"born dead":   {of(), of(one(2, 1, "a", kernel.Zombie)), []what{begun, died}},
		"the PID":     {was, of(was.list[0], again), []what{gone, begun}},
		"exec, adopt": {of(one(2, 1, "a", "S")), of(one(2, 7, "b", "S")), []what{renamed, adopted}},
		"stop":        {of(one(2, 1, "a", "S")), of(one(2, 1, "a", "T")), []what{stoppedBy}},
		"continue":    {of(one(2, 1, "a", "t")), of(one(2, 1, "a", "S")), []what{goesOn}},
		"leaves": {
			was, snapshot{all: []process{one(2, 7, "a", "S")}}, []what{gone, adopted},
		},
	} {
		var got []what
		for _, c := range changes(test.before, test.after) {
			got = append(got, c.what)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
