# What readers' programs may do, right and wrong: python3 programs.py NAME, as programs.c does.
import os
import signal
import subprocess
import sys
import time


def child(act, *args):
    pid = os.fork()
    if pid == 0:
        act(*args)
        os._exit(0)
    return pid


def nap(ms):
    time.sleep(ms / 1000)


def patience(ms):
    for _ in range(ms // 10):
        nap(10)


def forever():
    while True:
        signal.pause()


def outlives(parent):
    while os.getppid() == parent:
        nap(10)
    nap(100)


def kills_itself(parent):
    outlives(parent)
    os.kill(os.getpid(), signal.SIGKILL)


def primes(first, limit):
    return sum(n for n in range(first, limit) if n > 1 and all(n % d for d in range(2, n)))


def compute(quarter):
    print(primes(quarter * LIMIT // 4, (quarter + 1) * LIMIT // 4), flush=True)


def busy():
    signal.alarm(2)
    while True:
        pass


def all_done():
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def waits_once(sig, frame):
    os.waitpid(-1, os.WNOHANG)


def waits_all(sig, frame):
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass


LIMIT = 20000
name = sys.argv[1]
leave = os._exit
sigchld = signal.SIGCHLD
if name == "prints":
    print("4711 forked 4712. Zombie! The sum is 5736396.")
elif name == "executes":
    subprocess.run(["true"])
elif name == "crash":
    child(os.abort)
    os.wait()
elif name == "leaves":
    child(outlives, os.getpid())
elif name == "kills":
    pid = child(forever)
    nap(20)
    os.kill(pid, signal.SIGKILL)
    nap(20)
elif name == "waits":
    os.waitpid(child(leave, 0), 0)
elif name == "seven":
    child(leave, 7)
    nap(50)
elif name == "dies":
    child(leave, 0)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)  # sees it dead, and leaves it so
elif name == "orphan-killed":
    child(kills_itself, os.getpid())
elif name == "orphan-endless":
    child(forever)
elif name == "ignores":
    signal.signal(sigchld, signal.SIG_IGN)
    child(leave, 0)
    nap(300)
elif name == "ignores-late":
    child(leave, 0)
    nap(150)
    signal.signal(sigchld, signal.SIG_IGN)
    nap(50)
elif name == "ignores-leaves":
    signal.signal(sigchld, signal.SIG_IGN)
    child(outlives, os.getpid())
elif name == "never-waits":
    child(leave, 0)
    nap(600)
elif name == "waits-for-one":
    child(leave, 0)
    child(leave, 0)
    os.wait()
    nap(300)
elif name == "handler":
    signal.signal(sigchld, waits_all)
    child(leave, 0)
    nap(20)
    child(leave, 0)
    patience(400)
elif name == "handler-once":
    signal.signal(sigchld, waits_once)
    signal.pthread_sigmask(signal.SIG_BLOCK, {sigchld})
    for _ in range(3):
        child(leave, 0)
    patience(300)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {sigchld})
    patience(200)
elif name == "handler-one":
    signal.signal(sigchld, waits_once)
    child(leave, 0)
    patience(400)
elif name == "handler-idle":
    signal.signal(sigchld, lambda sig, frame: None)
    child(leave, 0)
    nap(50)
    os.wait()
elif name == "polls":
    child(nap, 50)
    while os.waitpid(-1, os.WNOHANG)[0] == 0:
        nap(5)
elif name == "double":
    child(lambda: child(outlives, os.getpid()))
    os.wait()
elif name == "double-waits":
    child(lambda: (child(nap, 50), os.wait()))
    os.wait()
elif name == "one-by-one":
    for _ in range(4):
        child(nap, 20)
        os.wait()
elif name == "unjoined":
    for _ in range(4):
        child(nap, 500)
    nap(700)
elif name == "sits-out":
    for _ in range(4):
        child(nap, 50)
    print(primes(0, LIMIT))
    all_done()
elif name == "own-copies":
    for i in range(4):
        child(compute, i)
    all_done()
    print("The sum is 0.")
elif name == "one-works":
    child(compute, 3)
    for _ in range(3):
        child(nap, 50)
    all_done()
elif name == "one-sleeps":
    child(nap, 300)
    all_done()
elif name == "one-computes":
    pid = child(busy)
    nap(900)
    os.kill(pid, signal.SIGKILL)
    all_done()
else:
    sys.exit(64)
