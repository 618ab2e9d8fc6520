// orphan: a process whose parent ends is adopted, by the nearest subreaper above it, else by init.
// cc orphan.c -o orphan && ./orphan
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// comm finds out the name of a process.
static void comm(pid_t pid, char name[64]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(name, 64, f))
        snprintf(name, 64, "unknown here"); // no /proc, or not allowed to look
    name[strcspn(name, "\n")] = 0; // f is closed when this process exits
}

static void grandchild(int word, int go) {
    char byte = '!', name[64];
    printf("Grandchild %d: my parent is %d.\n", getpid(), getppid());
    if (write(word, &byte, 1) != 1) // lets the middle one exit
        err(1, "write");
    if (read(go, &byte, 1) != 0) // end of file: the middle one has ended, and was waited for
        err(1, "read");
    comm(getppid(), name);
    printf("Grandchild %d: my parent is now %d (%s).\n", getpid(), getppid(), name);
    printf("In another terminal: pstree -psT %d\nThen press Enter.\n", getpid());
    for (int c = 0; c != '\n' && c != EOF;)
        c = getchar();
    _exit(0);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGCHLD, SIG_DFL); // if it was ignored, waitpid would fail with ECHILD
    int word[2], go[2], status; // from the grandchild, and to it
    char byte;
    if (pipe(word) < 0 || pipe(go) < 0) err(1, "pipe");
    pid_t middle = fork();
    if (middle < 0) err(1, "fork");
    if (middle == 0) {
        close(go[1]); // a process that holds this end keeps the grandchild waiting
        pid_t pid = fork();
        if (pid < 0) err(1, "fork");
        if (pid == 0) grandchild(word[1], go[0]);
        _exit(read(word[0], &byte, 1) == 1 ? 0 : 1); // does not wait: its child becomes an orphan
    }
    close(word[1]);
    if (waitpid(middle, &status, 0) < 0) err(1, "waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) errx(1, "the middle process has failed");
    printf("First %d: the middle process, %d, has ended.\n", getpid(), middle);
    close(go[1]);
    // When the grandchild ends, so does the pipe that it holds.
    if (read(word[0], &byte, 1) != 0) err(1, "read");
    printf("First %d: the grandchild has ended. Only its adopter can wait for it.\n", getpid());
}
