// What readers' programs may do, right and wrong: ./programs NAME. programs.py does the same.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void nap(int ms) { usleep(ms * 1000); }
static pid_t child(void (*act)(int), int with) {
    pid_t pid = fork();
    if (pid == 0) { act(with); _exit(0); }
    return pid;
}
static void leave(int status) { _exit(status); }
static void sleeps(int ms) { nap(ms); }
static void forever(int unused) { (void)unused; for (;;) pause(); }
static void crash(int unused) { (void)unused; abort(); }

static int limit = 60000;
static int is_prime(int n) {
    for (int d = 2; d < n; d++) if (n % d == 0) return 0;
    return n > 1;
}
static int primes(int from, int to) {
    int sum = 0;
    for (int n = from; n < to; n++) sum += is_prime(n) ? n : 0;
    return sum;
}
static void compute(int quarter) { printf("%d\n", primes(quarter * limit / 4, (quarter + 1) * limit / 4)); fflush(stdout); }
static void all_done(void) { while (wait(NULL) > 0); }
static void waits_once(int s) { (void)s; waitpid(-1, NULL, WNOHANG); }
static void waits_all(int s) { (void)s; while (waitpid(-1, NULL, WNOHANG) > 0); }
static void sees_it_dead(void) { siginfo_t info; waitid(P_ALL, 0, &info, WEXITED | WNOWAIT); }
static void does_nothing(int s) { (void)s; }
static void outlives(int parent) { while (getppid() == parent) nap(10); nap(100); }
static void kills_itself(int parent) { outlives(parent); raise(SIGKILL); }
static void forks(int unused) { (void)unused; child(outlives, getpid()); nap(20); }
static void forks_and_waits(int ms) { child(sleeps, ms); wait(NULL); }
static void busy(int ms) { alarm(2); (void)ms; for (;;); }
static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }
static void patience(int ms) { for (int i = 0; i < ms / 10; i++) nap(10); }

int main(int argc, char *argv[]) {
    const char *name = argc > 1 ? argv[1] : "";
    pid_t pid;
    if (is(name, "prints")) printf("4711 forked 4712. Zombie! The sum is 5736396.\n");
    else if (is(name, "executes")) return system("true");
    else if (is(name, "crash")) { child(crash, 0); wait(NULL); }
    else if (is(name, "leaves")) child(outlives, getpid());
    else if (is(name, "kills")) { pid = child(forever, 0); nap(20); kill(pid, SIGKILL); nap(20); }
    else if (is(name, "waits")) { pid = child(leave, 0); waitpid(pid, NULL, 0); }
    else if (is(name, "seven")) { child(leave, 7); nap(50); }
    else if (is(name, "dies")) { child(leave, 0); sees_it_dead(); }
    else if (is(name, "orphan-killed")) child(kills_itself, getpid());
    else if (is(name, "orphan-endless")) child(forever, 0);
    else if (is(name, "ignores")) { signal(SIGCHLD, SIG_IGN); child(leave, 0); nap(300); }
    else if (is(name, "ignores-late")) { child(leave, 0); nap(150); signal(SIGCHLD, SIG_IGN); nap(50); }
    else if (is(name, "ignores-leaves")) { signal(SIGCHLD, SIG_IGN); child(outlives, getpid()); }
    else if (is(name, "never-waits")) { child(leave, 0); nap(600); }
    else if (is(name, "waits-for-one")) { child(leave, 0); child(leave, 0); wait(NULL); nap(300); }
    else if (is(name, "handler")) { signal(SIGCHLD, waits_all); child(leave, 0); nap(20); child(leave, 0); patience(400); }
    else if (is(name, "handler-once")) {
        sigset_t set;
        sigemptyset(&set); sigaddset(&set, SIGCHLD);
        signal(SIGCHLD, waits_once);
        sigprocmask(SIG_BLOCK, &set, NULL);
        child(leave, 0); child(leave, 0); child(leave, 0);
        patience(300);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        patience(200);
    } else if (is(name, "handler-one")) { signal(SIGCHLD, waits_once); child(leave, 0); patience(400); }
    else if (is(name, "handler-idle")) { signal(SIGCHLD, does_nothing); child(leave, 0); nap(50); wait(NULL); }
    else if (is(name, "polls")) { child(sleeps, 50); while (waitpid(-1, NULL, WNOHANG) == 0) nap(5); }
    else if (is(name, "double")) { child(forks, 500); wait(NULL); }
    else if (is(name, "double-waits")) { child(forks_and_waits, 50); wait(NULL); }
    else if (is(name, "one-by-one")) for (int i = 0; i < 4; i++) { child(sleeps, 20); wait(NULL); }
    else if (is(name, "unjoined")) { for (int i = 0; i < 4; i++) child(sleeps, 500); nap(700); }
    else if (is(name, "sits-out")) {
        for (int i = 0; i < 4; i++) child(sleeps, 50);
        printf("%d\n", primes(0, limit)); all_done();
    } else if (is(name, "own-copies")) { for (int i = 0; i < 4; i++) child(compute, i); all_done(); printf("The sum is 0.\n"); }
    else if (is(name, "one-works")) {
        child(compute, 3);
        for (int i = 0; i < 3; i++) child(sleeps, 50);
        all_done();
    } else if (is(name, "one-sleeps")) { child(sleeps, 300); all_done(); }
    else if (is(name, "one-computes")) { pid = child(busy, 0); nap(900); kill(pid, SIGKILL); all_done(); }
    else return 64;
    return 0;
}
