// signal-ignore: where SIGCHLD is ignored explicitly, children never become zombies, and wait has
// nothing to return. (Its default action, also called "ignore", does not do that.)
// cc signal-ignore.c -o signal-ignore && ./signal-ignore
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    if (sigaction(SIGCHLD, &ignore, NULL) < 0)
        err(1, "sigaction");

    int gate[2]; // the children wait at its end of file; only the parent has the end to write to
    if (pipe(gate) < 0)
        err(1, "pipe");
    pid_t pids[3];
    for (int i = 0; i < 3; i++) {
        pids[i] = fork();
        if (pids[i] < 0)
            err(1, "fork");
        if (pids[i] == 0) {
            char byte;
            close(gate[1]);
            if (i > 0 && read(gate[0], &byte, 1) != 0) // the first child does not wait
                err(1, "read");
            printf("Child %d exits with status 7.\n", getpid());
            _exit(7);
        }
    }

    // No wait for this child: Linux returns when it has ended, but POSIX has all waits block until
    // every child has ended.
    for (int ms = 0; kill(pids[0], 0) == 0; ms++) { // a zombie would still have its PID
        if (ms == 60000)
            errx(1, "%d is still there", pids[0]);
        usleep(1000);
    }
    printf("Child %d has ended. It is no zombie; the other two live.\n", pids[0]);
    printf("In another terminal: ps -o pid,ppid,stat,args --ppid %d\n", getpid());
    printf("Then press Enter.\n");
    for (int c = 0; c != '\n' && c != EOF;)
        c = getchar();

    close(gate[1]);
    if (wait(NULL) >= 0 || errno != ECHILD) // blocks until the last child has ended
        errx(1, "wait has not failed with ECHILD");
    printf("wait: %s.\n", strerror(errno));
    for (int i = 0; i < 3; i++) // a zombie would still have its PID, and kill would return 0
        if (kill(pids[i], 0) == 0 || errno != ESRCH)
            errx(1, "%d is still there", pids[i]);
    printf("ECHILD: all three are gone, and nobody knows their statuses.\n");
}
