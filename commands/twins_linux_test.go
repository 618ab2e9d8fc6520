package commands_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// eachTwin runs a test with the program that performs a lesson's act in C, and with that in Python.
func eachTwin(t *testing.T, name string, test func(t *testing.T, command ...string)) {
	t.Helper()
	found, err := filepath.Glob("../lessons/*/c-and-python/" + name + ".c")
	if err != nil || len(found) != 1 {
		t.Fatalf("%s.c: found %v, %v", name, found, err)
	}
	t.Run(name+".c", func(t *testing.T) {
		t.Parallel()
		needs(t, "cc")
		binary := filepath.Join(t.TempDir(), name)
		if out, err := exec.Command("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", found[0], "-o", binary).CombinedOutput(); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		test(t, binary)
	})
	t.Run(name+".py", func(t *testing.T) {
		t.Parallel()
		needs(t, "python3")
		test(t, "python3", strings.TrimSuffix(found[0], ".c")+".py")
	})
}

// shows waits until the terminal shows something, and returns what the pattern's groups match.
func shows(s *terminal, pattern string) []string {
	s.Helper()
	found := regexp.MustCompile(pattern)
	eventually(s.T, pattern, func() bool { return found.MatchString(s.text()) })
	return found.FindStringSubmatch(s.text())[1:]
}

// number is the first of the groups, a PID.
func number(groups []string) int {
	n, _ := strconv.Atoi(groups[0])
	return n
}

// ends expects an exit code; the cage has another one if something is left behind.
func ends(s *terminal, want int) {
	s.Helper()
	if code := s.end(); code != want {
		s.Errorf("exit code %d, want %d:\n%s", code, want, s.text())
	}
}

func TestTwinsAreAPageEach(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("../lessons/*/c-and-python/*.*")
	if err != nil || len(sources) < 22 {
		t.Fatalf("found %d, %v", len(sources), err)
	}
	for _, path := range sources {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Base(path)
		name := strings.TrimSuffix(file, filepath.Ext(file))
		head, page := "# "+name+": (?s:.*)\n# python3 "+file, 60
		if filepath.Ext(file) == ".c" {
			head = "// " + name + ": (?s:.*)\n// cc .*" + name + ".c -o " + name + " && ./" + name
		}
		if name == "chat" {
			page = 80
		}
		lines := strings.SplitAfter(string(source), "\n")
		if !regexp.MustCompile("^" + head).MatchString(strings.Join(lines[:3], "")) {
			t.Errorf("%s does not begin with what it shows, and how to run it", path)
		}
		if wide := slices.IndexFunc(lines, func(line string) bool { return utf8.RuneCountInString(line) > 101 }); wide >= 0 || len(lines) > page+1 {
			t.Errorf("%s is no page: %d lines, too wide at %d", path, len(lines)-1, wide+1)
		}
	}
}

// Without a terminal nobody presses Enter: each goes on, says what happened, and leaves nothing behind.
func TestTwinsWithoutATerminal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		args, want []string
	}{
		{"fork", nil, []string{`(?s)PID \d+: finished .*PID \d+: finished `, `Child \d+: a is 10000\b`, `Parent \d+: a is 1\b`, `Its status is 148\.\n`}},
		{"orphan", nil, []string{`my parent is \d+\.`, `\(cage\)`, `grandchild has ended`}},
		{"zombie", nil, []string{`waitpid\(\d+\): exit status 7\.`, `No such process`}},
		{"reap", nil, []string{`: 0 signals came, 0 children`, `: 1 signal came, 5 children`}},
		{"signal-ignore", nil, []string{`wait: No child processes`, `ECHILD: all three are gone`}},
		{"workers", nil, []string{`(Ended \w+: .*status 0\.\n){3}`, `The longest: 0\.3 s\. The sum: 0\.6 s\.`}},
		{"custom-process", nil, []string{`Child \d+: value is 20\.`, `Parent \d+: value is 2\.`, `Through the pipe: 20\. Exit status: 0\.`}},
		{"primes", nil, []string{`(An answer.*: \d+\n){4}`, ` below 100000 is 454396537\.`}},
		{"primes", []string{"100000", "1"}, []string{` is 454396537\.`}},
		{"primes", []string{"3", "7"}, []string{` is 2\.`}},
		{"primes", []string{"2"}, []string{` is 0\.`}},
		{"states", nil, []string{`in R: (signal |exit code -)15\b`, `in Z: exit (status|code) 0\b`}},
		{"exit", nil, []string{
			`_exit\(0\): status 0x0000, WEXITSTATUS 0\n`, `_exit\(7\): status 0x0700, WEXITSTATUS 7\n`, `_exit\(404\): status 0x9400, WEXITSTATUS 148\n`,
			`SIGKILL: status 0x0009, WIFSIGNALED 1, WTERMSIG 9\. A shell says 128\+9 = 137, Python -9\.`,
			`calls exit: \[buffered\]\[atexit handler\]\n`, `calls _exit: \n`, `\n(\[printed once, by \d+\]){2} \(and`,
		}},
	} {
		eachTwin(t, test.name, func(t *testing.T, command ...string) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out, err := exec.CommandContext(ctx, "cage", append(command, test.args...)...).CombinedOutput()
			if err != nil {
				t.Errorf("%v:\n%s", err, out)
			}
			for _, want := range test.want {
				if !regexp.MustCompile(want).Match(out) {
					t.Errorf("it does not say %s:\n%s", want, out)
				}
			}
		})
	}
}

func TestTwinsWhilePsLooks(t *testing.T) {
	t.Parallel()
	count := func(s *terminal) (zombies, others int) {
		for _, pid := range childrenOf(s.T, number(shows(s, `--ppid (\d+)`))) {
			if strings.HasPrefix(ps(s.T, pid, "stat"), "Z") {
				zombies++
			} else {
				others++
			}
		}
		return zombies, others
	}
	for name, look := range map[string]func(s *terminal){
		"zombie": func(s *terminal) {
			pid := number(shows(s, `Child (\d+) of \d+ is a zombie`))
			if stat := ps(s.T, pid, "stat"); !strings.HasPrefix(stat, "Z") {
				s.Errorf("ps says %q, want Z", stat)
			}
			s.key("\n")
			shows(s, `kill\(\d+, SIGKILL\)(?s:.*)exit status 7\.`)
			if stat := ps(s.T, pid, "stat"); stat != "" {
				s.Errorf("after wait: %q", stat)
			}
		},
		"reap": func(s *terminal) {
			if zombies, others := count(s); zombies != 5 || others != 0 {
				s.Errorf("before: %d zombies and %d others, want 5 and 0", zombies, others)
			}
			s.key("\n")
			shows(s, `5 children were reaped`)
			if zombies, others := count(s); zombies != 0 || others != 0 {
				s.Errorf("after: %d zombies and %d others, want none", zombies, others)
			}
			s.key("\n")
		},
		"signal-ignore": func(s *terminal) {
			if zombies, others := count(s); zombies != 0 || others != 2 { // one of three has ended
				s.Errorf("%d zombies and %d others, want 0 and 2", zombies, others)
			}
			s.key("\n")
		},
		"orphan": func(s *terminal) {
			cage := strconv.Itoa(s.cage.Process.Pid) // the nearest subreaper
			pid := number(shows(s, `Grandchild (\d+): my parent is now `+cage+` \(cage\)`))
			if ppid := ps(s.T, pid, "ppid"); ppid != cage {
				s.Errorf("ps says that %s has adopted it, want %s", ppid, cage)
			}
			s.key("\n")
		},
		"states": func(s *terminal) {
			for _, state := range []string{"R", "S", "D", "T", "Z"} {
				if state == "D" && s.cage.Args[1] == "python3" { // Python has no vfork
					continue
				}
				pid := number(shows(s, `PID (\d+): `+state))
				eventually(s.T, "state "+state, func() bool { return strings.HasPrefix(ps(s.T, pid, "stat"), state) })
			}
			s.key("\n")
		},
	} {
		eachTwin(t, name, func(t *testing.T, command ...string) {
			s := onTerminal(t, command...)
			look(s)
			ends(s, 0)
		})
	}
}

func TestTwinsOfWorkersAreThreeChildren(t *testing.T) {
	t.Parallel()
	eachTwin(t, "workers", func(t *testing.T, command ...string) {
		s := onTerminal(t, append(command, "1000")...) // so slow that none ends before we have looked
		parents := map[string]bool{}
		for _, name := range []string{"eat", "sleep", "play"} {
			parents[ps(t, number(shows(s, "Started "+name+`: PID (\d+),`)), "ppid")] = true
		}
		if len(parents) != 1 || parents[""] {
			t.Errorf("parents: %v, want one", parents)
		}
		s.key("\x03") // Ctrl-C
		ends(s, 130)
	})
}

func TestTwinsOfChat(t *testing.T) {
	t.Parallel()
	eachTwin(t, "chat", func(t *testing.T, command ...string) {
		server := onTerminal(t, append(command, "serve", "0")...)
		port := shows(server, `UDP port (\d+)\.`)[0]
		join := func(name string) *terminal { return onTerminal(t, append(command, "join", name, port)...) }
		ann := join("Ann")
		pids := shows(ann, `PID (\d+) sends, PID (\d+) receives`)
		if ppid := ps(t, number(pids[1:]), "ppid"); ppid != pids[0] {
			t.Errorf("the receiver's parent is %s, want %s", ppid, pids[0])
		}
		bob := join("Bob")
		shows(ann, `欢迎Bob加入群聊`)
		shows(bob, `PID \d+ sends`)
		second := join("Bob")
		shows(second, `用户名存在`)
		ends(second, 1)
		ann.key("good morning\n")
		shows(bob, `Ann:good morning\r\n`)
		bob.key("\x04") // Ctrl-D
		ends(bob, 0)
		shows(ann, `Bob 退出群聊`)
		server.key("\x03")
		ends(server, 130)
		ann.key("anybody?\n\x04") // nobody: the receiver is told so by ICMP
		ends(ann, 1)
		shows(ann, `the server is gone|nobody serves`)
	})
}
