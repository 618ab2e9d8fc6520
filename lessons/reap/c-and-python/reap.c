// reap: signals do not queue. Five children end, one SIGCHLD comes, so its handler has to loop.
// cc reap.c -o reap && ./reap
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 5 };
static volatile sig_atomic_t signals, reaped;

// on_child runs in the middle of anything: it may only call what is async-signal-safe.
static void on_child(int sig) {
    (void)sig;
    int saved = errno; // the interrupted code may be about to read it
    signals++;
    while (waitpid(-1, NULL, WNOHANG) > 0) // an if instead of this while leaves four zombies
        reaped++;
    errno = saved;
}

static void hold(void) {
    printf("In another terminal: ps -o pid,ppid,stat,args --ppid %d\n", getpid());
    printf("Then press Enter.\n");
    for (int c = 0; c != '\n' && c != EOF;)
        c = getchar();
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGCHLD, &action, NULL) < 0)
        err(1, "sigaction");
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &chld, NULL) < 0) // from now on it stays pending
        err(1, "sigprocmask");

    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid < 0)
            err(1, "fork");
        if (pid == 0)
            _exit(0);
        siginfo_t info;
        if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) < 0) // until it has ended; no reaping
            err(1, "waitid");
        printf("Child %d has ended.\n", pid);
    }
    printf("SIGCHLD is blocked: %d signals came, %d children were reaped.\n", signals, reaped);
    hold();
    if (sigprocmask(SIG_UNBLOCK, &chld, NULL) < 0) // before it returns, the handler has run
        err(1, "sigprocmask");
    printf("SIGCHLD is let in: %d signal came, %d children were reaped.\n", signals, reaped);
    hold();
}
