// workers: three jobs side by side take as long as the longest, not as long as their sum.
// cc workers.c -o workers && ./workers      (./workers 100: a hundred times slower, to watch in ps)
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct {
    const char *name;
    double seconds;
    pid_t pid;
} jobs[] = {{"eat", 0.2, 0}, {"sleep", 0.3, 0}, {"play", 0.1, 0}};
enum { JOBS = sizeof jobs / sizeof jobs[0] };

static double now(void) {
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) < 0) // unlike the time of day, it is never put back
        err(1, "clock_gettime");
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char *argv[]) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGCHLD, SIG_DFL); // an inherited SIG_IGN would leave no status to wait for
    double slower = argc > 1 ? strtod(argv[1], NULL) : 1, longest = 0, sum = 0;
    if (!(slower > 0 && slower <= 10000))
        errx(1, "usage: workers [HOW MANY TIMES SLOWER]");
    double begun = now();
    for (int i = 0; i < JOBS; i++) {
        double seconds = jobs[i].seconds * slower;
        sum += seconds;
        longest = seconds > longest ? seconds : longest;
        jobs[i].pid = fork();
        if (jobs[i].pid < 0)
            err(1, "fork");
        if (jobs[i].pid == 0) { // a forked child goes on here; Python's start calls a target in it
            struct timespec work = {(time_t)seconds, (seconds - (time_t)seconds) * 1e9};
            if (nanosleep(&work, NULL) < 0)
                err(1, "nanosleep");
            _exit(0);
        }
        printf("Started %s: PID %d, %.1f s.\n", jobs[i].name, jobs[i].pid, seconds);
    }
    for (int left = JOBS; left > 0; left--) {
        int status;
        pid_t pid = wait(&status); // whoever ends first
        if (pid < 0)
            err(1, "wait");
        for (int i = 0; i < JOBS; i++)
            if (jobs[i].pid == pid)
                printf("Ended %s: PID %d, status %d.\n", jobs[i].name, pid,
                       WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    }
    printf("The longest: %.1f s. The sum: %.1f s. ", longest, sum);
    printf("All three, by the clock: %.2f s.\n", now() - begun);
}
