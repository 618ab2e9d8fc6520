// states: five children, each in another state: R running or ready, S and D sleeping, T stopped,
// Z zombie. Linux only: it reads /proc/PID/stat, as ps does.
// cc states.c -o states && ./states
#define _GNU_SOURCE
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t parent, pids[5];
static int gate[2]; // two children read from it, until the parent closes the end to write to

static void busy(void) { while (getppid() == parent); } // as long as it has its parent
static void wait_at_gate(void) { char byte; if (read(gate[0], &byte, 1) != 0) _exit(1); }
static void stop(void) { raise(SIGSTOP); }
static void end(void) {}
static void vfork_and_wait(void) { // D, until its child ends: only a deadly signal wakes it before
    // unlike vfork(2)'s child, which may call only _exit or exec, this one has memory of its own
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) { wait_at_gate(); _exit(0); }
    if (pid < 0 || waitpid(pid, NULL, 0) < 0) err(1, "clone, waitpid");
}
static char state(pid_t pid) {
    char path[64], stat[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f || fread(stat, 1, sizeof stat - 1, f) == 0) err(1, "%s", path);
    fclose(f);
    char *paren = strrchr(stat, ')'); // the last one: a program's name may hold ") Z" itself
    return paren ? paren[2] & ~0x20 : '?'; // upper case: t is stopped, too, while it is traced
}
int main(void) {
    signal(SIGCHLD, SIG_DFL); // if it was inherited as ignored, there would be no zombie
    setvbuf(stdout, NULL, _IOLBF, 0);
    char want[] = "RSDTZ";
    void (*act[])(void) = {busy, wait_at_gate, vfork_and_wait, stop, end};
    parent = getpid();
    if (pipe(gate) < 0) err(1, "pipe");
    for (int i = 0; i < 5; i++) {
        if ((pids[i] = fork()) < 0) err(1, "fork");
        if (pids[i] == 0) { close(gate[1]); act[i](); _exit(0); }
        for (int tries = 100000; state(pids[i]) != want[i] && tries > 0; tries--) sched_yield();
        printf("PID %d: %c\n", pids[i], state(pids[i]));
    }
    printf("In another terminal: ps -o pid,ppid,stat,wchan:20,args --ppid %d\n"
           "Then press Enter.\n", parent);
    for (int c = 0; c != '\n' && c != EOF;) c = getchar();
    close(gate[1]); // S and D
    if (kill(pids[0], SIGKILL) < 0 || kill(pids[3], SIGCONT) < 0) err(1, "kill"); // R and T
    for (int i = 0, status; i < 5; i++) { // and Z needs nothing but this
        if (waitpid(pids[i], &status, 0) < 0) err(1, "waitpid");
        printf("PID %d, which was in %c: ", pids[i], want[i]);
        printf(WIFSIGNALED(status) ? "signal %d\n" : "exit status %d\n",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
}
