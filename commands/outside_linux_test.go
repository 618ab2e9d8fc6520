package commands_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// These tests don't believe a lesson: they look themselves.

func TestForkIsACloneWithoutExec(t *testing.T) {
	t.Parallel()
	needs(t, "strace")
	log := filepath.Join(t.TempDir(), "strace")
	events := start(t, "strace", "-f", "-o", log, "-e", "trace=clone,clone3,execve,exit_group,wait4", "mtp", "fork", "--json", "--pace=0").finish()
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	child := cloned(string(calls))
	if child == "" {
		t.Fatalf("no clone(SIGCHLD):\n%s", calls)
	}
	var ofChild []string
	for line := range strings.Lines(string(calls)) {
		if strings.HasPrefix(line, child+" ") {
			ofChild = append(ofChild, line)
		}
	}
	if all := strings.Join(ofChild, ""); strings.Contains(all, "execve") || !strings.Contains(all, "exit_group(404") {
		t.Errorf("the child's calls should hold no execve, and end with exit_group(404):\n%s", all)
	}
	if !regexp.MustCompile(`WEXITSTATUS\(s\) == 148`).Match(calls) {
		t.Errorf("no wait4 that says 148:\n%s", calls)
	}
	fields := fieldsOf(events)
	for _, want := range []string{
		"fork.returned.pid=" + child, "fork.returned.child.returned=0",
		"fork.value.parent.value=1", "fork.value.child.value=10000", "fork.status.status=148",
	} {
		if !slices.Contains(fields, want) {
			t.Errorf("the lesson does not say %s, but:\n%s", want, strings.Join(fields, "\n"))
		}
	}
}

// cloned finds the PID that clone(SIGCHLD) returned, also where strace had something else to say meanwhile.
func cloned(log string) (child string) {
	caller := ""
	for line := range strings.Lines(log) {
		thread, call, _ := strings.Cut(line, " ")
		whole := regexp.MustCompile(`clone\(child_stack=NULL, flags=SIGCHLD\) += (\d+)`).FindStringSubmatch(call)
		resumed := regexp.MustCompile(`<\.\.\. clone resumed>.*\) += (\d+)`).FindStringSubmatch(call)
		switch {
		case whole != nil:
			return whole[1]
		case strings.Contains(call, "clone(child_stack=NULL, flags=SIGCHLD") && strings.Contains(call, "<unfinished ...>"):
			caller = thread
		case resumed != nil && thread == caller:
			return resumed[1]
		}
	}
	return ""
}

// fieldsOf lists what events say as name.field=value.
func fieldsOf(events []event) (fields []string) {
	for _, e := range events {
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			fields = append(fields, fmt.Sprintf("%s.%s=%v", e.Name, name, e.Fields[name]))
		}
	}
	return fields
}

func TestForkSharesThePageUntilAWrite(t *testing.T) {
	t.Parallel()
	var alone []int
	var before, after int
	for _, e := range start(t, "mtp", "fork", "--json", "--pace=0").finish() {
		switch e.Name {
		case "fork.page":
			alone = append(alone, e.number("exclusive"))
		case "fork.faults":
			before, after = e.number("before"), e.number("after")
		case "fork.nopagemap":
			t.Skip(e.Text)
		}
	}
	if want := []int{1, 0, 0, 1, 1}; !slices.Equal(alone, want) {
		t.Errorf("exclusively mapped: %v, want %v", alone, want)
	}
	if after <= before { // the code's own pages may be met for the first time, too
		t.Errorf("minor faults: %d, then %d; want more", before, after)
	}
}

func TestForkPrintsOneStatementOncePerProcess(t *testing.T) {
	t.Parallel()
	printed := map[int]int{}
	var tree []int
	for _, e := range start(t, "mtp", "fork", "--json", "--pace=0", "--children=4").finish() {
		switch e.Name {
		case "fork.finished":
			printed[e.number("pid")]++
		case "fork.tree":
			for _, p := range e.Fields["processes"].([]any) {
				tree = append(tree, int(p.(map[string]any)["pid"].(float64)))
			}
		}
	}
	slices.Sort(tree)
	if !slices.Equal(slices.Sorted(maps.Keys(printed)), tree) || len(printed) != 5 {
		t.Errorf("printed by %v, want once by each of %v", printed, tree)
	}
	for pid, times := range printed {
		if times != 1 {
			t.Errorf("%d printed %d times", pid, times)
		}
	}
}

// A stopped child neither reads nor ends, so that a wait for it would last forever.
func TestInterruptEndsTheWaitForAStoppedChild(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "fork", "--json", "--step", "--pace=0")
	for range 5 {
		s.enter()
	}
	child := s.until("fork.value.child").number("pid")
	if err := syscall.Kill(child, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.enter()
	s.until("fork.exit")
	if err := syscall.Kill(s.mtp(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	code, events := s.end()
	if code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	if ended := fmt.Sprint(eventNamed(events, "cleanup").Fields["pids"]); ended != fmt.Sprintf("[%d]", child) {
		t.Errorf("cleaned up %s, want %d", ended, child)
	}
}

func TestForkRaceCountsEveryRound(t *testing.T) {
	t.Parallel()
	for _, e := range start(t, "mtp", "fork", "--json", "--race=200").finish() {
		if e.Name == "fork.first" {
			values := e.Fields["values"].(map[string]any)
			if sum := values["parent"].(float64) + values["child"].(float64); sum != 200 {
				t.Errorf("%v firsts in 200 rounds", sum)
			}
			return
		}
	}
	t.Error("no result")
}

func TestForkAtAProcessLimit(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to become an ordinary user of whom there are no other processes")
	}
	needs(t, "prlimit", "setpriv")
	for uid, limit := range map[int]int{61001: 6, 61002: 20} {
		// The cage's own threads count too, so that here it stays outside.
		command := exec.Command("setpriv", "--reuid="+strconv.Itoa(uid), "--clear-groups",
			"prlimit", "--nproc="+strconv.Itoa(limit), ordinaryMTP(t), "fork", "--children=50", "--pace=0", "--lang=en")
		command.Dir = "/"
		var out, errs strings.Builder
		command.Stdout, command.Stderr = &out, &errs
		err := command.Run()
		if command.ProcessState.ExitCode() != 1 {
			t.Errorf("limit %d: %v, want exit code 1", limit, err)
		}
		if want := fmt.Sprintf("RLIMIT_NPROC allows %d tasks (processes and threads), and", limit); strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("limit %d: want one line with %q, got:\n%s", limit, want, errs.String())
		}
		if used := regexp.MustCompile(`and (\d+) are in use`).FindStringSubmatch(errs.String()); used == nil || len(used[1]) < len(strconv.Itoa(limit)) {
			t.Errorf("limit %d: counted without the children: %v", limit, used)
		}
		if left, _ := exec.Command("ps", "-o", "pid,stat,args", "-u", strconv.Itoa(uid)).Output(); strings.Count(string(left), "\n") > 1 {
			t.Errorf("limit %d: left behind:\n%s", limit, left)
		}
	}
}

// ordinaryMTP is a copy of mtp that an ordinary user may run.
func ordinaryMTP(t *testing.T) string {
	t.Helper()
	mtp, err := exec.LookPath("mtp")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(mtp)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "mtp-test-*") //nolint:usetesting // t.TempDir is below a folder that is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "mtp")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(path, binary, 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestZombieAsPsSeesIt(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "zombie", "--json", "--step", "--pace=0", "--hold=1h")
	s.enter() // it exits
	zombie := s.until("zombie.born").number("pid")
	see := func(when string) {
		t.Helper()
		if stat, comm := ps(t, zombie, "stat"), ps(t, zombie, "args"); !strings.HasPrefix(stat, "Z") || !strings.Contains(comm, "<defunct>") {
			t.Errorf("%s: ps says %q, %q; want Z, <defunct>", when, stat, comm)
		}
	}
	see("before kill -9")
	if err := syscall.Kill(zombie, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	see("after our kill -9")
	s.enter() // the anatomy
	s.enter() // its kill
	s.until("zombie.hold")
	see("after the lesson's kill")
	command := strings.Fields(s.seen[len(s.seen)-2].Fields["command"].(string))
	if out, err := exec.Command(command[0], command[1:]...).Output(); err != nil || !regexp.MustCompile(fmt.Sprintf(`(?m)^ *%d +%d +Z`, zombie, s.mtp())).Match(out) {
		t.Errorf("the command that it invites to shows %v:\n%s", err, out)
	}
	s.enter() // the hold, after which there is no other stop
	s.until("zombie.gone")
	if stat := ps(t, zombie, "stat"); stat != "" {
		t.Errorf("after wait: ps says %q, want nothing", stat)
	}
	if status := eventNamed(s.finish(), "zombie.reaped").number("status"); status != 7 {
		t.Errorf("the status that was handed over is %d, want 7", status)
	}
}

func eventNamed(events []event, name string) event {
	if i := slices.IndexFunc(events, func(e event) bool { return e.Name == name }); i >= 0 {
		return events[i]
	}
	return event{}
}

func TestManyZombies(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "zombie", "--json", "--pace=0", "--count=40", "--hold=1h")
	s.until("zombie.hold")
	zombies := 0
	for _, pid := range childrenOf(t, s.mtp()) {
		if strings.HasPrefix(ps(t, pid, "stat"), "Z") {
			zombies++
		}
	}
	if zombies != 40 {
		t.Errorf("ps sees %d zombies, want 40", zombies)
	}
	s.enter()
	s.finish()
}

func TestOrphanIsAdoptedByTheNearestSubreaper(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		command []string
		adopter func(s *session) int
	}{
		{"plain", []string{"mtp", "orphan"}, func(s *session) int { return s.command.Process.Pid }}, // the cage is a subreaper
		{"subreaper", []string{"mtp", "orphan", "--subreaper"}, (*session).mtp},
		{"namespace", []string{"unshare", "-Urpf", "--mount-proc", "mtp", "orphan"}, func(s *session) int {
			return childrenOf(s.T, s.mtp())[0] // behind unshare
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.name == "namespace" {
				needsNamespaces(t)
			}
			s := start(t, append(test.command, "--json", "--step", "--pace=0")...)
			s.enter() // the parent exits
			if test.name == "subreaper" {
				s.enter()
			}
			s.until("orphan.adopted")
			want := test.adopter(s)
			orphan := findRole(t, s.command.Process.Pid, "role orphan child")
			if ppid := ps(t, orphan, "ppid"); ppid != strconv.Itoa(want) {
				t.Errorf("ps says that the orphan's parent is %s, want %d", ppid, want)
			}
			grandchild := findRole(t, s.command.Process.Pid, "role orphan grandchild")
			if ppid := ps(t, grandchild, "ppid"); ppid != strconv.Itoa(orphan) {
				t.Errorf("ps says that the grandchild's parent is %s, want %d", ppid, orphan)
			}
			all := s.finish()
			if test.name == "plain" && eventNamed(all, "orphan.gone").Name == "" {
				t.Error("the cage reaps, but the lesson did not see it")
			}
			if test.name != "plain" && eventNamed(all, "orphan.reaped").Name == "" {
				t.Error("mtp adopted it, but did not reap")
			}
		})
	}
}

func TestOrphanWhereNobodyAdoptsNearby(t *testing.T) {
	t.Parallel()
	// Outside of any cage, the adopter is who adopts a shell's orphan as well.
	out, err := exec.Command("sh", "-c", `sleep 10 >/dev/null 2>&1 & echo $!`).Output()
	if err != nil {
		t.Fatal(err)
	}
	sleep, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	want := ps(t, sleep, "ppid")
	if err := syscall.Kill(sleep, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command("mtp", "orphan", "--json", "--pace=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	adopter := regexp.MustCompile(`"name":"orphan.adopter","fields":\{"name":"[^"]*","pid":(\d+)`).FindSubmatch(out)
	if adopter == nil || string(adopter[1]) != want {
		t.Errorf("the adopter is %s, want %s:\n%s", adopter, want, out)
	}
}

// findRole finds the one descendant whose command line holds the words.
func findRole(t *testing.T, ancestor int, words string) int {
	t.Helper()
	for _, pid := range childrenOf(t, ancestor) {
		if strings.HasSuffix(ps(t, pid, "args"), words) {
			return pid
		}
		if found := findRole(t, pid, words); found != 0 {
			return found
		}
	}
	return 0
}

func needsNamespaces(t *testing.T) {
	t.Helper()
	needs(t, "unshare")
	if err := exec.Command("unshare", "-Urpf", "--mount-proc", "true").Run(); err != nil {
		t.Skipf("no user namespaces here: %v", err)
	}
}

func TestSignalIgnoreSetsTheBit(t *testing.T) {
	t.Parallel()
	s := start(t, "mtp", "signal-ignore", "--json", "--step", "--pace=0")
	ignored := func() bool {
		t.Helper()
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.mtp()))
		if err != nil {
			t.Fatal(err)
		}
		mask := regexp.MustCompile(`SigIgn:\t([0-9a-f]+)`).FindSubmatch(status)
		bits, err := strconv.ParseUint(string(mask[1]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return bits&0x10000 != 0
	}
	s.until("ignore.keep")
	if ignored() {
		t.Error("SigIgn has the bit before")
	}
	zombie := eventNamed(s.seen, "ignore.keep").number("pid")
	s.enter()
	s.until("ignore.old")
	if !ignored() {
		t.Error("SigIgn does not have the bit after")
	}
	if stat := ps(t, zombie, "stat"); stat != "" && !strings.HasPrefix(stat, "Z") {
		t.Errorf("the old zombie's state is %q", stat)
	}
	s.enter() // the same children again
	if again := s.until("ignore.never"); again.number("zombies") != 0 || again.number("listed") != 0 {
		t.Errorf("zombies although ignored: %v", again.Fields)
	}
	s.enter() // exec
	s.enter() // restore
	s.until("ignore.restore")
	s.finish()
	if heir := s.seen[slices.IndexFunc(s.seen, func(e event) bool { return e.Name == "ignore.exec" })+1]; heir.Name != "ignore.on" || heir.Fields["comm"] != "cat" {
		t.Errorf("after exec: %v", heir)
	}
	if restored := s.seen[slices.IndexFunc(s.seen, func(e event) bool { return e.Name == "ignore.restore" })+1]; restored.Name != "ignore.off" {
		t.Errorf("not restored: %v", restored)
	}
}

func TestReapMethods(t *testing.T) {
	t.Parallel()
	events := start(t, "mtp", "reap", "--json", "--pace=0.1").finish()
	done := eventNamed(events, "reap.sigchld.done")
	if done.number("signals") != 1 || done.number("reaped") != 5 {
		t.Errorf("five children that ended while their parent was stopped: %v", done.Fields)
	}
	if pending := eventNamed(events, "reap.sigchld.pending"); pending.Fields["mask"] != "0x10000" {
		t.Errorf("pending: %v", pending.Fields)
	}
	if eventNamed(events, "reap.double.notmine").Name == "" {
		t.Error("the grandchild was mtp's own")
	}
	var methods []string
	for _, row := range eventNamed(events, "reap.table").Fields["rows"].([]any) {
		fields := row.(map[string]any)
		methods = append(methods, fmt.Sprintf("%v %v", fields["method"], fields["zombies"]))
	}
	if len(methods) != 4 || methods[2] != "sigchld 5" && methods[2] != "sigchld 6" { // on a busy machine their parent is one, too, for a moment
		t.Errorf("table: %v", methods)
	}
}
