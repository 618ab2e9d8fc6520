// fork: one call, two returns. Then there are two processes, and each has a variable a of its own.
// cc fork.c -o fork && ./fork
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0); // fork copies unflushed output as well: keep none
    signal(SIGCHLD, SIG_DFL);         // ignored, which may be inherited, it would make wait fail
    int a = 1;
    int *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED)
        err(1, "mmap");
    *b = 1;

    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");

    // From here on two processes run this program. The next statement stands here once; each
    // process runs it. Which of them comes first is not specified.
    printf("PID %d: finished calling fork, which returned %d.\n", getpid(), pid);

    if (pid == 0) {
        // Both map the same memory, until one writes: then that process gets a copy of the page.
        a = 10000;
        *b = 10000; // this page was mapped to be shared, and stays one
        printf("Child %d: a is %d at address %p, b is %d.\n", getpid(), a, (void *)&a, *b);
        _exit(404);
    }

    int status;
    if (waitpid(pid, &status, 0) < 0)
        err(1, "waitpid");
    printf("Parent %d: a is %d at address %p, b is %d.\n", getpid(), a, (void *)&a, *b);
    if (WIFEXITED(status)) // 404 & 0xff: only eight bits of an exit status get through
        printf("The child called _exit(404). Its status is %d.\n", WEXITSTATUS(status));

    // fork fails where the user may have no more processes, who must not be root.
    struct rlimit one = {1, 1};
    if (setrlimit(RLIMIT_NPROC, &one) < 0)
        err(1, "setrlimit");
    if (geteuid() == 0 && setuid(65534) < 0)
        warn("setuid");
    pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        printf("At a limit of one, fork returned %d: %s.\n", pid, strerror(errno));
    return pid > 0 && waitpid(pid, &status, 0) < 0;
}
