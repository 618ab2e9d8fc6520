package check_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"mtp/commands"
	"mtp/lessons/kit/outside"
)

// compiled is a program in C, which is compiled once.
var compiled = func() func(t *testing.T, source string) string {
	var mu sync.Mutex
	all := map[string]func() (string, error){}
	return func(t *testing.T, source string) string {
		t.Helper()
		outside.Needs(t, "cc")
		mu.Lock()
		if all[source] == nil {
			all[source] = sync.OnceValues(func() (string, error) {
				dir, err := os.MkdirTemp("", "mtp-check-*") //nolint:usetesting // for several tests
				if err != nil {
					return "", err
				}
				binary := filepath.Join(dir, strings.TrimSuffix(filepath.Base(source), ".c"))
				err = exec.Command("cc",
					"-std=gnu11",
					"-g", "-O1", source, "-o", binary).Run()
				return binary, err
			})
		}
		compile := all[source]
		mu.Unlock()
		binary, err := compile()
		if err != nil {
			t.Fatalf("%s can't be compiled: %v", source, err)
		}
		return binary
	}
}()

// check runs mtp check, and returns what it prints and its exit code.
func check(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("mtp", append([]string{"check"}, args...)...)
	cmd.Env = append(os.Environ(), "MTP_LANG=en")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if cmd.ProcessState.ExitCode() == 3 {
		t.Skipf("no ptrace here: %s", exit.Stderr)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// result is what check50's JSON has of a requirement.
type result struct {
	Name        string
	Description string
	Passed      *bool
	Log         []string
	Cause       *struct {
		Rationale string
		Help      *string
	}
	Data       map[string]any
	Dependency *string
}

// unmet are the requirements that were not met; those that depend on them are left out.
func unmet(t *testing.T, args ...string) string {
	t.Helper()
	out, code := check(t, append([]string{"--format", "json"}, args...)...)
	var all struct {
		Slug    string
		Version string
		Results []result
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&all); err != nil || all.Slug == "" || all.Version == "" {
		t.Fatalf("exit code %d, no JSON as of check50: %v\n%s", code, err, out)
	}
	var ids []string
	met := 0
	for _, r := range all.Results {
		if r.Description == "" || r.Log == nil || r.Data == nil ||
			(r.Cause == nil) != (r.Passed != nil && *r.Passed) {
			t.Errorf("a result is not as check50 has it: %+v", r)
		}
		switch {
		case r.Passed == nil:
		case *r.Passed:
			met++
		case r.Cause.Rationale == "" || r.Cause.Help == nil:
			t.Errorf("%s has no rationale or no help", r.Name)
			fallthrough
		default:
			ids = append(ids, r.Name)
		}
	}
	if want := map[bool]int{true: 0, false: 1}[met == len(all.Results)]; code != want {
		t.Errorf("exit code %d, want %d", code, want)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// verdicts are what programs of testdata fail at, in C as in Python.
var verdicts = []struct{ check, program, unmet string }{
	{"fork", "prints", "child"},
	{"reap", "executes", "child"},
	{"fork", "crash", "both pid"},
	{"fork", "leaves", "pid waited"},
	{"fork", "kills", "both waited"},
	{"exit", "waits", "bits status"},
	{"exit", "seven", "bits status waited"},
	{"orphan", "waits", "adopted"},
	{"orphan", "never-waits", "adopted"},
	{"orphan", "orphan-killed", "ends"},
	{"orphan --timeout 8s", "orphan-endless", "ends"},
	{"zombie", "leaves", "ends"},
	{"zombie", "orphan-killed", "ends"},
	{"zombie", "waits", "zombie"},
	{"zombie", "dies", "zombie"},
	{"zombie", "ignores", "zombie"},
	{"reap", "never-waits", "all prompt"},
	{"reap", "waits-for-one", "all prompt"},
	{"reap", "polls", ""},
	{"reap --method nohang", "polls", ""},
	{"reap --method nohang", "waits", "method"},
	{"reap --method nohang", "handler-idle", "method"},
	{"reap --method wait", "polls", "method"},
	{"reap --method wait", "handler", "method"},
	{"reap --method sigchld", "handler", ""},
	{"reap --method sigchld", "waits", "method"},
	{"reap --method sigchld", "handler-idle", "method"},
	{"reap --method sigchld", "handler-one", "loop"},
	{"reap --method sigchld", "handler-once", "all loop prompt"},
	{"reap --method double-fork", "double", ""},
	{"reap --method double-fork", "waits", "method"},
	{"reap --method double-fork", "double-waits", "method"},
	{"signal-ignore", "never-waits", "ignored nozombies"},
	{"signal-ignore", "ignores-late", "ignored nozombies"},
	{"signal-ignore", "ignores-leaves", "ends"},
	{"signal-ignore", "leaves", "ends ignored"},
	{"workers", "waits", "count"},
	{"workers", "one-by-one", "overlap"},
	{"workers --procs 4", "unjoined", "joined"},
	{"workers --procs 5", "unjoined", "count"},
	{"custom-process", "crash", "ends joined"},
	{"custom-process", "kills", "ends joined waited"},
	{"custom-process", "leaves", "joined waited"},
	{"primes", "sits-out", "cpu"},
	{"primes", "own-copies", "sum"},
	{"primes", "one-works", "cpu sum"},
	{"primes", "one-by-one", "overlap sum"},
	{"primes --procs 2", "unjoined", "joined sum"},
	{"states", "one-sleeps", "running stopped zombie"},
	{"states", "one-computes", "sleeping stopped zombie"},
}

// A program fails at what it does not do, and at nothing else. The languages take turns; with
// MTP_CHECK_ALL=1 each program is run in both.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	languages := []string{"C", "Python"}
	for i, v := range verdicts {
		for j, language := range languages {
			if os.Getenv("MTP_CHECK_ALL") == "" && i%len(languages) != j ||
				outside.RaceDetector && rand.N(4) > 0 {
				continue
			}
			t.Run(v.check+" "+v.program+" in "+language, func(t *testing.T) {
				t.Parallel()
				program := []string{"/usr/bin/python3", "testdata/programs.py", v.program}
				if language == "C" {
					program = []string{compiled(t, "testdata/programs.c"), v.program}
				}
				args := append(strings.Fields(v.check), "--runs", "1")
				limit := map[string]string{"C": "60000", "Python": "20000"}[language]
				if strings.HasPrefix(v.check, "primes") {
					args = append(args, "--limit", limit)
				}
				args = append(args, "--")
				if got := unmet(t, append(args, program...)...); got != v.unmet {
					out, _ := check(t, append(args, program...)...)
					t.Errorf("fails at %q, want %q\n%s", got, v.unmet, out)
				}
			})
		}
	}
}

// mtp's own programs in C and in Python do what their lessons ask.
func TestTwinsPass(t *testing.T) {
	t.Parallel()
	for _, l := range commands.Course() {
		for _, c := range l.Checks {
			folder := filepath.Join("..", strings.ReplaceAll(l.Name, "-", ""), "c-and-python",
				l.Name)
			for _, ending := range []string{".c", ".py"} {
				t.Run(c.Name+ending, func(t *testing.T) {
					t.Parallel()
					program := []string{"/usr/bin/python3", folder + ".py"}
					if ending == ".c" {
						program = []string{compiled(t, folder+".c")}
					}
					args := []string{c.Name, "--runs", "1"}
					if l.Name == "chat" {
						port := freePort(t)
						args = append(args, "--port", port)
						program = append(program, map[string][]string{
							"chat-server": {"serve", port}, "chat-client": {"join", "twin", port},
						}[c.Name]...)
					}
					if l.Name == "primes" {
						args = append(args, "--limit", "20000")
						program = append(program, "20000")
					}
					args = append(append(args, "--"), program...)
					if got := unmet(t, args...); got != "" {
						out, _ := check(t, args...)
						t.Errorf("fails at %s\n%s", got, out)
					}
				})
			}
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
}

// Chat programs as courses have them fail at what they do wrong, and at nothing else.
func TestChat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		check, unmet string
		program      func(t *testing.T, port string) []string
	}{
		{"chat-server", "cut hostile nozombie", func(_ *testing.T, port string) []string {
			return []string{"/usr/bin/python3", "testdata/plain-server.py", port}
		}},
		{"chat-client", "cut", func(_ *testing.T, port string) []string {
			return []string{"/usr/bin/python3", "testdata/plain-client.py", port}
		}},
		{
			"chat-server", "admin exit processes relay reserved taken welcome",
			func(t *testing.T, port string) []string {
				t.Helper()
				return []string{compiled(t, "testdata/poor-chat.c"), "serve", port}
			},
		},
		{"chat-client", "processes refused speaks", func(t *testing.T, port string) []string {
			t.Helper()
			return []string{compiled(t, "testdata/poor-chat.c"), "join", port}
		}},
	} {
		t.Run(test.check+" "+test.unmet, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			args := []string{test.check, "--port", port, "--runs", "1", "--timeout", "30s", "--"}
			if got := unmet(t, append(args, test.program(t, port)...)...); got != test.unmet {
				t.Errorf("fails at %q, want %q", got, test.unmet)
			}
		})
	}
}

// People get the verdict first, what was asked, what the kernel has shown, with the line of the
// source, and a hint, in either language, and not too much of it.
func TestText(t *testing.T) {
	t.Parallel()
	program := compiled(t, "testdata/programs.c")
	for language, wanted := range map[string][]string{
		"en": {
			`^\n  check reap: 1 of 3 requirements met. Runs: 2.\n`, `! ✗ all: The parent waits`,
			`\d+ never waited for \d+, which was forked \(programs.c:\d+ in child\)`, `Call wait or waitpid once`, `✓ child: \d+ forked \d+`,
		},
		"zh": {`^\n  check reap：3 项要求满足了 1 项。运行了 2 次。\n`, `从没有等待过`, `programs.c:\d+`},
	} {
		out, code := check(t, "reap", "--runs", "2", "--lang", language, "--", program,
			"waits-for-one")
		for _, pattern := range wanted {
			if code != 1 || !regexp.MustCompile(pattern).MatchString(out) {
				t.Errorf("exit code %d, no %s:\n%s", code, pattern, out)
			}
		}
		if count := utf8.RuneCountInString(out); count > 2000 {
			t.Errorf("%d characters", count)
		}
	}
}

// A program that isn't there, or a wrong flag, is a mistake of usage; in the formats it fails.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"zombie"},
		{"nosuch", "--", "true"},
		{"zombie", "--procs", "3", "--", "true"},
		{"reap", "--method", "magic", "--", "true"},
		{"fork", "--only", "nosuch", "--", "true"},
		{"fork", "--runs", "0", "--", "true"},
		{"fork", "--", "./nosuch"},
	} {
		if out, code := check(t, args...); code != 2 {
			t.Errorf("%q: exit code %d\n%s", args, code, out)
		}
	}
	if got := unmet(t, "zombie", "--", "./nosuch"); got != "child ends zombie" {
		t.Errorf("a program that isn't there fails at %q", got)
	}
}

// --only judges one, with those that it needs; --stdin is what the program reads.
func TestOnlyAndInput(t *testing.T) {
	t.Parallel()
	program := compiled(t, "testdata/programs.c")
	if got := unmet(t, "fork", "--runs", "1", "--only", "child", "--", program,
		"crash"); got != "" {
		t.Errorf("--only child fails at %q", got)
	}
	if got := unmet(t, "fork", "--runs", "1", "--only", "pid", "--", program,
		"crash"); got != "pid" {
		t.Errorf("--only pid fails at %q", got)
	}
	input := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(input, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := `read x; [ "$x" = x ] && { (exit 0) & wait $!; }`
	if got := unmet(t, "fork", "--runs", "1", "--stdin", input, "--", "sh", "-c",
		script); got != "" {
		t.Errorf("with its input it fails at %q", got)
	}
}

// JUnit's XML has what its schema wants, and counts right.
func TestJUnit(t *testing.T) {
	t.Parallel()
	out, code := check(t, "fork", "--runs", "1", "--format", "junit", "--", compiled(t,
		"testdata/programs.c"), "crash")
	var suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suite   []struct {
			Attributes []xml.Attr `xml:",any,attr"`
			Properties *struct{}  `xml:"properties"`
			Out        *string    `xml:"system-out"`
			Err        *string    `xml:"system-err"`
			Cases      []struct {
				Name    string  `xml:"name,attr"`
				Class   string  `xml:"classname,attr"`
				Time    float64 `xml:"time,attr"`
				Failure *struct {
					Type    string `xml:"type,attr"`
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(out), &suites); err != nil || code != 1 ||
		len(suites.Suite) != 1 {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	s := suites.Suite[0]
	attributes := map[string]string{}
	for _, a := range s.Attributes {
		attributes[a.Name.Local] = a.Value
	}
	for _, name := range []string{
		"id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "time",
	} {
		if attributes[name] == "" {
			t.Errorf("the suite has no %s", name)
		}
	}
	failures := 0
	for _, c := range s.Cases {
		if c.Name == "" || c.Class == "" || c.Failure != nil && (c.Failure.Type == "" ||
			c.Failure.Message == "") {
			t.Errorf("a case lacks something: %+v", c)
		}
		if c.Failure != nil {
			failures++
		}
	}
	wrong := attributes["tests"] != strconv.Itoa(len(s.Cases)) || failures != 2 ||
		attributes["failures"] != strconv.Itoa(failures)
	if wrong || s.Properties == nil || s.Out == nil || s.Err == nil {
		t.Errorf("it counts %v, but has %d cases, %d failures", attributes, len(s.Cases), failures)
	}
}

// Classroom 50's result has the fields of its schema, integer scores, and the exit code 0; its list
// of tests has them as its tests' schema wants.
func TestClassroom50(t *testing.T) {
	t.Parallel()
	program := compiled(t, "testdata/programs.c")
	out, code := check(t, "fork", "--runs", "1", "--format", "classroom50", "--", program, "crash")
	var top map[string]any
	if err := json.Unmarshal([]byte(out), &top); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	for name, pattern := range map[string]string{
		"schema": `^classroom50/result/v1$`, "classroom": ".", "assignment": ".", "assignment_type": `^(individual|group)$`,
		"owner": ".", "submission": "^submit/", "commit": ".", "release": ".", "review": ".",
		"datetime": `^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$`,
	} {
		if text, is := top[name].(string); !is || !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("%s is %v", name, top[name])
		}
	}
	sum := 0.0
	for _, each := range top["tests"].([]any) {
		test := each.(map[string]any)
		score, most := test["score"].(float64), test["max-score"].(float64)
		if test["test-name"] == "" || test["passed"].(bool) != (score == most) {
			t.Errorf("a test is %v", test)
		}
		sum += score
	}
	if top["score"] != sum || top["max-score"] != 4.0 || len(top) != 13 {
		t.Errorf("score %v of %v, the tests have %v, %d fields", top["score"], top["max-score"],
			sum, len(top))
	}

	out, code = check(t, "reap", "--method", "wait", "--list", "--format", "classroom50", "--",
		"./mine", "two words")
	var tests []struct {
		Name, Type, Run string
		ExitCode        *int `json:"exit-code"`
		Timeout, Points int
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&tests); err != nil || code != 0 || len(tests) != 4 {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	for _, test := range tests {
		if len(test.Name) > 100 || test.Type != "run" || *test.ExitCode != 0 ||
			test.Timeout > 600 || test.Points != 1 ||
			!strings.HasSuffix(test.Run, "--method wait -- ./mine 'two words'") {
			t.Errorf("a test is %+v", test)
		}
	}
}

// Gradescope's results have scores and outputs.
func TestGradescope(t *testing.T) {
	t.Parallel()
	out, code := check(t, "fork", "--runs", "1", "--format", "gradescope", "--", compiled(t,
		"testdata/programs.c"), "crash")
	var top struct {
		Seconds int `json:"execution_time"`
		Output  string
		Tests   []struct {
			Score, MaxScore      float64
			Status, Name, Output string
			Number               string
			Max                  *float64 `json:"max_score"`
		}
	}
	if err := json.Unmarshal([]byte(out), &top); err != nil || code != 1 || len(top.Tests) != 4 {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	for _, test := range top.Tests {
		if test.Max == nil || *test.Max != 1 || test.Name == "" || test.Output == "" ||
			(test.Status == "passed") != (test.Score == 1) || test.Status != "passed" &&
			test.Status != "failed" {
			t.Errorf("a test is %+v", test)
		}
	}
}
