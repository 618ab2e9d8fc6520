# primes: the sum of all primes up to a limit, the work dealt out to several processes.
# python3 primes.py [LIMIT] [PROCESSES]      (10000 and 4)
import functools
import multiprocessing
import sys
import time


def timed(function):  # a decorator: what stands below @timed is replaced by wrapper
    @functools.wraps(function)  # which keeps the function's name
    def wrapper(*args, **kwargs):
        begun = time.monotonic()
        result = function(*args, **kwargs)
        print(f"{function.__name__}: it took {time.monotonic() - begun:.3f} s.")
        return result
    return wrapper


def is_prime(n):  # trial division: it tries every divisor
    return n > 1 and all(n % divisor for divisor in range(2, n))


def work(first, limit, step, sender):
    sender.send(sum(n for n in range(first, limit + 1, step) if is_prime(n)))


@timed  # as if below it stood: add_up = timed(add_up)
def add_up(limit, procs):
    workers = []
    for i in range(procs):
        # Interleaved, for large numbers take longer: of four quarters of the range the last
        # would cost about 42 % of the work. Only odd numbers: even ones take one division.
        receiver, sender = multiprocessing.Pipe(duplex=False)
        worker = multiprocessing.Process(
            target=work, args=(3 + 2 * i, limit, 2 * procs, sender), daemon=True)
        worker.start()
        sender.close()  # now the worker alone has it: if it dies, recv fails, and does not hang
        workers.append((worker, receiver))

    total = 2 if limit >= 2 else 0
    for worker, receiver in workers:
        try:
            answer = receiver.recv()
        except EOFError:
            sys.exit(f"process {worker.pid} has not answered")
        worker.join()
        print(f"An answer, from {worker.pid}: {answer}")
        total += answer
    return total


if __name__ == "__main__":  # where the start method is spawn, each child imports this file
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    procs = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    if not 1 <= limit <= 10000000 or not 1 <= procs <= 100:
        sys.exit("usage: primes.py [LIMIT] [PROCESSES]: from 1 to 10000000, from 1 to 100")
    total = add_up(limit, procs)
    print(f"The sum of the primes up to {limit} is {total}.")
