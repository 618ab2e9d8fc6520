# signal-ignore: where SIGCHLD is ignored explicitly, children never become zombies, and wait has
# nothing to return. (Its default action, also called "ignore", does not do that.)
# python3 signal-ignore.py
import os
import signal
import sys
import time

sys.stdout.reconfigure(line_buffering=True)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)

gate_out, gate_in = os.pipe()  # the children wait at its end of file; only the parent has gate_in
pids = []
for i in range(3):
    pid = os.fork()
    if pid == 0:
        os.close(gate_in)
        if i > 0:  # the first child does not wait
            os.read(gate_out, 1)
        print(f"Child {os.getpid()} exits with status 7.")
        os._exit(7)
    pids.append(pid)

# No wait for this child: Linux returns when it has ended, but POSIX has all waits block until every
# child has ended.
for _ in range(60_000):
    try:
        os.kill(pids[0], 0)  # a zombie would still have its PID
        time.sleep(0.001)
    except ProcessLookupError:
        break
else:
    sys.exit(f"{pids[0]} is still there")
print(f"Child {pids[0]} has ended. It is no zombie; the other two live.")
print(f"In another terminal: ps -o pid,ppid,stat,args --ppid {os.getpid()}\nThen press Enter.")
sys.stdin.readline()

os.close(gate_in)
try:
    os.wait()  # blocks until the last child has ended
    sys.exit("wait has not failed with ECHILD")
except ChildProcessError as error:
    print(f"wait: {error.strerror}.")
for pid in pids:
    try:
        os.kill(pid, 0)  # a zombie would still have its PID, and this would succeed
        sys.exit(f"{pid} is still there")
    except ProcessLookupError:
        pass
print("ECHILD: all three are gone, and nobody knows their statuses.")
