// Processes at random, the same for the same seed: the first argument is how many seeds there are,
// and all their families live at the same time, each below a child of this program.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t state;

static unsigned chance(unsigned below) {
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

enum { isOrphan = 1, onlyPauses = 2 };

static void live(int depth, int how, pid_t parent);

static pid_t born(int depth, int how) {
	pid_t self = getpid(), child;
	uint64_t seed = state ^ ((uint64_t)chance(1 << 30) << 20);
	struct clone_args args = {.exit_signal = SIGCHLD};
	switch (chance(4)) {
	case 0: child = syscall(SYS_clone3, &args, sizeof args); break;
#ifdef SYS_fork
	case 1: child = syscall(SYS_fork); break;
#endif
	default: child = fork();
	}
	if (child == 0) {
		state = seed;
		live(depth, how, self);
	}
	if (child < 0)
		_exit(99);
	return child;
}

static void await(pid_t child) {
	siginfo_t info;
	int status;
	if (chance(4) == 0)
		waitid(P_PID, child, &info, WEXITED);
	else
		waitpid(child, &status, 0);
}

// live is a process's life, to its end.
static void live(int depth, int how, pid_t parent) {
	if (how & onlyPauses)
		for (;;)
			pause();
	if (how & isOrphan)
		while (getppid() == parent)
			usleep(500);
	pid_t unwaited[8];
	int children = 0;
	for (int acts = depth > 0 ? chance(5) : 0; acts > 0; acts--) {
		int signals[] = {SIGKILL, SIGTERM, SIGUSR1, SIGALRM};
		pid_t child;
		switch (chance(6)) {
		case 0:
			child = born(0, onlyPauses);
			kill(child, signals[chance(4)]);
			await(child);
			break;
		case 1:
			born(depth - 1, isOrphan);
			break;
		case 2:
			if ((child = vfork()) == 0)
				_exit(21);
			await(child);
			break;
		case 3: // for a certain one of those that are left
			if (children > 0) {
				int i = chance(children);
				await(unwaited[i]);
				unwaited[i] = unwaited[--children];
			}
			break;
		default:
			unwaited[children++] = born(depth - 1, 0);
		}
	}
	while (children > 0)
		await(unwaited[--children]);
	switch (chance(8)) {
	case 0: kill(getpid(), SIGTERM); break;
	case 1: _exit(404);
	case 2: signal(SIGABRT, SIG_DFL); abort();
	}
	_exit(chance(256));
}

int main(int argc, char **argv) {
	int seeds = argc > 1 ? atoi(argv[1]) : 0;
	for (int seed = 1; seed <= seeds; seed++)
		if (fork() == 0) {
			state = seed * 0x9E3779B97F4A7C15ULL;
			live(4, 0, getppid());
		}
	while (wait(0) > 0) // in whatever order they end
		;
	return 0;
}
