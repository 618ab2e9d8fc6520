// primes: the sum of all primes below a limit, the work dealt out to several processes.
// cc -O1 primes.c -o primes && ./primes [LIMIT] [PROCESSES]      (100000 and 4)
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_prime(long n) { // for odd n from 3
    for (long d = 3; d * d <= n; d += 2)
        if (n % d == 0)
            return 0;
    return 1;
}

int main(int argc, char *argv[]) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    long limit = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
    long procs = argc > 2 ? strtol(argv[2], NULL, 10) : 4;
    if (limit < 1 || limit > 1000000000 || procs < 1 || procs > 100)
        errx(1, "usage: primes [LIMIT] [PROCESSES]: from 1 to 1000000000, from 1 to 100");

    int answers[2]; // one pipe for all: writes as short as these never get mixed (PIPE_BUF)
    if (pipe(answers) < 0)
        err(1, "pipe");
    for (long i = 0; i < procs; i++) {
        pid_t pid = fork();
        if (pid < 0)
            err(1, "fork");
        if (pid == 0) {
            close(answers[0]);
            // Interleaved, for large numbers take longer: a quarter of the range each would give
            // the last process most of the work. Only odd numbers, for the same reason.
            long long sum = 0;
            for (long n = 3 + 2 * i; n < limit; n += 2 * procs)
                if (is_prime(n))
                    sum += n;
            if (write(answers[1], &sum, sizeof sum) != sizeof sum)
                err(1, "write");
            _exit(0);
        }
    }
    close(answers[1]); // the last writer's end brings the end of file

    long long total = limit > 2 ? 2 : 0, sum;
    long answered = 0;
    for (; read(answers[0], &sum, sizeof sum) == sizeof sum; answered++) {
        printf("An answer: %lld\n", sum);
        total += sum;
    }
    while (wait(NULL) > 0)
        ;
    if (answered != procs)
        errx(1, "only %ld of %ld processes have answered", answered, procs);
    printf("The sum of the primes below %ld is %lld.\n", limit, total);
}
