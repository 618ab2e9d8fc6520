// custom-process: a type of our own that is a process. Its run works on the child's copy of the
// value; the parent learns the result through a pipe, and 8 bits of it as the exit status.
// cc custom-process.c -o custom-process && ./custom-process
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

// C has no classes. A method is a function pointer that is given the object: self.
struct process {
    int (*run)(struct process *self); // what the child does; it returns the exit status
    int value;
    pid_t pid;
    int result; // the end of the pipe that this process uses
};

// start is the same for all kinds of process. Which run it calls, the object says.
static void start(struct process *self) {
    int ends[2];
    if (pipe(ends) < 0)
        err(1, "pipe");
    self->pid = fork();
    if (self->pid < 0)
        err(1, "fork");
    if (self->pid == 0) {
        close(ends[0]);
        self->result = ends[1];
        _exit(self->run(self));
    }
    close(ends[1]); // or the read below would wait for ourselves, should the child die
    self->result = ends[0];
}

static int times_ten(struct process *self) {
    printf("Child %d: value is %d.\n", getpid(), self->value);
    self->value *= 10;
    printf("Child %d: value is %d.\n", getpid(), self->value);
    if (write(self->result, &self->value, sizeof self->value) != sizeof self->value)
        err(1, "write");
    return self->value; // the parent gets the lowest 8 bits
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGCHLD, SIG_DFL); // an inherited SIG_IGN would leave no status to wait for
    struct process p = {.run = times_ten, .value = 40};
    start(&p);

    int result, status;
    if (read(p.result, &result, sizeof result) != sizeof result)
        errx(1, "the child sent no result");
    if (waitpid(p.pid, &status, 0) < 0)
        err(1, "waitpid");
    printf("Parent %d: value is %d. The child has had a copy.\n", getpid(), p.value);
    printf("Through the pipe: %d. Exit status: %d.\n", result,
           WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}
