# states: four children, each in another state: R running or ready, S sleeping, T stopped, Z zombie.
# Linux only: it reads /proc/PID/stat, as ps does. (A fifth state, D, is in states.c.)
# python3 states.py
import os
import signal
import sys
import time

signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if inherited as ignored, there would be no zombie
sys.stdout.reconfigure(line_buffering=True)
parent = os.getpid()
gate_out, gate_in = os.pipe()  # only the parent keeps gate_in; the others read until it is closed


def busy():
    while os.getppid() == parent:  # computes, as long as it has its parent
        pass


def wait_at_gate():
    os.read(gate_out, 1)


def stop():
    os.kill(os.getpid(), signal.SIGSTOP)


def end():
    os._exit(0)


def state(pid):
    with open(f"/proc/{pid}/stat") as f:
        # a program's name may hold ") Z" itself; t is stopped, too, while it is traced
        return f.read().rpartition(")")[2].split()[0].upper()


children = {}
for want, act in ("R", busy), ("S", wait_at_gate), ("T", stop), ("Z", end):
    pid = os.fork()
    if pid == 0:
        os.close(gate_in)
        act()
        os._exit(0)
    last = time.monotonic() + 10
    while state(pid) != want and time.monotonic() < last:
        os.sched_yield()  # until the kernel says so
    children[want] = pid
    print(f"PID {pid}: {state(pid)}")
print(f"In another terminal: ps -o pid,ppid,stat,wchan:20,args --ppid {parent}\nThen press Enter.")
sys.stdin.readline()

os.close(gate_in)  # S
os.kill(children["R"], signal.SIGKILL)
os.kill(children["T"], signal.SIGCONT)  # and Z needs nothing but the wait
for want, pid in children.items():
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)  # -9: killed by signal 9
    print(f"PID {pid}, which was in {want}: exit code {code}")
