"""What programs in Python do with their processes; see cases.c. Each argument names a case."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys


def until_input():
    while os.read(0, 1):  # @input
        pass


def zombie():
    if os.fork() == 0:  # @zombie
        os._exit(3)
    until_input()  # @zombie.waits


def orphan():
    parent = os.getpid()
    if os.fork() == 0:  # @orphan
        while os.getppid() == parent:
            signal.sigtimedwait([], 0.001)
        os._exit(0)


def segv():
    ctypes.memset(8, 1, 1)  # @segv


def cut():
    os._exit(404)  # @cut


def nochild():
    try:
        os.waitpid(1, 0)  # @nochild
    except ChildProcessError:
        pass


def doubled():
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    print("hello")
    if os.fork() > 0:  # @doubled
        os.wait()


def selfpipe():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    reads, writes = os.pipe()
    os.read(reads, 1)  # @selfpipe


def square(number):
    return number * number


def clean():
    workers = [multiprocessing.Process(target=square, args=(n,)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with multiprocessing.Pool(2) as pool:
        assert pool.map(square, [2, 3]) == [4, 9]
        pool.close()
        pool.join()
    subprocess.run(["true"], check=True)
    assert subprocess.run("true; echo a | cat", shell=True, check=True, capture_output=True).stdout == b"a\n"


def perform(name):
    globals()[name]()  # @perform


if __name__ == "__main__":
    perform(sys.argv[1])  # @main
