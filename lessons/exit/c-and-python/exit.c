// exit: what wait sees of how a child ended, and what _exit skips that exit does.
// cc exit.c -o exit && ./exit
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(void) {
    pid_t pid = fork();
    if (pid < 0) err(1, "fork");
    return pid;
}
static int wait_for(pid_t pid, int by_signal) {
    int status;
    if (waitpid(pid, &status, 0) < 0) err(1, "waitpid");
    if (by_signal ? !WIFSIGNALED(status) : !WIFEXITED(status)) errx(1, "status 0x%04x", status);
    return status;
}
static void goodbye(void) { printf("[atexit handler]"); }

int main(void) {
    signal(SIGCHLD, SIG_DFL); // if it was inherited as ignored, the kernel would keep no status
    setvbuf(stdout, NULL, _IOLBF, 0); // what ends in \n is written; the rest stays in a buffer
    int codes[] = {0, 7, 300};
    for (int i = 0; i < 3; i++) {
        pid_t pid = start();
        if (pid == 0) _exit(codes[i]);
        int s = wait_for(pid, 0); // of 300, eight bits get through
        printf("_exit(%d): status 0x%04x, WEXITSTATUS %d\n", codes[i], s, WEXITSTATUS(s));
    }

    pid_t pid = start();
    while (pid == 0) pause();
    if (kill(pid, SIGKILL) < 0) err(1, "kill");
    int s = wait_for(pid, 1), sig = WTERMSIG(s);
    printf("SIGKILL: status 0x%04x, WIFSIGNALED %d, WTERMSIG %d. ", s, WIFSIGNALED(s) != 0, sig);
    printf("A shell says 128+%d = %d, Python -%d.\n", sig, 128 + sig, sig);

    void (*ways[])(int) = {exit, _exit}; // exit: atexit's handlers, stdio's buffers, then _exit
    for (int i = 0; i < 2; i++) {
        printf("The last words of a child that calls %s: ", i == 0 ? "exit" : "_exit");
        fflush(stdout); // or the child has them in its copy of the buffer
        pid = start();
        if (pid == 0) {
            atexit(goodbye);
            printf("[buffered]");
            ways[i](0);
        }
        wait_for(pid, 0);
        printf("\n");
    }

    printf("[printed once, by %d]", getpid()); // into the buffer; fork copies the buffer
    pid = start();
    if (pid == 0) exit(0); // writes its copy. So flush before fork, or let the child call _exit.
    wait_for(pid, 0);
    printf(" (and written twice)\n");
}
