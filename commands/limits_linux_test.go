package commands_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mtp/lessons/kit/outside"
)

// Whatever the limit of processes or of open files is: what can begin does its work, or says what
// is missing, and never in the words of Go's runtime. The limit counts a user's tasks, so each run
// is another user's. (.ci/bench/limits tries many more.)
func TestLimits(t *testing.T) {
	t.Parallel()
	outside.Needs(t, "setpriv", "prlimit", "timeout")
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	if raceDetector {
		t.Skip("its threads are others")
	}
	mtp := outside.OrdinaryMTP(t)
	anyLesson := strings.Join(oneOf(variants()), " ")
	for i, run := range []struct {
		line, limit string
		least, most int // of the limit: the least is what Go itself needs, with some to spare
	}{
		{"chat serve --listen=127.0.0.1:0", "nproc", 12, 19},
		{"chat join --name=ann", "nproc", 12, 19},
		{"--pace=0 fork --children=8", "nproc", 12, 17},
		{"--pace=0 " + anyLesson, "nproc", 12, 60},
		{"chat join --name=ann", "nofile", 3, 25},
		{"--pace=0 " + anyLesson, "nofile", 3, 25},
	} {
		limit := run.least + rand.N(run.most-run.least)
		t.Run(run.line+"/"+run.limit+" "+strconv.Itoa(limit), func(t *testing.T) {
			t.Parallel()
			patience := "60"
			if strings.HasPrefix(run.line, "chat") { // which end by a signal only
				patience = "1"
			}
			user := "--reuid=" + strconv.Itoa(62000+i)
			args := []string{
				"timeout", "--kill-after=60", patience, "setpriv", user, "--clear-groups",
				"prlimit", "--" + run.limit + "=" + strconv.Itoa(limit), mtp,
			}
			cage := exec.Command("cage", append(args, strings.Fields(run.line)...)...)
			cage.Env = append(os.Environ(), "MTP_LANG=en")
			var said bytes.Buffer
			cage.Stdout, cage.Stderr = &said, &said
			_ = cage.Run()
			code := cage.ProcessState.ExitCode()
			const timedOut = 124
			if code != 0 && code != 1 && (code != timedOut || patience != "1") {
				t.Errorf("exit code %d:\n%s", code, &said)
			}
			for _, words := range []string{"OS thread", "pthread_create", "goroutine ", "epoll"} {
				if strings.Contains(said.String(), words) {
					t.Errorf("exit code %d, and the runtime's words:\n%s", code, &said)
				}
			}
		})
	}
}
