// What programs do with their processes, right and wrong. Each argument names a case; several are
// performed one after the other, each in a child of its own. The tests find the lines by their marks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void must(int ok, const char *what) {
	if (ok)
		return;
	perror(what);
	_exit(99);
}

// untilInput waits until the test lets the program go on: it closes the standard input.
static void untilInput(void) {
	char c;
	while (read(0, &c, 1) > 0) // @input
		;
}

static void untilOrphaned(pid_t parent) {
	while (getppid() == parent)
		usleep(1000);
}

// --- what is wrong ---

static void zombie(void) {
	if (fork() == 0) // @zombie
		_exit(3);
	untilInput(); // @zombie.waits
}

static void busy(void) {
	if (fork() == 0) // @busy
		_exit(0);
	for (struct pollfd input = {.fd = 0, .events = POLLIN}; poll(&input, 1, 0) == 0;)
		;
}

static void zombies(void) {
	for (int i = 0; i < 3; i++)
		if (fork() == 0) // @zombies
			_exit(i);
	untilInput();
}

static void late(void) {
	pid_t child = fork(); // @late
	if (child == 0)
		_exit(0);
	untilInput();
	must(waitpid(child, 0, 0) == child, "waitpid");
}

static void orphan(void) {
	pid_t self = getpid();
	if (fork() == 0) { // @orphan
		untilOrphaned(self);
		_exit(0);
	}
}

static void orphans(void) {
	pid_t self = getpid();
	for (int i = 0; i < 2; i++)
		if (fork() == 0) { // @orphans
			untilOrphaned(self);
			_exit(0);
		}
}

static void segv(void) {
	*(volatile int *)8 = 1; // @segv
}

static void sibling(void) {
	pid_t victim = fork();
	if (victim == 0)
		for (;;)
			pause();
	if (fork() == 0) {
		kill(victim, SIGTERM); // @sibling
		_exit(0);
	}
	while (wait(0) > 0)
		;
}

static void cut(void) {
	exit(404); // @cut
}

static void reapsOne(int sig) {
	(void)sig;
	waitpid(-1, 0, WNOHANG);
}

static void unlooped(void) {
	struct sigaction action = {.sa_handler = reapsOne, .sa_flags = SA_RESTART};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaction(SIGCHLD, &action, 0); // @unlooped
	sigprocmask(SIG_BLOCK, &set, 0);
	for (int i = 0; i < 3; i++) {
		pid_t child = fork(); // @unlooped.fork
		if (child == 0)
			_exit(0);
		siginfo_t info;
		must(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0, "waitid");
	}
	sigprocmask(SIG_UNBLOCK, &set, 0); // one signal stands for three children
	untilInput();
}

static void nochild(void) {
	must(waitpid(1, 0, 0) < 0 && errno == ECHILD, "waitpid"); // @nochild
}

static void ignoredwait(void) {
	signal(SIGCHLD, SIG_IGN);
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	must(waitpid(child, 0, 0) < 0 && errno == ECHILD, "waitpid"); // @ignoredwait
}

static void nofork(void) {
	struct rlimit one = {1, 1};
	must(setrlimit(RLIMIT_NPROC, &one) == 0, "setrlimit");
	if (getuid() == 0)
		must(setuid(61007) == 0, "setuid"); // root is not bound
	must(fork() < 0 && errno == EAGAIN, "fork"); // @nofork
}

static void doubled(void) {
	must(dup2(open("/dev/null", O_WRONLY), 1) == 1, "dup2");
	printf("hello\nfrom");
	pid_t child = fork(); // @doubled
	if (child > 0)
		waitpid(child, 0, 0);
	exit(0);
}

static void ended(int sig) {
	(void)sig;
	_exit(0);
}

static void reads(int fd) {
	char c;
	(void)!read(fd, &c, 1); // @reads
}

static void selfpipe(void) {
	int ends[2];
	must(pipe(ends) == 0, "pipe");
	signal(SIGTERM, ended);
	reads(ends[0]); // @selfpipe
}

static void worksthenstuck(void) {
	int ends[2];
	must(pipe(ends) == 0, "pipe");
	signal(SIGTERM, ended);
	struct rusage usage;
	do // while it can't be said what it waits for
		getrusage(RUSAGE_SELF, &usage);
	while (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec == 0 &&
		usage.ru_utime.tv_usec + usage.ru_stime.tv_usec < 300000);
	reads(ends[0]); // @worksthenstuck
}

static void fullpipe(void) {
	int ends[2];
	must(pipe(ends) == 0, "pipe");
	signal(SIGTERM, ended);
	static char much[1 << 20];
	(void)!write(ends[1], much, sizeof much); // @fullpipe
}

static void oneanother(void) {
	int down[2], up[2];
	must(pipe(down) == 0 && pipe(up) == 0, "pipe");
	signal(SIGTERM, ended);
	if (fork() == 0) {
		close(down[1]);
		close(up[0]);
		reads(down[0]); // @oneanother.child
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	reads(up[0]); // @oneanother.parent
	wait(0);
}

static void waitsforreader(void) {
	int ends[2];
	must(pipe(ends) == 0, "pipe");
	pid_t child = fork();
	if (child == 0) {
		signal(SIGTERM, ended);
		close(ends[1]);
		reads(ends[0]); // @waitsforreader
		_exit(0);
	}
	waitpid(child, 0, 0); // its own write end is still open
}

// --- what is right ---

static void waits(void) {
	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			_exit(i);
	while (wait(0) > 0)
		;
}

static volatile sig_atomic_t reaped;

static void reapsAll(int sig) {
	(void)sig;
	int before = errno;
	while (waitpid(-1, 0, WNOHANG) > 0)
		reaped++;
	errno = before;
}

static void handler(void) {
	struct sigaction action = {.sa_handler = reapsAll, .sa_flags = SA_RESTART};
	sigset_t set, none;
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, 0);
	sigaction(SIGCHLD, &action, 0);
	for (int i = 0; i < 5; i++)
		if (fork() == 0)
			_exit(0);
	while (reaped < 5)
		sigsuspend(&none);
}

static void ignored(void) {
	signal(SIGCHLD, SIG_IGN);
	int ends[2];
	must(pipe(ends) == 0, "pipe");
	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(0);
	close(ends[1]);
	reads(ends[0]); // until all have ended
}

static void twice(void) {
	pid_t child = fork();
	if (child == 0) {
		pid_t grandchild = fork();
		if (grandchild == 0)
			_exit(0);
		must(waitpid(grandchild, 0, 0) == grandchild, "waitpid");
		_exit(0);
	}
	must(waitpid(child, 0, 0) == child, "waitpid");
}

static void vforks(void) {
	pid_t child = vfork(); // @vforks
	if (child == 0)
		_exit(0);
	must(waitpid(child, 0, 0) == child, "waitpid");
}

static void spawns(void) {
	char *argv[] = {"/bin/true", 0};
	pid_t child;
	must(posix_spawn(&child, argv[0], 0, 0, argv, environ) == 0, "posix_spawn");
	must(waitpid(child, 0, 0) == child, "waitpid");
}

static void systems(void) { must(system("true; true | cat") == 0, "system"); }

static void *idles(void *argument) { return argument; }

static void threads(void) {
	pthread_t all[8];
	for (int i = 0; i < 8; i++)
		must(pthread_create(&all[i], 0, idles, 0) == 0, "pthread_create");
	for (int i = 0; i < 8; i++)
		pthread_join(all[i], 0);
}

static char *self;

static void *execs(void *argument) {
	execl(self, self, "nothing", (char *)0);
	return argument;
}

static void threadexecs(void) {
	pthread_t other;
	must(pthread_create(&other, 0, execs, 0) == 0, "pthread_create");
	for (;;)
		pause();
}

static void *forks(void *argument) {
	pid_t child = fork(); // @threadforks
	if (child == 0)
		_exit(0);
	must(waitpid(child, 0, 0) == child, "waitpid");
	return argument;
}

static void threadforks(void) {
	pthread_t other;
	must(pthread_create(&other, 0, forks, 0) == 0, "pthread_create");
	pthread_join(other, 0);
}

static void many(void) {
	for (int i = 0; i < 500; i++) {
		pid_t child = fork();
		if (child == 0)
			_exit(0);
		must(waitpid(child, 0, 0) == child, "waitpid");
	}
}

static void peeks(void) {
	siginfo_t info;
	pid_t child = fork();
	if (child == 0)
		_exit(6);
	must(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0, "waitid"); // @peeks
	must(waitid(P_PID, child, 0, WEXITED) == 0, "waitid");
}

static void flushes(void) {
	must(dup2(open("/dev/null", O_WRONLY), 1) == 1, "dup2");
	printf("hello\n");
	fflush(stdout);
	pid_t child = fork();
	if (child > 0)
		waitpid(child, 0, 0);
	printf("bye\n");
	exit(0);
}

static void nothing(void) {}

// --- what is neither ---

static void traces(void) {
	pid_t child = fork();
	if (child == 0) {
		int refused = ptrace(PTRACE_TRACEME, 0, 0, 0) < 0; // @traces
		_exit(refused ? 7 : 8);
	}
	int status;
	must(waitpid(child, &status, 0) == child, "waitpid");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 9);
}

static void input(void) { untilInput(); }

static void serves(void) { // a line in: a child, and a line out
	char c;
	must(write(1, ".", 1) == 1, "write");
	while (read(0, &c, 1) == 1) {
		pid_t child = fork(); // @serves
		if (child == 0)
			_exit(4);
		must(waitpid(child, 0, 0) == child, "waitpid");
		must(write(1, ".", 1) == 1, "write");
	}
}

static void killsforkers(void) { // some in the middle of a fork
	for (int i = 0; i < 100; i++) {
		pid_t child = fork();
		if (child == 0) {
			setpgid(0, 0);
			for (;;)
				if (fork() == 0)
					_exit(0);
		}
		usleep(rand() % 5000);
		if (i % 2 == 0 || kill(-child, SIGKILL) < 0) // with all its children, or alone
			kill(child, SIGKILL);
		must(waitpid(child, 0, 0) == child, "waitpid");
	}
}

static void interrupted(int sig) {
	(void)sig;
	_exit(5);
}

static void interrupt(void) {
	signal(SIGINT, interrupted);
	must(write(1, "ready\n", 6) == 6, "write");
	for (;;)
		pause();
}

static void deaf(int sig) {
	(void)sig;
	(void)!write(0, "int\n", 4);
}

// stays is a family with all that is hard to get rid of, which stays until it is killed. It writes
// to its standard input: that works if it is a terminal.
static void stays(void) {
	signal(SIGINT, deaf);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			if (i == 1) { // a daemon
				setsid();
				if (fork() > 0)
					_exit(0);
			}
			if (i == 2)
				raise(SIGSTOP);
			for (;;)
				pause();
		}
	(void)!write(0, "ready\n", 6);
	for (;;)
		pause();
}

static void streams(void) { // what comes in goes out, and all bytes to the standard error
	unsigned char all[256], chunk[4096];
	for (int i = 0; i < 256; i++)
		all[i] = i;
	must(write(2, all, sizeof all) == sizeof all, "write");
	for (ssize_t n; (n = read(0, chunk, sizeof chunk)) > 0;)
		must(write(1, chunk, n) == n, "write");
	if (fork() == 0) {
		must(write(1, all, sizeof all) == sizeof all, "write");
		_exit(0);
	}
	wait(0);
}

struct {
	const char *name;
	void (*perform)(void);
} cases[] = {
	{"zombie", zombie}, {"busy", busy}, {"zombies", zombies}, {"late", late}, {"orphan", orphan},
	{"orphans", orphans}, {"segv", segv}, {"sibling", sibling}, {"cut", cut}, {"unlooped", unlooped},
	{"nochild", nochild}, {"ignoredwait", ignoredwait},
	{"nofork", nofork}, {"doubled", doubled}, {"selfpipe", selfpipe},
	{"worksthenstuck", worksthenstuck}, {"fullpipe", fullpipe}, {"oneanother", oneanother},
	{"waitsforreader", waitsforreader}, {"waits", waits}, {"handler", handler}, {"ignored", ignored},
	{"twice", twice}, {"vforks", vforks}, {"spawns", spawns}, {"systems", systems},
	{"threads", threads}, {"threadexecs", threadexecs}, {"threadforks", threadforks}, {"many", many},
	{"peeks", peeks}, {"flushes", flushes}, {"nothing", nothing}, {"traces", traces},
	{"input", input}, {"killsforkers", killsforkers},
	{"serves", serves}, {"interrupt", interrupt}, {"stays", stays},
	{"streams", streams},
};

static void perform(const char *name) {
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(cases[i].name, name) == 0) {
			cases[i].perform(); // @perform
			return;
		}
	fprintf(stderr, "no case %s\n", name);
	_exit(98);
}

int main(int argc, char **argv) {
	self = argv[0];
	if (argc == 2)
		perform(argv[1]);
	for (int i = 1; argc > 2 && i < argc; i++) {
		pid_t child = fork();
		if (child == 0) {
			perform(argv[i]);
			_exit(0);
		}
		int status;
		must(waitpid(child, &status, 0) == child, "waitpid");
	}
	return 0;
}
