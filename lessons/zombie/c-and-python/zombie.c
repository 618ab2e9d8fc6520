// zombie: a child that has ended, and that its parent has not waited for.
// cc zombie.c -o zombie && ./zombie
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// look asks for the status of a child that has ended, and leaves the zombie in place (WNOWAIT).
static void look(pid_t pid) {
    siginfo_t info;
    if (waitid(P_PID, pid, &info, WEXITED | WNOWAIT) < 0)
        err(1, "waitid");
    printf("waitid(%d, WNOWAIT): it has %s, status %d.\n", pid,
           info.si_code == CLD_EXITED ? "exited" : "been killed", info.si_status);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGCHLD, SIG_DFL); // whoever started us may have ignored it: then there are no zombies
    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");
    if (pid == 0)
        _exit(7);

    look(pid); // blocks until the child has ended
    printf("Child %d of %d is a zombie: an entry in the process table.\n", pid, getpid());
    printf("In another terminal: ps -o pid,ppid,stat,args -p %d\nThen press Enter.\n", pid);
    for (int c = 0; c != '\n' && c != EOF;)
        c = getchar();

    if (kill(pid, SIGKILL) < 0)
        err(1, "kill");
    printf("kill(%d, SIGKILL) returned 0, and changes nothing: the dead can't be killed.\n", pid);
    look(pid);

    int status;
    if (waitpid(pid, &status, 0) < 0)
        err(1, "waitpid");
    if (WIFEXITED(status))
        printf("waitpid(%d): exit status %d.\n", pid, WEXITSTATUS(status));
    if (kill(pid, 0) == 0) // signal 0 only asks whether it could be sent
        errx(1, "%d is still there", pid);
    printf("kill(%d, 0): %s. The zombie is gone.\n", pid, strerror(errno));
    return 0;
}
