# reap: signals do not queue. Five children end, one SIGCHLD comes, so its handler has to loop.
# python3 reap.py
import os
import signal
import sys

CHILDREN = 5
signals = reaped = 0


def on_child(sig, frame):
    """Python calls this between two steps of the program, so it may do anything."""
    global signals, reaped
    signals += 1
    while True:  # without this loop, four zombies would stay
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return  # no children are left
        if pid == 0:
            return  # the others have not ended yet
        reaped += 1


def hold():
    print(f"In another terminal: ps -o pid,ppid,stat,args --ppid {os.getpid()}\nThen press Enter.")
    sys.stdin.readline()


sys.stdout.reconfigure(line_buffering=True)
signal.signal(signal.SIGCHLD, on_child)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # from now on it stays pending

for _ in range(CHILDREN):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # until it has ended; no reaping
    print(f"Child {pid} has ended.")
print(f"SIGCHLD is blocked: {signals} signals came, {reaped} children were reaped.")
hold()
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})  # the handler runs before it returns
print(f"SIGCHLD is let in: {signals} signal came, {reaped} children were reaped.")
hold()
