// fork: one call, two returns. Then there are two processes, and each has a variable a of its own.
// cc fork.c -o fork && ./fork
#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0); // fork copies unflushed output as well: keep none
    int a = 1;

    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");

    // From here on two processes run this program. The next statement stands here once; each
    // process runs it. Which of them comes first is not specified.
    printf("PID %d: finished calling fork, which returned %d.\n", getpid(), pid);

    if (pid == 0) {
        // Both map the same memory, until one writes: then that process gets a copy of the page.
        a = 10000;
        printf("Child %d: a is %d at address %p.\n", getpid(), a, (void *)&a);
        _exit(404);
    }

    int status;
    if (waitpid(pid, &status, 0) < 0)
        err(1, "waitpid");
    printf("Parent %d: a is %d at address %p.\n", getpid(), a, (void *)&a);
    if (WIFEXITED(status)) // 404 & 0xff: only eight bits of an exit status get through
        printf("The child called _exit(404). Its status is %d.\n", WEXITSTATUS(status));
    return 0;
}
