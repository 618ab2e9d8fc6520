# primes: the sum of all primes below a limit, the work dealt out to several processes.
# python3 primes.py [LIMIT] [PROCESSES]      (100000 and 4)
import multiprocessing
import sys


def is_prime(n):  # for odd n from 3
    d = 3
    while d * d <= n:
        if n % d == 0:
            return False
        d += 2
    return True


def work(first, limit, step, sender):
    sender.send(sum(n for n in range(first, limit, step) if is_prime(n)))


def main():
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
    procs = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    if limit < 1 or not 1 <= procs <= 100:
        sys.exit("usage: primes.py [LIMIT] [PROCESSES]: from 1, from 1 to 100")

    workers = []
    for i in range(procs):
        # Interleaved, for large numbers take longer: a quarter of the range each would give
        # the last process most of the work. Only odd numbers, for the same reason.
        receiver, sender = multiprocessing.Pipe(duplex=False)
        worker = multiprocessing.Process(
            target=work, args=(3 + 2 * i, limit, 2 * procs, sender), daemon=True)
        worker.start()
        sender.close()  # now the worker alone has it: if it dies, recv fails, and does not hang
        workers.append((worker, receiver))

    total = 2 if limit > 2 else 0
    for worker, receiver in workers:
        try:
            answer = receiver.recv()
        except EOFError:
            sys.exit(f"process {worker.pid} has not answered")
        worker.join()
        print(f"An answer, from {worker.pid}: {answer}")
        total += answer
    print(f"The sum of the primes below {limit} is {total}.")


if __name__ == "__main__":  # where the start method is spawn, each child imports this file
    main()
