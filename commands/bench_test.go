package commands_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkFork compares the fork lesson, told in full, with the bare act in C and in Python. It
// reports the medians of interleaved runs as ratios, because the machine's speed is nobody's merit.
//
//	go test ./commands -run '^$' -bench Fork -benchtime 200x
func BenchmarkFork(b *testing.B) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		b.Skip("no C compiler")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		b.Skip("no python3")
	}
	if resolved, err := exec.Command(python, "-c",
		"import sys; print(sys.executable, end='')").Output(); err == nil {
		python = string(resolved) // behind a shim, which would cost more than Python
	}
	dir := b.TempDir()
	source, program := filepath.Join(dir, "fork.c"), filepath.Join(dir, "fork")
	if err := os.WriteFile(source, []byte(forkInC), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command(cc, "-O2", "-o", program, source).CombinedOutput(); err != nil {
		b.Fatalf("%v:\n%s", err, out)
	}
	// A release is built like this; the test binary carries the testing package along.
	mtp := filepath.Join(dir, "mtp")
	build := exec.Command("go", "build", "-o", mtp, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v:\n%s", err, out)
	}
	commands := [][]string{{mtp, "fork", "--pace=0"}, {program}, {python, "-c", forkInPython}}
	times := make([][]time.Duration, len(commands))
	for b.Loop() {
		for i, command := range commands {
			begun := time.Now()
			if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
				b.Fatalf("%v: %v:\n%s", command, err, out)
			}
			times[i] = append(times[i], time.Since(begun))
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return float64(times[i][len(times[i])/2])
	}
	b.ReportMetric(median(0)/1e6, "ms/mtp")
	b.ReportMetric(median(0)/median(1), "mtp/C")
	b.ReportMetric(median(0)/median(2), "mtp/Python")
	b.ReportMetric(0, "ns/op")
}

const forkInC = `
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
	int a = 1, status;
	pid_t pid = fork();
	if (pid == -1)
		return 1;
	if (pid == 0) {
		a = 10000;
		printf("child %d: a = %d\n", getpid(), a);
		fflush(stdout);
		_exit(404);
	}
	if (waitpid(pid, &status, 0) == -1)
		return 1;
	printf("parent %d: a = %d, status %d\n", getpid(), a, WEXITSTATUS(status));
	return 0;
}
`

const forkInPython = `
import os
a = 1
pid = os.fork()
if pid == 0:
    a = 10000
    print("child", os.getpid(), a, flush=True)
    os._exit(404 & 0xff)
_, status = os.waitpid(pid, 0)
print("parent", os.getpid(), a, os.waitstatus_to_exitcode(status))
`

// BenchmarkLessons tells every lesson from start to end without pauses.
func BenchmarkLessons(b *testing.B) {
	for _, lesson := range [][]string{
		{"fork"},
		{"orphan", "--subreaper"},
		{"zombie", "--hold=0"},
		{"reap"},
		{"signal-ignore"},
		{"workers"},
		{"custom-process"},
		{"exit"},
		{
			"states",
			"--hold=0",
		},
		{"--help"},
	} {
		b.Run(lesson[0], func(b *testing.B) {
			for b.Loop() {
				out, err := exec.Command("mtp", append(lesson, "--pace=0")...).CombinedOutput()
				if err != nil {
					b.Fatalf("%v:\n%s", err, out)
				}
			}
		})
	}
}
